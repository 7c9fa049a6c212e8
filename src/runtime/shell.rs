//! Shell actions.

use super::{BoxFuture, Runtime, RuntimeError, entry, interpreter, wrapped};
use crate::job::{ExecutionContext, Launch, Stdin};
use crate::wrappers::{self, SHELL};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Runs `.sh` and `.bash` files, and inline code, with bash.
#[derive(Debug, Clone, Default)]
pub struct ShellRuntime {
    /// The interpreter; `bash` on the PATH when `None`.
    pub interpreter: Option<PathBuf>,
}

impl Runtime for ShellRuntime {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn claims(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "sh" || extension == "bash")
    }

    fn prepare<'a>(
        &'a self,
        context: &'a ExecutionContext,
    ) -> BoxFuture<'a, Result<Launch, RuntimeError>> {
        Box::pin(async move {
            let bash = interpreter::find(self.interpreter.as_deref(), "bash")?;
            let wrapper = wrappers::Store::open()?.install(SHELL)?;
            let (action, code) = entry(context)?;
            let words = ["--noprofile", "--norc", "-c", START].map(OsString::from);
            let [profile, rc, command, start] = words;
            let words = [profile, rc, command, start, action, wrapper.into()];
            let mut launch = wrapped(bash, words, code, context);
            launch.stdin = Stdin::Memory;
            launch.env.extend(exported(context)?);
            Ok(launch)
        })
    }
}

/// Reads the wrapper, which reads the frame and leaves the action's beginning in a
/// variable. Run as `bash -c`, the action's own name is `$0`, and no file stays open.
const START: &str = r#". "$1"; shift; eval "$__aside_main""#;

/// The longest value that is exported. One variable may have 128 KiB in all, and a
/// script's own children inherit every one of them.
const LONGEST: usize = 32 << 10;

/// `ASIDE_PARAM_<NAME>` for each parameter whose name can be a variable's and whose
/// value a variable can hold; `get_param` serves the others.
fn exported(context: &ExecutionContext) -> Result<Vec<(OsString, OsString)>, RuntimeError> {
    let mut names: BTreeMap<String, &String> = BTreeMap::new();
    let mut variables = Vec::new();
    for (name, value) in &context.parameters {
        if !is_identifier(name) {
            continue;
        }
        let variable = format!("ASIDE_PARAM_{}", name.to_ascii_uppercase());
        if let Some(other) = names.insert(variable.clone(), name) {
            return Err(RuntimeError::ParameterClash(other.clone(), name.clone(), variable));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if text.len() <= LONGEST && !text.contains('\0') {
            variables.push((variable.into(), text.into()));
        }
    }
    Ok(variables)
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Entry;

    fn context(parameters: &str) -> ExecutionContext {
        let mut context = ExecutionContext::new(Entry::Inline(String::new()), "shell");
        context.parameters = serde_json::from_str(parameters).unwrap();
        context
    }

    #[test]
    fn what_a_variable_cannot_hold_is_left_to_get_param() {
        let context = context(r#"{"a":"x","n":{"b":1},"a-b":"y","z":"\u0000"}"#);
        let exported = exported(&context).unwrap();
        let expected = [("ASIDE_PARAM_A", "x"), ("ASIDE_PARAM_N", "{\"b\":1}")];
        assert_eq!(exported, expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn fault_13_names_that_would_collide_are_an_error() {
        assert!(matches!(
            exported(&context(r#"{"a":1,"A":2}"#)),
            Err(RuntimeError::ParameterClash(..))
        ));
    }
}

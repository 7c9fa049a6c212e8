//! The taint guard: no secret may stand where others can read it.

use super::ExecutorError;
use crate::job::{ExecutionContext, Launch};
use crate::secret::TaintGuard;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Looks for every secret in whatever of a launch is visible from outside.
pub(super) fn check(context: &ExecutionContext, launch: &Launch) -> Result<(), ExecutorError> {
    if context.secrets.is_empty() {
        return Ok(());
    }
    let guard = TaintGuard::new(&context.secrets);
    let look = |text: &OsStr, place: &dyn Fn() -> String| match guard.find(text.as_bytes()) {
        Some(secret) => Err(ExecutorError::Tainted { secret: secret.to_owned(), place: place() }),
        None => Ok(()),
    };
    look(launch.program.as_os_str(), &|| "the program's path".into())?;
    for (index, argument) in launch.args.iter().enumerate() {
        look(argument, &|| format!("argument {index}"))?;
    }
    // Before the variables: a shell action's parameters are exported too.
    for (name, value) in &context.parameters {
        look(name.as_ref(), &|| "a parameter's name".into())?;
        strings(value, &mut |text| look(text.as_ref(), &|| format!("the parameter {name:?}")))?;
    }
    for (name, value) in launch.env.iter().chain(&context.env) {
        let shown = || format!("the variable {}", name.to_string_lossy());
        look(value, &shown)?;
        look(name, &|| "a variable's name".into())?;
    }
    if let Some(dir) = &context.working_dir {
        look(dir.as_os_str(), &|| "the working directory".into())?;
    }
    look(context.action_ref.as_str().as_ref(), &|| "the action's name".into())?;
    look(context.execution_id.as_ref(), &|| "the execution's id".into())
}

/// Visits every string and number in a value, decoded.
fn strings<E>(
    value: &serde_json::Value,
    visit: &mut dyn FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    use serde_json::Value;
    match value {
        Value::String(text) => visit(text),
        Value::Number(number) => visit(&number.to_string()),
        Value::Array(items) => items.iter().try_for_each(|item| strings(item, visit)),
        Value::Object(map) => map.iter().try_for_each(|(key, item)| {
            visit(key)?;
            strings(item, visit)
        }),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

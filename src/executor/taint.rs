//! The taint guard: no secret may stand where others can read it.

use super::ExecutorError;
use crate::job::ExecutionContext;
use crate::sandbox::Confined;
use crate::secret::TaintGuard;

/// Looks for every secret in whatever of a confined action is visible from outside:
/// in what the kernel will be told, not in what somebody asked for.
pub(super) fn check(context: &ExecutionContext, confined: &Confined) -> Result<(), ExecutorError> {
    if context.secrets.is_empty() {
        return Ok(());
    }
    let guard = TaintGuard::new(&context.secrets);
    let look = |text: &[u8], place: &dyn Fn() -> String| match guard.find(text) {
        Some(secret) => Err(ExecutorError::Tainted { secret: secret.to_owned(), place: place() }),
        None => Ok(()),
    };
    let command = &confined.command;
    look(context.action_ref.as_str().as_bytes(), &|| "the action's name".into())?;
    look(context.execution_id.as_bytes(), &|| "the execution's id".into())?;
    // Before the variables: a shell action's parameters are exported too.
    for (name, value) in &context.parameters {
        look(name.as_bytes(), &|| "a parameter's name".into())?;
        let place = || format!("the parameter {name:?}");
        strings(value, &mut |text| look(text.as_bytes(), &place))?;
    }
    look(command.program.as_bytes(), &|| "the program's path".into())?;
    for (index, argument) in command.args.iter().enumerate() {
        look(argument.as_bytes(), &|| format!("argument {index}"))?;
    }
    for variable in &command.env {
        let variable = variable.as_bytes();
        let end = variable.iter().position(|&byte| byte == b'=').unwrap_or(variable.len());
        let (name, value) = variable.split_at(end);
        look(name, &|| "a variable's name".into())?;
        look(value, &|| format!("the variable {}", String::from_utf8_lossy(name)))?;
    }
    look(command.cwd.as_bytes(), &|| "the working directory".into())
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

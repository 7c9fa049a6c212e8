//! Wrong command lines. What was typed may hold a secret that somebody meant to
//! pass, so no message repeats the part that could be one.

use super::{definition, exit};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::process::ExitCode;

/// Shows clap's own answer: help, the version or an error.
pub(super) fn report(mut error: clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
    {
        let name = argument.split('=').next().unwrap_or_default().to_owned();
        if !name.starts_with('-') {
            return refuse(
                "there is one ACTION; arguments for the action itself go after `--`, \
                 for example: aside run greet.sh -- first second",
            );
        }
        error.insert(ContextKind::InvalidArg, ContextValue::String(name));
        // It advises to pass the argument as a value, and repeats it.
        error.remove(ContextKind::Suggested);
    }
    if error.kind() == ErrorKind::TooManyValues {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
    // Where nobody listens, nothing is said.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::USAGE))
}

/// Refuses a command line of `aside run` that clap let pass.
pub(super) fn refuse(message: &str) -> ExitCode {
    let mut definition = definition();
    definition.build();
    let error = match definition.find_subcommand_mut("run") {
        Some(run) => run.error(ErrorKind::ValueValidation, message),
        None => definition.error(ErrorKind::ValueValidation, message),
    };
    let _ = error.print();
    ExitCode::from(exit::USAGE)
}

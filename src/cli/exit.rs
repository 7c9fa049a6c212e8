//! The one table of exit codes.

use crate::job::{JobState, Outcome};

/// The action's stdout or result can't be read as what it was declared to be.
const INVALID_RESULT: u8 = 1;
/// The command line was wrong.
pub(super) const USAGE: u8 = 2;
const TIMED_OUT: u8 = 124;
/// aside couldn't do its part.
pub(super) const ASIDE_FAILED: u8 = 125;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;
/// To this a signal's number is added.
const SIGNALLED: i32 = 128;

/// The table as help and man page show it.
pub(super) const HELP: &str = "\
Exit codes:
  0        the action succeeded
  1-255    the action's own exit code
  1        also: the action exited with 0, but its result could not be read
  2        also: the command line was wrong
  124      timed out
  125      aside could not do its part
  126      the action or the interpreter can't be executed
  127      the action or the interpreter was not found
  128+n    the action was ended by signal n; aside was told to stop by signal n
           (130 for Ctrl-C, 143 for TERM, 141 when nobody read the output)";

/// The code for an outcome. `stopped_by` is the signal that made us cancel.
pub(super) fn code(outcome: &Outcome, stopped_by: Option<i32>) -> u8 {
    match outcome.state {
        JobState::Succeeded => 0,
        JobState::Failed => match (outcome.exit_code, outcome.signal) {
            (Some(0), _) => INVALID_RESULT,
            (Some(code), _) => u8::try_from(code).unwrap_or(ASIDE_FAILED),
            (None, Some(signal)) => signalled(signal),
            (None, None) => ASIDE_FAILED,
        },
        JobState::TimedOut => TIMED_OUT,
        JobState::Cancelled => signalled(stopped_by.unwrap_or(libc::SIGINT)),
        _ => match outcome.error.as_ref().map(|error| error.code.as_str()) {
            Some("action_not_found" | "interpreter_not_found") => NOT_FOUND,
            Some("not_executable" | "action_unreadable" | "bad_interpreter") => NOT_EXECUTABLE,
            _ => ASIDE_FAILED,
        },
    }
}

/// As a shell shows a program that was ended by a signal.
pub(super) fn signalled(signal: i32) -> u8 {
    u8::try_from(SIGNALLED + signal).unwrap_or(ASIDE_FAILED)
}

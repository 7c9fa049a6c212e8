//! How long and how much.

use std::time::Duration;

/// The bounds of one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the execution, every phase included. `None`: no limit.
    pub timeout: Option<Duration>,
    /// Between TERM and KILL, and how long processes that an action left behind
    /// may go on after it.
    pub grace: Duration,
    /// Bytes of stdout and of stderr that are kept, each, half from the start
    /// and half from the end.
    pub max_output: usize,
    /// Bytes of result that are accepted.
    pub max_result: usize,
}

impl Default for Limits {
    /// No timeout, 5 s of grace, 10 MiB of each output, 16 MiB of result.
    fn default() -> Self {
        Self {
            timeout: None,
            grace: Duration::from_secs(5),
            max_output: 10 << 20,
            max_result: 16 << 20,
        }
    }
}

//! What a runtime asks to be started: the meeting point of runtime and sandbox.

use std::ffi::OsString;
use std::path::PathBuf;

/// A program and what it is given, before any isolation is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Arguments, beginning with the program's own name.
    pub args: Vec<OsString>,
    /// Variables that the runtime itself needs, added to the built environment.
    pub env: Vec<(OsString, OsString)>,
    /// How the frame reaches its stdin.
    pub stdin: Stdin,
    /// Source code for the wrapper, handed over as descriptor 4.
    pub code: Option<Vec<u8>>,
}

/// What an action's stdin is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stdin {
    /// A pipe: what has been read is gone.
    #[default]
    Pipe,
    /// A sealed file in memory, for a wrapper that replaces its stdin before any
    /// code of the action runs. Bash reads a pipe byte by byte, and a file at once.
    Memory,
}

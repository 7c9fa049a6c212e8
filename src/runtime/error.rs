//! Why an action couldn't be prepared or started.

use crate::sandbox::SandboxError;
use crate::sys::spawn::{SpawnError, Step};
use crate::wrappers::WrapperError;
use std::io;
use std::path::{Path, PathBuf};

/// An action that can't be run. Messages complete "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// There is no such file.
    #[error("find the action {0:?}: no such file; check the path")]
    ActionNotFound(PathBuf),
    /// It is a directory.
    #[error("run {0:?}: it is a directory; name a file in it")]
    IsDirectory(PathBuf),
    /// It is a socket, a pipe, a device…
    #[error("run {0:?}: it is not a regular file")]
    NotAFile(PathBuf),
    /// It can't be read.
    #[error("read the action {path:?}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It can't be executed.
    #[error(
        "execute {0:?}: it is not an executable program; make it one (chmod +x, a #! line) or choose --runtime python, shell or node"
    )]
    NotExecutable(PathBuf),
    /// The interpreter isn't there.
    #[error("find {0}: it is not on the PATH; install it, or give its path")]
    InterpreterNotFound(String),
    /// The interpreter is there but doesn't answer as one.
    #[error("use the interpreter {path:?}: {reason}")]
    BadInterpreter {
        /// Its path.
        path: PathBuf,
        /// What it did instead.
        reason: String,
    },
    /// No runtime has that name.
    #[error("find the runtime {name:?}; there are {known}")]
    UnknownRuntime {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Inline code, for a runtime that runs files only.
    #[error("run inline code natively; choose python, shell or node")]
    InlineUnsupported,
    /// The migration aid needs a wrapper.
    #[error(
        "answer SECRET_ variables in a native action: only python, shell and node actions have a wrapper that can; read the first line of stdin instead"
    )]
    CompatUnsupported,
    /// Two parameters would be one variable.
    #[error("export the parameters {0:?} and {1:?}: both are the variable {2}; rename one")]
    ParameterClash(String, String, String),
    /// A wrapper can't be installed.
    #[error(transparent)]
    Wrapper(#[from] WrapperError),
    /// The surroundings can't be made.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The working directory can't be entered.
    #[error("enter the working directory: {0}")]
    WorkingDirectory(io::Error),
    /// Arguments and environment are larger than the kernel takes.
    #[error(
        "start {0:?}: its arguments and variables are too large for the kernel; pass large values as parameters or secrets"
    )]
    TooLarge(PathBuf),
    /// The process can't be made.
    #[error("start {program:?}: {source}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl RuntimeError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ActionNotFound(_) => "action_not_found",
            Self::IsDirectory(_) | Self::NotAFile(_) | Self::NotExecutable(_) => "not_executable",
            Self::Unreadable { .. } => "action_unreadable",
            Self::InterpreterNotFound(_) => "interpreter_not_found",
            Self::BadInterpreter { .. } => "bad_interpreter",
            Self::UnknownRuntime { .. } => "unknown_runtime",
            Self::InlineUnsupported => "inline_unsupported",
            Self::CompatUnsupported => "compat_unsupported",
            Self::ParameterClash(..) => "parameter_clash",
            Self::Wrapper(_) => "wrapper_unavailable",
            Self::Sandbox(SandboxError::Variable(_)) => "variable_refused",
            Self::Sandbox(SandboxError::WorkingDirectory { .. }) | Self::WorkingDirectory(_) => {
                "working_directory"
            }
            Self::Sandbox(_) => "sandbox",
            Self::TooLarge(_) => "too_large",
            Self::Spawn { .. } => "spawn_failed",
        }
    }

    pub(super) fn unusable(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                Self::ActionNotFound(path.to_owned())
            }
            _ => Self::Unreadable { path: path.to_owned(), source },
        }
    }

    /// `program` has been checked before, so a missing file at exec is the
    /// interpreter that its `#!` line or its ELF header names.
    pub(super) fn spawn(program: &Path, error: SpawnError) -> Self {
        let program = program.to_owned();
        match (error.step, error.source.raw_os_error()) {
            (Step::Directory, _) => Self::WorkingDirectory(error.source),
            (Step::Exec, Some(libc::E2BIG)) => Self::TooLarge(program),
            (Step::Exec, Some(libc::ENOENT)) => {
                Self::InterpreterNotFound(format!("the interpreter that {program:?} names"))
            }
            (Step::Exec, Some(libc::EACCES | libc::ENOEXEC | libc::EISDIR)) => {
                Self::NotExecutable(program)
            }
            _ => Self::Spawn { program, source: error.source },
        }
    }
}

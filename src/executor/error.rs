//! Why an execution didn't come to a normal end.

use crate::job::{ErrorInfo, StopCause};
use crate::runtime::RuntimeError;
use std::io;

/// aside couldn't do its part. Messages complete "failed to …"; none holds a value.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The action can't be prepared or started.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A secret stands where others could read it.
    #[error(
        "start the action: the secret {secret:?} stands in {place}, where others can read it; pass it as a secret only"
    )]
    Tainted {
        /// The secret's name.
        secret: String,
        /// Where it was found.
        place: String,
    },
    /// The process can't be watched or ended.
    #[error("supervise the action: {0}")]
    Supervise(#[from] io::Error),
}

impl ExecutorError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Runtime(error) => error.code(),
            Self::Tainted { .. } => "secret_exposed",
            Self::Supervise(_) => "supervision_failed",
        }
    }

    pub(super) fn info(&self) -> ErrorInfo {
        ErrorInfo { code: self.code().to_owned(), message: format!("failed to {self}") }
    }
}

/// What keeps an execution from finishing its phases.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// It was ended before there was a process.
    Stopped(StopCause),
    /// aside failed.
    Failed(ExecutorError),
}

impl<E: Into<ExecutorError>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

//! What came of an execution. Everything here has been redacted.

use super::JobState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// The record of one execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which execution.
    pub execution_id: String,
    /// Which action.
    pub action: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// A final state.
    pub state: JobState,
    /// The action's exit code, when it exited.
    pub exit_code: Option<i32>,
    /// The signal that ended it, when one did.
    pub signal: Option<i32>,
    /// What it wrote to descriptor 3, or its parsed stdout.
    pub result: Option<Value>,
    /// Its stdout.
    pub stdout: Captured,
    /// Its stderr.
    pub stderr: Captured,
    /// How long each phase took.
    pub timings: Timings,
    /// The isolation that was really applied.
    pub isolation: Isolation,
    /// Secrets whose values are too short or too ordinary to be masked.
    pub unmasked: Vec<String>,
    /// What went wrong, in words; set for every state but `succeeded` and a
    /// plain `failed`.
    pub error: Option<ErrorInfo>,
}

/// One stream's kept bytes: its head, and its tail when something was dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes; all of them when nothing was dropped.
    pub head: Vec<u8>,
    /// The last bytes.
    pub tail: Vec<u8>,
    /// How many bytes between head and tail were dropped.
    pub dropped: u64,
}

impl Captured {
    /// Every byte that was produced, kept or not.
    #[must_use]
    pub fn total(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.dropped
    }

    /// Whether something was dropped.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.dropped > 0
    }

    /// The line that stands between head and tail where something was dropped.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.is_truncated().then(|| format!("\n[aside: {} bytes dropped here]\n", self.dropped))
    }

    /// Head, note, tail.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let note = self.note().unwrap_or_default();
        [self.head.as_slice(), note.as_bytes(), &self.tail].concat()
    }
}

/// A failure, named for programs and told for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// Stable, `snake_case`.
    pub code: String,
    /// A sentence with what to do next; never a secret's value.
    pub message: String,
}

/// Wall-clock time by phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Preparing interpreter and surroundings.
    pub provisioning: Duration,
    /// From the clone to the successful exec.
    pub starting: Duration,
    /// From the exec to the end of the tree and of its output.
    pub running: Duration,
    /// All of it.
    pub total: Duration,
}

/// How far an action was kept from everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// A built environment, closed descriptors, a session, a private home,
    /// no new privileges, no core dumps.
    Process,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("process"),
        }
    }
}

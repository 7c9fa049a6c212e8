//! The two lines that run sideways: cancellation in, states and live output out.

use crate::job::{JobState, StopCause};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How an execution is steered and watched from outside.
#[derive(Debug, Clone)]
pub struct Controls {
    /// Ends the action: TERM to its tree, the grace period, KILL.
    pub cancel: CancellationToken,
    /// Cuts the grace period short.
    pub kill: CancellationToken,
    /// Told every state as it is entered.
    pub states: watch::Sender<JobState>,
    /// Receives redacted output as it comes. While the channel is full the action's
    /// output waits in its pipe; timeouts and cancellation still work.
    pub live: Option<mpsc::Sender<LiveChunk>>,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            cancel: CancellationToken::new(),
            kill: CancellationToken::new(),
            states: watch::Sender::new(JobState::Created),
            live: None,
        }
    }
}

/// One of an action's two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Descriptor 1.
    Stdout,
    /// Descriptor 2.
    Stderr,
}

/// Redacted output, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveChunk {
    /// Where the action wrote it.
    pub stream: Stream,
    /// What it wrote.
    pub bytes: Vec<u8>,
}

/// Everything that can end an execution from outside.
#[derive(Debug)]
pub(super) struct Stop {
    deadline: Option<Instant>,
    cancel: CancellationToken,
}

impl Stop {
    pub(super) fn new(
        started: Instant,
        timeout: Option<Duration>,
        cancel: CancellationToken,
    ) -> Self {
        // A deadline beyond the clock's range is none.
        Self { deadline: timeout.and_then(|timeout| started.checked_add(timeout)), cancel }
    }

    /// Returns when the execution has to end, and why.
    pub(super) async fn wanted(&self) -> StopCause {
        let time_is_up = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => StopCause::Cancel,
            () = time_is_up => StopCause::Timeout,
        }
    }
}

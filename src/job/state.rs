//! The states of an execution.
//!
//! ```text
//! created ─► provisioning ─► starting ─► running ─► stopping
//!    │            │             │          │           │
//!    └────────────┴─────────────┴──────────┴───────────┴─► succeeded · failed
//!                                    timed_out · cancelled · error · lost
//! ```

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a running action is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// Its time was up.
    Timeout,
    /// Somebody asked.
    Cancel,
}

/// Where an execution stands. The last six are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Known, nothing done yet.
    Created,
    /// Its secrets, interpreter and surroundings are being prepared.
    Provisioning,
    /// Its process is being started and the frame written.
    Starting,
    /// The action runs.
    Running,
    /// Its tree is being ended.
    Stopping(StopCause),
    /// Exit 0.
    Succeeded,
    /// Another exit code, or a signal that nobody here sent.
    Failed,
    /// Ended for its timeout.
    TimedOut,
    /// Ended on request.
    Cancelled,
    /// aside couldn't do its part: the action never ran, or its outcome isn't known.
    Error,
    /// The worker died.
    Lost,
}

/// What can happen to an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobEvent {
    /// Preparation begins.
    Provision,
    /// The process is about to be started.
    Start,
    /// The process exists.
    Run,
    /// It has to end.
    Stop(StopCause),
    /// Its process ended by itself or was ended.
    Exit {
        /// Exit code 0 and nothing else wrong.
        success: bool,
    },
    /// aside failed.
    Fail,
    /// The worker that held it is gone.
    Lose,
}

impl JobState {
    /// The state after `event`. Pure and total: a final state stays, and an
    /// event that makes no sense in a state is an [`Error`](Self::Error),
    /// since the outcome is then not known.
    #[must_use]
    pub fn next(self, event: JobEvent) -> Self {
        use JobEvent as E;
        match (self, event) {
            (state, _) if state.is_final() => state,
            (_, E::Lose) => Self::Lost,
            (_, E::Fail) => Self::Error,
            (Self::Created, E::Provision) => Self::Provisioning,
            (Self::Provisioning, E::Start) => Self::Starting,
            (Self::Starting, E::Run) => Self::Running,
            (Self::Running, E::Stop(cause)) => Self::Stopping(cause),
            // The first cause stands: a timeout doesn't become a cancellation
            // because somebody lost patience during the grace period.
            (Self::Stopping(cause), E::Stop(_)) => Self::Stopping(cause),
            (Self::Created | Self::Provisioning | Self::Starting, E::Stop(cause)) => cause.state(),
            (Self::Running, E::Exit { success: true }) => Self::Succeeded,
            (Self::Running, E::Exit { success: false }) => Self::Failed,
            (Self::Stopping(cause), E::Exit { .. }) => cause.state(),
            _ => Self::Error,
        }
    }

    /// Whether nothing can change it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded
                | Self::Failed
                | Self::TimedOut
                | Self::Cancelled
                | Self::Error
                | Self::Lost
        )
    }

    /// The state's name as it stands in outcomes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Provisioning => "provisioning",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping(_) => "stopping",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
            Self::Lost => "lost",
        }
    }
}

impl StopCause {
    fn state(self) -> JobState {
        match self {
            Self::Timeout => JobState::TimedOut,
            Self::Cancel => JobState::Cancelled,
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_event() -> impl Strategy<Value = JobEvent> {
        prop_oneof![
            Just(JobEvent::Provision),
            Just(JobEvent::Start),
            Just(JobEvent::Run),
            Just(JobEvent::Stop(StopCause::Timeout)),
            Just(JobEvent::Stop(StopCause::Cancel)),
            any::<bool>().prop_map(|success| JobEvent::Exit { success }),
            Just(JobEvent::Fail),
            Just(JobEvent::Lose),
        ]
    }

    proptest! {
        #[test]
        fn a_final_state_stays(events in prop::collection::vec(any_event(), 0..20)) {
            let mut state = JobState::Created;
            for event in events {
                let next = state.next(event);
                prop_assert!(!state.is_final() || next == state);
                state = next;
            }
        }

        #[test]
        fn only_a_running_action_that_exits_well_succeeds(
            events in prop::collection::vec(any_event(), 0..20)
        ) {
            let mut state = JobState::Created;
            for event in events {
                let next = state.next(event);
                if next == JobState::Succeeded && state != next {
                    prop_assert_eq!(state, JobState::Running);
                    prop_assert_eq!(event, JobEvent::Exit { success: true });
                }
                state = next;
            }
        }

        #[test]
        fn the_first_stop_decides(second in any::<bool>(), success in any::<bool>()) {
            let cause = if second { StopCause::Cancel } else { StopCause::Timeout };
            let end = JobState::Running
                .next(JobEvent::Stop(StopCause::Timeout))
                .next(JobEvent::Stop(cause))
                .next(JobEvent::Exit { success });
            prop_assert_eq!(end, JobState::TimedOut);
        }
    }

    #[test]
    fn the_usual_way() {
        let path = [JobEvent::Provision, JobEvent::Start, JobEvent::Run];
        let running = path.into_iter().fold(JobState::Created, JobState::next);
        assert_eq!(running, JobState::Running);
        assert_eq!(running.next(JobEvent::Exit { success: false }), JobState::Failed);
    }
}

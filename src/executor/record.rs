//! What is known of an execution while it runs, and its outcome.

use super::error::Interrupted;
use super::output::Collected;
use super::result;
use crate::job::{
    Captured, ErrorInfo, ExecutionContext, Isolation, JobEvent, JobState, Outcome, OutputFormat,
    Timings,
};
use crate::secret::Redactor;
use serde_json::Value;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Instant;
use tokio::sync::watch;

/// The one owner of an execution's state.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) started: Instant,
    pub(super) redactor: Redactor,
    execution_id: String,
    action: String,
    attempt: u32,
    state: JobState,
    states: watch::Sender<JobState>,
    isolation: Isolation,
    timings: Timings,
    timeout: Option<std::time::Duration>,
}

/// An action that ran and ended.
#[derive(Debug)]
pub(super) struct Finished {
    status: ExitStatus,
    stdout: Captured,
    stderr: Captured,
    result: Option<Value>,
    error: Option<ErrorInfo>,
}

impl Record {
    pub(super) fn open(
        context: &ExecutionContext,
        redactor: Redactor,
        states: watch::Sender<JobState>,
    ) -> Self {
        Self {
            started: Instant::now(),
            execution_id: context.execution_id.clone(),
            // A file may be named after a secret.
            action: redactor.redact_str(context.action_ref.as_str()),
            redactor,
            attempt: context.attempt,
            state: JobState::Created,
            states,
            isolation: Isolation::Process,
            timings: Timings::default(),
            timeout: context.limits.timeout,
        }
    }

    /// Moves on, and tells whoever watches.
    pub(super) fn enter(&mut self, event: JobEvent) {
        let elapsed = self.started.elapsed();
        match event {
            JobEvent::Start => self.timings.provisioning = elapsed,
            JobEvent::Run => self.timings.starting = elapsed - self.timings.provisioning,
            _ => {}
        }
        self.state = self.state.next(event);
        tracing::debug!(execution = self.execution_id, action = self.action, state = %self.state);
        self.states.send_replace(self.state);
    }

    /// Whether it is being ended from outside.
    pub(super) fn is_stopping(&self) -> bool {
        matches!(self.state, JobState::Stopping(_))
    }

    pub(super) fn provisioned(&mut self, isolation: Isolation) {
        self.isolation = isolation;
    }

    /// The end of an action that ran.
    pub(super) fn finish(
        &mut self,
        status: ExitStatus,
        collected: Collected,
        format: OutputFormat,
    ) -> Finished {
        let (mut result, error) = match result::find(&collected, format) {
            Ok(result) => (result, None),
            // An action that failed, or was stopped, owes no result.
            Err(_) if !status.success() || self.state != JobState::Running => (None, None),
            Err(error) => (None, Some(error)),
        };
        if let Some(result) = &mut result {
            self.redactor.redact_json(result);
        }
        self.enter(JobEvent::Exit { success: status.success() && error.is_none() });
        Finished { status, stdout: collected.stdout, stderr: collected.stderr, result, error }
    }

    /// The outcome, whatever happened.
    pub(super) fn close(mut self, finished: Result<Finished, Interrupted>) -> Outcome {
        let mut finished = match finished {
            Ok(finished) => Some(finished),
            Err(Interrupted::Stopped(cause)) => {
                self.enter(JobEvent::Stop(cause));
                None
            }
            Err(Interrupted::Failed(error)) => {
                self.enter(JobEvent::Fail);
                return self.outcome(None, Some(error.info()));
            }
        };
        let error = finished.as_mut().and_then(|finished| finished.error.take());
        let error = error.or_else(|| self.stopped());
        self.outcome(finished, error)
    }

    fn stopped(&self) -> Option<ErrorInfo> {
        let (code, message) = match (self.state, self.timeout) {
            (JobState::TimedOut, Some(timeout)) => {
                ("timed_out", format!("the action was ended after its timeout of {timeout:?}"))
            }
            (JobState::Cancelled, _) => ("cancelled", "the action was cancelled".to_owned()),
            _ => return None,
        };
        Some(ErrorInfo { code: code.to_owned(), message })
    }

    fn outcome(mut self, finished: Option<Finished>, error: Option<ErrorInfo>) -> Outcome {
        self.timings.total = self.started.elapsed();
        let before = self.timings.provisioning + self.timings.starting;
        self.timings.running = self.timings.total.saturating_sub(before);
        let status = finished.as_ref().map(|finished| finished.status);
        let (stdout, stderr, result) = finished.map_or_else(Default::default, |finished| {
            (finished.stdout, finished.stderr, finished.result)
        });
        Outcome {
            execution_id: self.execution_id,
            action: self.action,
            attempt: self.attempt,
            state: self.state,
            exit_code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            result,
            stdout,
            stderr,
            timings: self.timings,
            isolation: self.isolation,
            unmasked: self
                .redactor
                .unmasked()
                .iter()
                .map(|n| self.redactor.redact_str(n))
                .collect(),
            error: error.map(|error| ErrorInfo {
                message: self.redactor.redact_str(&error.message),
                ..error
            }),
        }
    }
}

//! One execution, from its context to its outcome, told from top to bottom.
//!
//! ```text
//! Created       the context arrives: code, parameters, secrets, limits
//! Provisioning  find the interpreter, look for leaks, build the surroundings
//! Starting      spawn, hand over the frame; the secrets are gone from here on
//! Running       pump output through the redactor; wait for the end, the
//!               deadline or a cancellation
//! Stopping      TERM the tree, grace, KILL the tree
//! terminal      reap, drain, redact the result
//! ```
//!
//! Every phase consumes what the one before it made, so a secret can't be used
//! after the launch. Two lines run sideways: cancellation in, states out.

mod capture;
mod controls;
mod error;
mod output;
mod record;
mod result;
mod taint;

pub use controls::{Controls, LiveChunk, Stream};
pub use error::ExecutorError;

use crate::job::{ExecutionContext, JobEvent, Outcome};
use crate::runtime::{self, Registry, Running};
use crate::sandbox::{self, Orphans, Policy};
use crate::secret::Redactor;
use controls::Stop;
use error::Interrupted;
use output::Output;
use record::{Finished, Record};
use std::io;
use std::time::Duration;

/// How long the output of an action that was stopped may take to be redacted and
/// listened to, whatever its grace.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs actions: finds their runtime, confines, supervises, redacts and records.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use aside::executor::{Controls, Executor};
/// use aside::job::{Entry, ExecutionContext, JobState};
/// use aside::secret::Secret;
///
/// let code = "echo \"the token has $(get_secret token | wc -c) bytes: $(get_secret token)\"";
/// let mut context = ExecutionContext::new(Entry::Inline(code.into()), "shell");
/// context.secrets.insert("token", Secret::from_bytes(b"correct-horse".to_vec()));
///
/// let outcome = Executor::new()?.run(context, Controls::default()).await;
/// assert_eq!(outcome.state, JobState::Succeeded);
/// assert_eq!(outcome.stdout.to_bytes(), b"the token has 13 bytes: ***\n");
/// # Ok::<(), std::io::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Executor {
    registry: Registry,
    policy: Policy,
    orphans: Orphans,
    redact: bool,
}

impl Executor {
    /// An executor with the standard runtimes and policy. From now on this process
    /// adopts the orphans below it, so that no action escapes by forking twice.
    ///
    /// # Errors
    /// When the kernel refuses that.
    pub fn new() -> io::Result<Self> {
        sandbox::adopt_orphans()?;
        Ok(Self {
            registry: Registry::default(),
            policy: Policy::default(),
            orphans: Orphans::Attributed,
            redact: true,
        })
    }

    /// Uses other runtimes.
    #[must_use]
    pub fn with_registry(self, registry: Registry) -> Self {
        Self { registry, ..self }
    }

    /// Uses another policy for what actions may see.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Declares that this process has no children but actions. Then even a process
    /// that hides which execution it belongs to is found and ended.
    #[must_use]
    pub fn owning_all_children(self) -> Self {
        Self { orphans: Orphans::All, ..self }
    }

    /// Leaves output and results as they are: secrets in them stay readable.
    #[must_use]
    pub fn without_redaction(self) -> Self {
        Self { redact: false, ..self }
    }

    /// Runs one execution to its end. Whatever goes wrong is told in the outcome.
    /// Dropping the future kills the action.
    pub async fn run(&self, context: ExecutionContext, controls: Controls) -> Outcome {
        let redactor =
            if self.redact { Redactor::new(&context.secrets) } else { Redactor::passthrough() };
        let mut record = Record::open(&context, redactor, controls.states.clone());
        let finished = self.phases(context, controls, &mut record).await;
        record.close(finished)
    }

    async fn phases(
        &self,
        context: ExecutionContext,
        controls: Controls,
        record: &mut Record,
    ) -> Result<Finished, Interrupted> {
        let limits = context.limits.clone();
        let format = context.output_format;
        let stop = Stop::new(record.started, limits.timeout, controls.cancel);

        record.enter(JobEvent::Provision);
        let runtime = self.registry.get(&context.runtime_name)?;
        let launch = tokio::select! {
            launch = runtime.prepare(&context) => launch?,
            cause = stop.wanted() => return Err(Interrupted::Stopped(cause)),
        };
        let confined = sandbox::confine(&self.policy, &context, launch)
            .map_err(runtime::RuntimeError::from)?;
        taint::check(&context, &confined)?;
        record.provisioned(confined.isolation);

        record.enter(JobEvent::Start);
        let running = runtime::start(confined, context, self.orphans)?;

        record.enter(JobEvent::Run);
        let Running { child, streams } = running;
        let output = Output::begin(streams, &record.redactor, &limits, format, controls.live);
        tokio::select! {
            biased;
            ended = child.ended() => ended?,
            cause = stop.wanted() => record.enter(JobEvent::Stop(cause)),
        }

        // Also after an end of its own accord: whatever the action left behind ends
        // here, and with it everything that could hold its output open.
        let status = child.end(limits.grace, controls.kill.cancelled()).await?;
        let stopped = record.is_stopping();
        let patience = async {
            match stopped {
                true => tokio::time::sleep(limits.grace.max(LAST_WORDS)).await,
                false => controls.kill.cancelled().await,
            }
        };
        let collected = output.drain(patience).await?;
        Ok(record.finish(status, collected, format))
    }
}

//! `aside run`: one action, from the command line to its exit code.
//!
//! ```text
//! check      options that contradict each other, values in the argument list
//! read       secrets and parameters, from files, variables and standard input
//! supervise  the executor runs the action; output is shown as it comes; the first
//!            signal cancels, the second kills
//! report     one line on stderr, or one JSON document on stdout
//! ```

mod args;
mod document;
mod inputs;
mod interrupts;
mod live;
mod log;
mod summary;
mod values;

pub(super) use args::Args;

use super::output::complain;
use super::terminal::Screen;
use super::{exit, usage};
use crate::executor::{Controls, Executor};
use crate::job::{Captured, ErrorInfo, ExecutionContext, Isolation, JobState, Outcome, Timings};
use crate::sandbox::Policy;
use anyhow::Context;
use args::Output;
use inputs::Inputs;
use interrupts::Interrupts;
use live::{Live, Trouble};
use std::cell::Cell;
use std::io;
use std::process::ExitCode;
use summary::Style;
use tokio::sync::mpsc;

pub(super) fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let mut inputs = match Inputs::check(args) {
        Ok(inputs) => inputs,
        Err(message) => return Ok(usage::refuse(&message)),
    };
    log::start(args.log);
    let registry = inputs.registry();
    let mut context = inputs.context(&registry);
    // While these are read, which may take as long as whoever writes them likes,
    // signals still end us at once: nothing has been started.
    let read = inputs.read(&mut context);

    let policy = Policy { home: args.home.into(), die_with_parent: true, ..Policy::default() };
    let mut executor = Executor::new()
        .context("adopt what an action leaves behind")?
        .with_registry(registry)
        .with_policy(policy)
        .owning_all_children();
    if args.no_redact {
        executor = executor.without_redaction();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(1)
        .build()
        .context("start the event loop")?;
    let code = runtime.block_on(async {
        let mut session = Session::begin(args, &context.action_ref.to_string())?;
        let outcome = match read {
            Ok(()) => session.supervise(&executor, context).await,
            Err(error) => never_started(&context, error),
        };
        session.report(outcome).await
    });
    // A thread that writes to a reader who is stuck is not waited for.
    runtime.shutdown_background();
    Ok(ExitCode::from(code?))
}

/// The outside world of one run: whoever reads our output and sends us signals.
struct Session {
    output: Output,
    redacted: bool,
    interrupts: Interrupts,
    controls: Controls,
    live: Live,
    /// The first signal that asked us to stop.
    stopped_by: Cell<Option<i32>>,
}

impl Session {
    fn begin(args: &Args, name: &str) -> anyhow::Result<Self> {
        let (sender, chunks) = mpsc::channel(live::WAITING);
        let live = (args.output == Output::Human).then_some(sender);
        let controls = Controls { live, ..Controls::default() };
        Ok(Self {
            output: args.output,
            redacted: !args.no_redact,
            interrupts: Interrupts::listen().context("listen to signals")?,
            live: Live {
                chunks,
                name: name.to_owned(),
                cancel: controls.cancel.clone(),
                kill: controls.kill.clone(),
                screen: Some(Screen::open()),
                trouble: Trouble::default(),
            },
            controls,
            stopped_by: Cell::new(None),
        })
    }

    /// Runs the action, shows its output and passes signals on.
    async fn supervise(&mut self, executor: &Executor, context: ExecutionContext) -> Outcome {
        let controls = std::mem::take(&mut self.controls);
        let (cancel, kill) = (controls.cancel.clone(), controls.kill.clone());
        let steer = async {
            self.stopped_by.set(Some(self.interrupts.next().await));
            cancel.cancel();
            self.interrupts.next().await;
            kill.cancel();
            std::future::pending().await
        };
        let show = async {
            if self.output == Output::Human {
                self.live.show().await;
            }
        };
        let run = async { tokio::join!(executor.run(context, controls), show).0 };
        tokio::select! {
            outcome = run => outcome,
            never = steer => never,
        }
    }

    /// Tells the outcome, and gives up when its reader is stuck and we are asked to.
    async fn report(mut self, outcome: Outcome) -> anyhow::Result<u8> {
        let reader_left = self.live.trouble.reader_left.then_some(libc::SIGPIPE);
        let code = exit::code(&outcome, self.stopped_by.get().or(reader_left));
        let (output, redacted) = (self.output, self.redacted);
        let tell = self.live.on_thread(move |screen| match output {
            Output::Json => document::write(&outcome),
            Output::Human => {
                let style = match (screen.is_watched(), screen.is_coloured()) {
                    (false, _) => Style::Plain,
                    (true, false) => Style::Terminal,
                    (true, true) => Style::Coloured,
                };
                screen.say(&summary::line(&outcome, style, redacted));
                Ok(())
            }
        });
        let told = tokio::select! {
            biased;
            told = tell => told,
            signal = self.interrupts.next() => return Ok(exit::signalled(signal)),
        };
        let failed = |error: io::Error, what: &str| {
            complain(&format_args!("failed to write {what}: {error}; part of it is missing"));
            Ok(if code == 0 { exit::ASIDE_FAILED } else { code })
        };
        match (told, self.live.trouble.lost) {
            (Some(Err(error)), _) if error.kind() != io::ErrorKind::BrokenPipe => {
                failed(error, "the outcome")
            }
            (_, Some(error)) => failed(error, "the action's output"),
            _ => Ok(code),
        }
    }
}

/// The outcome of an execution whose secrets or parameters can't be had.
fn never_started(context: &ExecutionContext, error: ErrorInfo) -> Outcome {
    Outcome {
        execution_id: context.execution_id.clone(),
        action: context.action_ref.to_string(),
        attempt: context.attempt,
        state: JobState::Error,
        exit_code: None,
        signal: None,
        result: None,
        stdout: Captured::default(),
        stderr: Captured::default(),
        timings: Timings::default(),
        isolation: Isolation::Process,
        unmasked: Vec::new(),
        error: Some(error),
    }
}

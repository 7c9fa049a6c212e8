//! A running action: its process and its raw streams.

use super::RuntimeError;
use crate::job::{ExecutionContext, Isolation, Stdin};
use crate::sandbox::{Confined, Orphans, PrivateHome, Tree, spawning};
use crate::secret::frame::{self, Compat, Execution, Frame, Input};
use crate::sys::{self, spawn};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe::{Receiver, Sender};

/// A started action. Its streams are raw: nothing has been redacted.
///
/// The frame is not written by itself: drive [`Feed::write`] while reading the
/// streams, or an action that prints before it reads waits for ever.
#[derive(Debug)]
pub struct Running {
    /// The process and everything that it starts.
    pub child: Child,
    /// What goes in and comes out.
    pub streams: Streams,
}

/// The pipes of a running action.
#[derive(Debug)]
pub struct Streams {
    /// The frame, still to be written.
    pub feed: Feed,
    /// Its stdout.
    pub stdout: Receiver,
    /// Its stderr.
    pub stderr: Receiver,
    /// What it writes to descriptor 3.
    pub result: Receiver,
}

/// The stdin of an action and what has to be written there.
#[derive(Debug)]
pub struct Feed {
    pipe: Option<(Sender, Frame)>,
}

impl Feed {
    /// Writes the frame, closes stdin and wipes the frame. An action that stops
    /// reading, or never begins to, is no error.
    ///
    /// # Errors
    /// Any other failure to write.
    pub async fn write(self) -> io::Result<()> {
        let Some((mut stdin, frame)) = self.pipe else { return Ok(()) };
        match stdin.write_all(&frame).await {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// The process tree of an action. Whatever is left of it is killed when this is
/// dropped, and its private home is removed.
#[derive(Debug)]
pub struct Child {
    pidfd: AsyncFd<OwnedFd>,
    // Before `home`: nothing may run there any more when it is removed.
    tree: Tree,
    home: Option<PrivateHome>,
    isolation: Isolation,
}

impl Child {
    /// Waits until the action's own process has ended. Its children may go on.
    ///
    /// # Errors
    /// When the kernel can't be asked.
    pub async fn ended(&self) -> io::Result<()> {
        self.pidfd.readable().await.map(drop)
    }

    /// Ends every process that is left: TERM, `grace`, KILL; then takes the exit
    /// status and removes the private home. `hurry` cuts the grace short.
    ///
    /// # Errors
    /// When a process can't be killed or the status can't be taken.
    pub async fn end(
        mut self,
        grace: Duration,
        hurry: impl Future<Output = ()>,
    ) -> io::Result<ExitStatus> {
        if !self.tree.end(grace, hurry).await {
            return Err(io::Error::other("a process of the action can't be killed"));
        }
        let status = self.tree.reap()?;
        if let Some(home) = self.home.take() {
            let path = home.path().to_owned();
            if let Err(error) = home.remove() {
                tracing::warn!(?path, %error, "failed to remove a private home");
            }
        }
        Ok(status)
    }

    /// The isolation that was really applied.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }
}

/// Spawns what has been confined. The context is consumed: from here on its
/// secrets exist in the frame alone.
pub(crate) fn start(
    confined: Confined,
    context: ExecutionContext,
    orphans: Orphans,
) -> Result<Running, RuntimeError> {
    let Confined { command, stdin, code, home, isolation } = confined;
    let program =
        Path::new(std::ffi::OsStr::new(command.program.to_str().unwrap_or("the action's program")))
            .to_owned();
    let failed = |source| RuntimeError::Spawn { program: program.clone(), source };

    let input = Input {
        parameters: &context.parameters,
        execution: Execution {
            id: &context.execution_id,
            action: context.action_ref.as_str(),
            attempt: context.attempt,
        },
        compat: context.compat_env_secrets.then_some(Compat { env_secrets: true }),
    };
    let frame = frame::encode(context.secrets, &input).map_err(failed)?;

    let (stdin, pipe) = match stdin {
        Stdin::Pipe => {
            let (theirs, ours) = sys::pipe_in().map_err(failed)?;
            (theirs, Some((Sender::from_owned_fd(ours).map_err(failed)?, frame)))
        }
        Stdin::Memory => (sys::memfd("aside-frame", &frame).map_err(failed)?, None),
    };
    let (ours_out, stdout) = sys::pipe_out().map_err(failed)?;
    let (ours_err, stderr) = sys::pipe_out().map_err(failed)?;
    let (ours_result, result) = sys::pipe_out().map_err(failed)?;
    let code = code.map(|code| sys::memfd("aside-code", &code)).transpose().map_err(failed)?;
    let mut fds = vec![stdin.as_fd(), stdout.as_fd(), stderr.as_fd(), result.as_fd()];
    fds.extend(code.as_ref().map(AsFd::as_fd));

    let guard = spawning();
    let spawned =
        spawn::spawn(&command, &fds).map_err(|error| RuntimeError::spawn(&program, error))?;
    let tree = Tree::new(spawned.pid, &context.execution_id, orphans);
    drop(guard);

    let pidfd = sys::watched(spawned.pidfd).map_err(failed)?;
    Ok(Running {
        child: Child { pidfd, tree, home, isolation },
        streams: Streams {
            feed: Feed { pipe },
            stdout: Receiver::from_owned_fd(ours_out).map_err(failed)?,
            stderr: Receiver::from_owned_fd(ours_err).map_err(failed)?,
            result: Receiver::from_owned_fd(ours_result).map_err(failed)?,
        },
    })
}

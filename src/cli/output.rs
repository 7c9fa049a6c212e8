//! Our own stdout and stderr, written without buffers in between.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::fmt;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;

/// A descriptor to write to. A full one is waited for, also when somebody who
/// shares it with us has made it non-blocking.
#[derive(Debug, Clone, Copy)]
pub(super) struct Out(BorrowedFd<'static>);

impl Out {
    pub(super) fn stdout() -> Self {
        Self(rustix::stdio::stdout())
    }

    pub(super) fn stderr() -> Self {
        Self(rustix::stdio::stderr())
    }

    pub(super) fn is_terminal(self) -> bool {
        rustix::termios::isatty(self.0)
    }

    /// How many columns the terminal has.
    pub(super) fn columns(self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(self.0).ok()?;
        (size.ws_col > 0).then_some(size.ws_col.into())
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(self.0, bytes) {
                Err(Errno::AGAIN) => {
                    match poll(&mut [PollFd::from_borrowed_fd(self.0, PollFlags::OUT)], None) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                }
                Err(errno) => return Err(errno.into()),
                Ok(written) => return Ok(written),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The one printer of errors.
pub(super) fn complain(message: &dyn fmt::Display) {
    // Where nobody listens, nothing is said.
    let _ = Out::stderr().write_all(format!("aside: {message}\n").as_bytes());
}

/// Writes a whole text to stdout. A reader that left early wanted no more.
///
/// # Errors
/// Every other failure to write.
pub(super) fn print(text: &[u8]) -> io::Result<()> {
    match Out::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

//! Descriptors that a child is given.

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::pipe::PipeFlags;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Descriptors for a child are kept at or above this number in our process, so
/// that placing one at 0–4 in the child never overwrites another.
const ABOVE_CHILD_NUMBERS: i32 = 10;

/// A close-on-exec pipe into a child: its read end, our write end.
pub(crate) fn pipe_in() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    Ok((raised(read)?, write))
}

/// A close-on-exec pipe out of a child: our read end, its write end.
pub(crate) fn pipe_out() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    Ok((read, raised(write)?))
}

/// A sealed, read-only file in memory that holds `content`, positioned at its start.
pub(crate) fn memfd(name: &str, content: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let fd = raised(rustix::fs::memfd_create(name, flags)?)?;
    let mut file = std::fs::File::from(fd);
    file.write_all(content)?;
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0))?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

/// A descriptor whose readability can be awaited.
pub(crate) fn watched(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd keeps its one descriptor open, and the same, until it is
    // dropped, which AsyncFd does only after it has deregistered it.
    let watched = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
    watched.map_err(|error| error.into_parts().1)
}

fn raised(fd: OwnedFd) -> io::Result<OwnedFd> {
    use std::os::fd::AsRawFd;
    if fd.as_raw_fd() >= ABOVE_CHILD_NUMBERS {
        return Ok(fd);
    }
    Ok(fcntl_dupfd_cloexec(&fd, ABOVE_CHILD_NUMBERS)?)
}

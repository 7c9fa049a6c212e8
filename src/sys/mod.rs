//! The only room with unsafe code, and the only one that talks to the kernel in
//! its own terms. Each unsafe block says why it is sound.

#![expect(unsafe_code, reason = "clone, exec and raw system calls have no safe form")]

pub(crate) mod classify;
mod descriptor;
pub(crate) mod process;
pub(crate) mod spawn;

pub(crate) use descriptor::{memfd, pipe_in, pipe_out, watched};

//! What is to be run and what came of it: pure data, no I/O.

mod action;
mod context;
mod launch;
mod limits;
mod outcome;
mod state;

pub use action::{ActionRef, InvalidActionRef};
pub use context::{Entry, ExecutionContext, OutputFormat};
pub use launch::{Launch, Stdin};
pub use limits::Limits;
pub use outcome::{Captured, ErrorInfo, Isolation, Outcome, Timings};
pub use state::{JobEvent, JobState, StopCause};

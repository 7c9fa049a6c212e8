//! The real binary with real actions: every option, every exit code, every kind of
//! bad input.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod document;
mod exit_codes;
mod help;
mod options;
mod signals;
mod streams;
mod support;
mod terminal;
mod wrapped;

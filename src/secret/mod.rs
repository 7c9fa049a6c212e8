//! Secrets in our own memory: values nobody can print, the frame that carries
//! them to one child, and the redactor that keeps them out of everything else.
//!
//! No I/O happens here. A value enters through [`Secret`] or [`SecretSet::parse`]
//! and leaves through the [`frame`] writer; [`Redactor`] and [`TaintGuard`] see
//! to it that it leaves no other way.

pub mod frame;
mod needles;
mod parse;
mod redact;
mod set;
mod taint;
mod value;

pub use parse::ParseError;
pub use redact::{RedactionStream, Redactor};
pub use set::SecretSet;
pub use taint::TaintGuard;
pub use value::{Kind, Secret};

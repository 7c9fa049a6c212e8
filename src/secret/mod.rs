//! Secrets in our own memory: values nobody can print, the frame that carries
//! them to one child, and the redactor that keeps them out of everything else.
//!
//! No I/O happens here. A value enters through [`Secret`] or [`SecretSet::parse`]
//! and leaves through the [`frame`] writer.

pub mod frame;
mod parse;
mod set;
mod value;

pub use parse::ParseError;
pub use set::SecretSet;
pub use value::{Kind, Secret};

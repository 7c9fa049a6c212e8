//! **aside** runs other people's actions and hands each its secrets as one JSON
//! line on stdin: to one listener, unheard by anybody else on the machine.
//!
//! Data flows one way: job → executor → runtime → child → outcome.
//!
//! - [`cli`]: the command line
//! - [`executor`]: one execution, from its context to its outcome
//! - [`job`]: what is to be run and what came of it
//! - [`provider`]: where secrets come from
//! - [`runtime`]: what to start for an action of each language
//! - [`sandbox`]: what a child may see and do
//! - [`secret`]: values nobody can print, the frame, the redactor

pub mod cli;
pub mod executor;
pub mod job;
pub mod provider;
pub mod runtime;
pub mod sandbox;
pub mod secret;
mod sys;
mod wrappers;

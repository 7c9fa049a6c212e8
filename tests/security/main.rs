//! What an attacker would try: a real action of each runtime is run, and another
//! process looks for its secret in every place where it could have been left.
//!
//! Every look has a twin with a planted leak that it must find (`planted.rs`): a
//! check that can't fail proves nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod actions;
mod canary;
mod core_dumps;
mod faults;
mod hiding;
mod look;
mod planted;
mod staged;
mod system_calls;
mod whole;

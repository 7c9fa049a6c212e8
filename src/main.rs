//! The `aside` command; everything is in [`aside::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    aside::cli::run()
}

//! The command line: one file per subcommand, one table of exit codes.

mod completions;
mod exit;
mod man;
mod output;
mod run;
mod terminal;
mod usage;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  aside run greet.py --secrets secrets.json --param name=Ada
  aside run deploy.sh --secret token=@/run/secrets/token --timeout 5m
  aside completions bash > /etc/bash_completion.d/aside
  aside man | man -l -

`aside run --help` tells everything about running an action.";

/// Run actions and hand each its secrets unheard by anybody else.
#[derive(Debug, Parser)]
#[command(name = "aside", version, after_help = EXAMPLES, disable_help_subcommand = true)]
#[command(long_about = "\
Runs other people's actions (Python, shell, Node or any executable) and hands each \
its secrets as one JSON line on stdin: never in an environment, an argument list, \
a file, a log or a result.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Completions(completions::Args),
    Man(man::Args),
}

/// The whole command: reads the process's arguments, does what they say, and
/// returns the code to exit with.
#[must_use]
pub fn run() -> ExitCode {
    if let Err(error) = crate::sys::process::harden() {
        return refuse(&format_args!("failed to keep others out of this process: {error}"));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::report(error),
    };
    let done = match cli.command {
        Command::Run(args) => run::main(&args),
        Command::Completions(args) => completions::main(&args),
        Command::Man(args) => man::main(&args),
    };
    done.unwrap_or_else(|error| refuse(&format_args!("failed to {error:#}")))
}

/// The definition that help, man pages and completions are all made from.
fn definition() -> clap::Command {
    Cli::command()
}

fn refuse(message: &dyn std::fmt::Display) -> ExitCode {
    output::complain(message);
    ExitCode::from(exit::ASIDE_FAILED)
}

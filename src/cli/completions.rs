//! `aside completions`: what a shell needs to complete our command line.

use super::{definition, output};
use anyhow::Context;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print a shell's completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aside completions bash > /etc/bash_completion.d/aside
  aside completions zsh  > ~/.zfunc/_aside
  aside completions fish > ~/.config/fish/completions/aside.fish")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "aside", &mut script);
    output::print(&script).context("write the completion script")?;
    Ok(ExitCode::SUCCESS)
}

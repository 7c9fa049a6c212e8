//! `aside man`: the manual, made from the same definition as `--help`.

use super::{definition, output};
use anyhow::Context;
use clap_mangen::Man;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the manual, or write one page per command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aside man | man -l -
  aside man /usr/local/share/man/man1")]
pub(super) struct Args {
    /// Write aside.1, aside-run.1 and so on into this directory, which is made
    /// when it isn't there
    dir: Option<PathBuf>,
}

pub(super) fn main(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.dir {
        Some(dir) => std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(definition(), dir))
            .with_context(|| format!("write the manual into {dir:?}"))?,
        None => output::print(&pages()?).context("write the manual")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Every page, one after the other.
fn pages() -> anyhow::Result<Vec<u8>> {
    let mut root = definition();
    root.build();
    let mut roff = Vec::new();
    Man::new(root.clone()).render(&mut roff)?;
    for command in root.get_subcommands() {
        Man::new(command.clone()).render(&mut roff)?;
    }
    Ok(roff)
}

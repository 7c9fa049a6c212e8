//! What a child may see and do, and how its whole tree is ended.
//!
//! At the level `process` that is: an environment that is built and not
//! inherited, a private home, closed descriptors, a session, no new privileges,
//! `umask 077`, no core dump. Policy is in [`Policy`]; the mechanism between clone
//! and exec is in `sys`.

mod environment;
mod home;
mod tree;

pub use environment::{RefusedVariable, is_hijacking};
pub use home::HomeMode;
pub(crate) use home::PrivateHome;
pub use tree::adopt_orphans;
pub(crate) use tree::{Orphans, Tree, spawning};

use crate::job::{ExecutionContext, Isolation, Launch, Stdin};
use crate::sys;
use crate::sys::spawn::{Command, c_string};
use std::io;
use std::path::PathBuf;

/// What every action of an executor may see.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// A private home for each execution, or ours.
    pub home: HomeMode,
    /// Variables that could hijack a loader or an interpreter and are allowed all
    /// the same, by name.
    pub allowed_variables: Vec<String>,
    /// End the action when the spawning thread ends. For programs whose spawning
    /// thread lives as long as they do, such as the command line.
    pub die_with_parent: bool,
}

/// The surroundings can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A variable of the job's is refused.
    #[error(transparent)]
    Variable(#[from] RefusedVariable),
    /// The private home can't be made.
    #[error(
        "make a private home below {path:?}: {source}; is the directory writable and is there space?"
    )]
    Home {
        /// Where it was tried.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The working directory isn't there or isn't a directory.
    #[error("use {path:?} as the working directory: {source}")]
    WorkingDirectory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A NUL byte where the kernel allows none.
    #[error("pass {0} to the action: it holds a NUL byte")]
    Nul(&'static str),
}

/// A launch with its surroundings: ready to be spawned, gone when dropped.
#[derive(Debug)]
pub(crate) struct Confined {
    pub(crate) command: Command,
    pub(crate) stdin: Stdin,
    pub(crate) code: Option<Vec<u8>>,
    pub(crate) home: Option<PrivateHome>,
    pub(crate) isolation: Isolation,
}

/// Builds the surroundings for one launch.
///
/// # Errors
/// When a variable is refused or a directory can't be made or used.
pub(crate) fn confine(
    policy: &Policy,
    context: &ExecutionContext,
    launch: Launch,
) -> Result<Confined, SandboxError> {
    let home = match policy.home {
        HomeMode::Private => Some(PrivateHome::make()?),
        HomeMode::Inherit => None,
    };
    let env = environment::build(policy, context, &launch, home.as_ref())?;
    let cwd = match (&context.working_dir, &home) {
        (Some(dir), _) => checked_directory(dir.clone())?,
        (None, Some(home)) => home.path().to_owned(),
        (None, None) => std::env::current_dir()
            .map_err(|source| SandboxError::WorkingDirectory { path: ".".into(), source })?,
    };
    let core_limit = sys::process::core_limit();
    let command = Command {
        program: c_string(&launch.program).ok_or(SandboxError::Nul("the program's path"))?,
        args: launch
            .args
            .iter()
            .map(|arg| c_string(arg).ok_or(SandboxError::Nul("an argument")))
            .collect::<Result<_, _>>()?,
        env,
        cwd: c_string(&cwd).ok_or(SandboxError::Nul("the working directory"))?,
        limits: vec![(libc::RLIMIT_CORE, core_limit, core_limit)],
        die_with_parent: policy.die_with_parent,
    };
    Ok(Confined {
        command,
        stdin: launch.stdin,
        code: launch.code,
        home,
        isolation: Isolation::Process,
    })
}

fn checked_directory(path: PathBuf) -> Result<PathBuf, SandboxError> {
    let error =
        |path: &PathBuf, source| SandboxError::WorkingDirectory { path: path.clone(), source };
    let path = std::path::absolute(&path).map_err(|source| error(&path, source))?;
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(path),
        Ok(_) => Err(error(&path, io::ErrorKind::NotADirectory.into())),
        Err(source) => Err(error(&path, source)),
    }
}

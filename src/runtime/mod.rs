//! The host's side of each language: what to start for an action, and how.
//!
//! A [`Runtime`] turns an [`ExecutionContext`] into a [`Launch`]: a program and its
//! arguments, with no secret anywhere in it. [`Runtime::execute`] starts it and
//! hands out its raw streams; the [`executor`](crate::executor) does the same with
//! supervision and redaction around it.

mod error;
mod interpreter;
mod native;
mod node;
mod probe;
mod python;
mod registry;
mod running;
mod shell;

pub use error::RuntimeError;
pub use native::NativeRuntime;
pub use node::NodeRuntime;
pub use python::PythonRuntime;
pub use registry::Registry;
pub(crate) use running::start;
pub use running::{Child, Feed, Running, Streams};
pub use shell::ShellRuntime;

use crate::job::{Entry, ExecutionContext, Launch, Stdin};
use crate::sandbox::{self, Policy};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// A future that can be moved between threads and stored behind a trait.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One kind of action.
pub trait Runtime: fmt::Debug + Send + Sync {
    /// The name that selects it, for example `python`.
    fn name(&self) -> &'static str;

    /// Whether a file of this path is one of its actions, judged by the path alone.
    fn claims(&self, path: &Path) -> bool;

    /// Finds what has to be started. Nothing runs of the action yet.
    ///
    /// # Errors
    /// When the action or its interpreter can't be found or used.
    fn prepare<'a>(
        &'a self,
        context: &'a ExecutionContext,
    ) -> BoxFuture<'a, Result<Launch, RuntimeError>>;

    /// Starts the action and hands out its raw streams: nothing is redacted, timed
    /// or bounded. For programs that bring their own supervision; everybody else
    /// wants [`Executor::run`](crate::executor::Executor::run).
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), and when the process can't be started.
    fn execute(&self, context: ExecutionContext) -> BoxFuture<'_, Result<Running, RuntimeError>> {
        Box::pin(async move {
            let launch = self.prepare(&context).await?;
            let confined = sandbox::confine(&Policy::default(), &context, launch)?;
            start(confined, context, sandbox::Orphans::Attributed)
        })
    }
}

/// The action's place in the argument list, and its code when it is handed over.
fn entry(context: &ExecutionContext) -> Result<(OsString, Option<Vec<u8>>), RuntimeError> {
    match &context.entry_point {
        Entry::Inline(code) => Ok(("<inline>".into(), Some(code.clone().into_bytes()))),
        Entry::Path(path) => Ok((checked_file(path)?.into_os_string(), None)),
    }
}

/// The absolute path of a file that is there and that we may read.
fn checked_file(path: &Path) -> Result<PathBuf, RuntimeError> {
    let error = |source| RuntimeError::unusable(path, source);
    let absolute = std::path::absolute(path).map_err(error)?;
    let metadata = absolute.metadata().map_err(error)?;
    if metadata.is_dir() {
        return Err(RuntimeError::IsDirectory(path.to_owned()));
    }
    if !metadata.is_file() {
        return Err(RuntimeError::NotAFile(path.to_owned()));
    }
    rustix::fs::access(&absolute, rustix::fs::Access::READ_OK).map_err(|e| error(e.into()))?;
    Ok(absolute)
}

/// A launch through a wrapper. `words` name the wrapper and the action, in the order
/// in which the interpreter wants them.
fn wrapped<const N: usize>(
    program: PathBuf,
    words: [OsString; N],
    code: Option<Vec<u8>>,
    context: &ExecutionContext,
) -> Launch {
    let mut args = vec![program.clone().into_os_string()];
    args.extend(words);
    args.extend(context.arguments.iter().cloned());
    // The wrapper reads the code there and closes it before the action begins.
    let env = code.iter().map(|_| ("ASIDE_CODE_FD".into(), "4".into())).collect();
    Launch { program, args, env, stdin: Stdin::Pipe, code }
}

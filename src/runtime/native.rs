//! Executables that read the frame themselves.

use super::{BoxFuture, Runtime, RuntimeError};
use crate::job::{Entry, ExecutionContext, Launch, Stdin};
use rustix::fs::{Access, access};
use std::path::Path;

/// Runs any executable: a compiled program, or a script with a `#!` line. It reads
/// the two lines of its stdin itself (`docs/protocol.md`).
#[derive(Debug, Clone, Copy, Default)]
pub struct NativeRuntime;

impl Runtime for NativeRuntime {
    fn name(&self) -> &'static str {
        "native"
    }

    /// Whatever nobody else claims.
    fn claims(&self, _path: &Path) -> bool {
        true
    }

    fn prepare<'a>(
        &'a self,
        context: &'a ExecutionContext,
    ) -> BoxFuture<'a, Result<Launch, RuntimeError>> {
        Box::pin(async move { launch(context) })
    }
}

fn launch(context: &ExecutionContext) -> Result<Launch, RuntimeError> {
    if context.compat_env_secrets {
        return Err(RuntimeError::CompatUnsupported);
    }
    let Entry::Path(path) = &context.entry_point else {
        return Err(RuntimeError::InlineUnsupported);
    };
    let unusable = |source| RuntimeError::unusable(path, source);
    let program = std::path::absolute(path).map_err(unusable)?;
    let metadata = program.metadata().map_err(unusable)?;
    if metadata.is_dir() {
        return Err(RuntimeError::IsDirectory(path.clone()));
    }
    if !metadata.is_file() {
        return Err(RuntimeError::NotAFile(path.clone()));
    }
    // Executable but not readable is fine for a program.
    access(&program, Access::EXEC_OK).map_err(|_| RuntimeError::NotExecutable(path.clone()))?;
    let mut args = vec![program.clone().into_os_string()];
    args.extend(context.arguments.iter().cloned());
    Ok(Launch { program, args, env: Vec::new(), stdin: Stdin::Pipe, code: None })
}

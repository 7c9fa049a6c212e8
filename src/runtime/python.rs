//! Python actions.

use super::{BoxFuture, Runtime, RuntimeError, entry, interpreter, probe, wrapped};
use crate::job::{ExecutionContext, Launch};
use crate::wrappers::{self, PYTHON};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Runs `.py` files, and inline code, with CPython 3.8 or later.
#[derive(Debug, Default)]
pub struct PythonRuntime {
    /// The interpreter, a virtual environment's too; `python3` on the PATH when `None`.
    pub interpreter: Option<PathBuf>,
    /// Shims whose real interpreter is known.
    resolved: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl PythonRuntime {
    /// A runtime with an interpreter of your choice.
    #[must_use]
    pub fn with_interpreter(interpreter: impl Into<PathBuf>) -> Self {
        Self { interpreter: Some(interpreter.into()), ..Self::default() }
    }

    async fn interpreter(&self) -> Result<PathBuf, RuntimeError> {
        let found = interpreter::find(self.interpreter.as_deref(), "python3")?;
        if !interpreter::is_script(&found) {
            return Ok(found);
        }
        let known = || self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(real) = known().get(&found) {
            return Ok(real.clone());
        }
        let question = "import sys; sys.stdout.buffer.write(sys.executable.encode())";
        let answer = probe::ask(&found, &["-I", "-S", "-c", question], Vec::new()).await?;
        let real = PathBuf::from(std::ffi::OsString::from_vec(answer));
        if !real.is_absolute() {
            let reason = "it doesn't say where its executable is".to_owned();
            return Err(RuntimeError::BadInterpreter { path: found, reason });
        }
        known().insert(found, real.clone());
        Ok(real)
    }
}

impl Runtime for PythonRuntime {
    fn name(&self) -> &'static str {
        "python"
    }

    fn claims(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "py")
    }

    fn prepare<'a>(
        &'a self,
        context: &'a ExecutionContext,
    ) -> BoxFuture<'a, Result<Launch, RuntimeError>> {
        Box::pin(async move {
            let python = self.interpreter().await?;
            let wrapper = compiled(&python).await?;
            let (action, code) = entry(context)?;
            Ok(wrapped(python, ["-I".into(), wrapper.into(), action], code, context))
        })
    }
}

/// Reads the wrapper on stdin and writes it as a `.pyc` file (PEP 552: magic,
/// flags, time stamp, size, code). Run directly, only the magic is looked at.
const COMPILE: &str = "import sys, marshal
from _frozen_importlib_external import MAGIC_NUMBER
code = compile(sys.stdin.buffer.read(), '<aside>', 'exec', dont_inherit=True)
sys.stdout.buffer.write(MAGIC_NUMBER + bytes(12) + marshal.dumps(code))
";

/// The wrapper, compiled for this interpreter: parsing it would take longer than
/// all the rest that it does.
async fn compiled(python: &Path) -> Result<PathBuf, RuntimeError> {
    let unusable = |reason: String| RuntimeError::BadInterpreter { path: python.into(), reason };
    let metadata = python.metadata().map_err(|error| unusable(error.to_string()))?;
    let store = wrappers::Store::open()?;
    let path = store.derived(PYTHON, &identity(python, &metadata), "pyc");
    if std::fs::read(&path).is_ok_and(|content| is_whole(&content)) {
        return Ok(path);
    }
    let source = PYTHON.source.as_bytes().to_vec();
    let code = probe::ask(python, &["-I", "-S", "-c", COMPILE], source).await?;
    if code.len() < 16 {
        return Err(unusable("it doesn't compile the wrapper; is it CPython 3.8 or later?".into()));
    }
    let checksum = Sha256::digest(&code);
    store.write(&path, &[code.as_slice(), &checksum].concat())?;
    Ok(path)
}

/// Whether a cached file ends with the checksum of the rest; Python reads no further
/// than its code. A machine that lost power can leave anything.
fn is_whole(content: &[u8]) -> bool {
    let Some(length) = content.len().checked_sub(Sha256::output_size()) else { return false };
    let (code, checksum) = content.split_at(length);
    Sha256::digest(code).as_slice() == checksum
}

/// Changes whenever the interpreter's file does: another version reads another
/// format.
fn identity(python: &Path, metadata: &Metadata) -> Vec<u8> {
    let mut identity = python.as_os_str().as_bytes().to_vec();
    for number in [metadata.dev(), metadata.ino(), metadata.size()] {
        identity.extend_from_slice(&number.to_le_bytes());
    }
    identity.extend_from_slice(&metadata.mtime().to_le_bytes());
    identity.extend_from_slice(&metadata.mtime_nsec().to_le_bytes());
    identity
}

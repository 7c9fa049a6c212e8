//! Where interpreters are.

use super::RuntimeError;
use rustix::fs::{Access, access};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Looked through when we have no PATH.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The interpreter that was asked for, or the first `name` on our PATH. Symlinks
/// are kept: a virtual environment is known by the path of its link.
pub(super) fn find(asked: Option<&Path>, name: &str) -> Result<PathBuf, RuntimeError> {
    if let Some(asked) = asked {
        let missing = || RuntimeError::InterpreterNotFound(asked.display().to_string());
        let path = std::path::absolute(asked).map_err(|_| missing())?;
        if !path.exists() {
            return Err(missing());
        }
        return if is_program(&path) { Ok(path) } else { Err(RuntimeError::NotExecutable(path)) };
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    std::env::split_paths(&path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name))
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| RuntimeError::InterpreterNotFound(name.to_owned()))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// Whether it is a script: a version manager's shim, which finds the real
/// interpreter anew, and slowly, at each start.
pub(super) fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"#!"
}

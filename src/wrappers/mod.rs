//! The child's side of the protocol: one static file for each language, shipped
//! inside the binary and the same for every execution. What varies travels on
//! stdin, so there is nothing to inject code into.
//!
//! The files are written once to a directory that only we can write to.

use sha2::{Digest, Sha256};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One wrapper file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrapper {
    name: &'static str,
    /// Its text.
    pub(crate) source: &'static str,
}

pub(crate) const PYTHON: Wrapper = Wrapper { name: "python.py", source: include_str!("python.py") };
pub(crate) const SHELL: Wrapper = Wrapper { name: "shell.sh", source: include_str!("shell.sh") };
pub(crate) const NODE: Wrapper = Wrapper { name: "node.cjs", source: include_str!("node.cjs") };

/// The wrappers' directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WrapperError {
    /// A file or directory can't be written or read.
    #[error(
        "install the wrappers in {path:?}: {source}; set ASIDE_CACHE_DIR to a directory that you can write to"
    )]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could change what is in it.
    #[error(
        "use the wrappers in {0:?}: others can write there; remove it, or set ASIDE_CACHE_DIR to a directory of yours"
    )]
    Unsafe(PathBuf),
}

/// The directory that holds the wrappers.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    dir: PathBuf,
}

impl Store {
    /// Opens the directory, making it when it isn't there: `$ASIDE_CACHE_DIR`,
    /// `/var/cache/aside` for root, else `$XDG_CACHE_HOME/aside` or `~/.cache/aside`.
    ///
    /// # Errors
    /// When it can't be made, or others could write to it.
    pub(crate) fn open() -> Result<Self, WrapperError> {
        Self::at(directory())
    }

    fn at(dir: PathBuf) -> Result<Self, WrapperError> {
        let failed = |source| WrapperError::Io { path: dir.clone(), source };
        if let Some(parent) = dir.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        // Readable by all: an action may run as another user, and there is nothing
        // secret in it.
        match fs::DirBuilder::new().mode(0o755).create(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        let metadata = fs::symlink_metadata(&dir).map_err(failed)?;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !metadata.is_dir() || !ours || metadata.mode() & 0o022 != 0 {
            return Err(WrapperError::Unsafe(dir));
        }
        Ok(Self { dir })
    }

    /// Where a wrapper lies, after making sure that it is there and unchanged.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn install(&self, wrapper: Wrapper) -> Result<PathBuf, WrapperError> {
        let path = self.dir.join(file_name(wrapper, wrapper.source.as_bytes()));
        match fs::read(&path) {
            Ok(found) if found == wrapper.source.as_bytes() => Ok(path),
            _ => self.write(&path, wrapper.source.as_bytes()).map(|()| path),
        }
    }

    /// Where the form of `wrapper` that was derived from `key` lies, if it is there.
    pub(crate) fn derived(&self, wrapper: Wrapper, key: &[u8], extension: &str) -> PathBuf {
        let mut hashed = wrapper.source.as_bytes().to_vec();
        hashed.extend_from_slice(key);
        self.dir.join(file_name(wrapper, &hashed)).with_extension(extension)
    }

    /// Puts `content` at `path` in one step: nobody ever sees half a wrapper.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn write(&self, path: &Path, content: &[u8]) -> Result<(), WrapperError> {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            file.write_all(content)?;
            file.as_file().set_permissions(Permissions::from_mode(0o644))?;
            file.persist(path)?;
            File::open(path).map(drop)
        };
        write().map_err(|source| WrapperError::Io { path: path.to_owned(), source })
    }
}

/// The name carries the content's hash: versions side by side don't meet.
fn file_name(wrapper: Wrapper, hashed: &[u8]) -> String {
    let hash = Sha256::digest(hashed);
    let short: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let (stem, extension) = wrapper.name.split_once('.').unwrap_or((wrapper.name, ""));
    format!("{stem}-{short}.{extension}")
}

fn directory() -> PathBuf {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = variable("ASIDE_CACHE_DIR") {
        return std::path::absolute(&dir).unwrap_or(dir);
    }
    if rustix::process::geteuid().is_root() {
        return "/var/cache/aside".into();
    }
    let cache = variable("XDG_CACHE_HOME").filter(|dir| dir.is_absolute());
    match cache.or_else(|| variable("HOME").map(|home| home.join(".cache"))) {
        Some(cache) => cache.join("aside"),
        None => std::env::temp_dir().join(format!("aside-{}", rustix::process::geteuid().as_raw())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_wrapper_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path().join("cache")).unwrap();
        let path = store.install(SHELL).unwrap();
        fs::write(&path, "evil").unwrap();
        assert_eq!(store.install(SHELL).unwrap(), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), SHELL.source);
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Store::at(open.clone()), Err(WrapperError::Unsafe(_))));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        assert!(matches!(Store::at(link), Err(WrapperError::Unsafe(_))));
    }
}

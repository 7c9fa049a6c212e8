//! A private home and temporary directory for one execution.

use super::SandboxError;
use rustix::fs::{Mode, mkdir};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Whose home an action sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HomeMode {
    /// An empty directory of its own, gone afterwards.
    #[default]
    Private,
    /// Ours, with our TMPDIR.
    Inherit,
}

/// Where private homes are made: `$TMPDIR` if it is set, else in memory where the
/// machine has a place for it, else `/tmp`.
///
/// In memory, what an action leaves in its home never touches a disk; and making
/// and removing it costs a tenth.
fn base() -> &'static Path {
    static BASE: OnceLock<PathBuf> = OnceLock::new();
    BASE.get_or_init(|| match std::env::var_os("TMPDIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => std::path::absolute(&dir).unwrap_or_else(|_| dir.into()),
        None if is_roomy_memory(SHARED_MEMORY) => SHARED_MEMORY.into(),
        None => "/tmp".into(),
    })
}

const SHARED_MEMORY: &str = "/dev/shm";
/// A container's default of 64 MiB is too small to be somebody's TMPDIR.
const ROOMY: u64 = 256 << 20;

/// Whether `path` is a tmpfs of some size from which programs may be executed, as a
/// package that is built in TMPDIR needs.
fn is_roomy_memory(path: &str) -> bool {
    use rustix::fs::{Access, StatVfsMountFlags, access, statfs, statvfs};
    const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;
    let (Ok(kind), Ok(room)) = (statfs(path), statvfs(path)) else { return false };
    kind.f_type == TMPFS_MAGIC
        && room.f_bavail.saturating_mul(room.f_frsize) >= ROOMY
        && !room.f_flag.intersects(StatVfsMountFlags::NOEXEC | StatVfsMountFlags::RDONLY)
        && access(path, Access::WRITE_OK).is_ok()
}

/// A 0700 directory with a `tmp` inside; removed with all that is in it on drop.
#[derive(Debug)]
pub(crate) struct PrivateHome {
    path: PathBuf,
}

impl PrivateHome {
    pub(super) fn make() -> Result<Self, SandboxError> {
        let base = base();
        Self::make_below(base).map_err(|source| SandboxError::Home { path: base.into(), source })
    }

    fn make_below(base: &Path) -> io::Result<Self> {
        // A name that nobody can guess, and mkdir follows no symlink: nothing
        // planted in a shared /tmp can be mistaken for it.
        let path = base.join(format!("aside-{}", uuid::Uuid::new_v4().simple()));
        mkdir(&path, Mode::RWXU)?;
        let home = Self { path };
        mkdir(home.tmp(), Mode::RWXU)?;
        Ok(home)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// Removes it. An empty home, which is the usual case, goes without being read.
    ///
    /// # Errors
    /// When something in it can't be removed.
    pub(crate) fn remove(self) -> io::Result<()> {
        let result = self.clear();
        std::mem::forget(self);
        result
    }

    fn clear(&self) -> io::Result<()> {
        if rustix::fs::rmdir(self.tmp()).is_ok() && rustix::fs::rmdir(&self.path).is_ok() {
            return Ok(());
        }
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                // The action may have taken its own directories' write permission.
                make_writable(&self.path);
                std::fs::remove_dir_all(&self.path)
            }
            other => other,
        }
    }
}

impl Drop for PrivateHome {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(path = ?self.path, %error, "failed to remove a private home");
        }
    }
}

/// Gives every directory below `dir` back to its owner, without following links.
fn make_writable(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700));
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

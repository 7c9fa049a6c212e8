//! Where a secret could be seen from outside, one function for each place.

use crate::canary::Canary;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A place where the canary was seen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) channel: &'static str,
    pub(crate) place: String,
}

/// Every process, this one excluded: it made the canary.
fn processes() -> Vec<PathBuf> {
    let own = std::process::id().to_string();
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.bytes().all(|byte| byte.is_ascii_digit()) && name != own
    })
    .map(|entry| entry.path())
    .collect()
}

fn in_proc_files(canary: &Canary, file: &'static str) -> Vec<Finding> {
    let read = |process: PathBuf| {
        let content = fs::read(process.join(file)).ok()?;
        canary.seen_in(&content)?;
        Some(Finding { channel: file, place: process.display().to_string() })
    };
    processes().into_iter().filter_map(read).collect()
}

pub(crate) fn environ(canary: &Canary) -> Vec<Finding> {
    in_proc_files(canary, "environ")
}

pub(crate) fn cmdline(canary: &Canary) -> Vec<Finding> {
    in_proc_files(canary, "cmdline")
}

pub(crate) fn ps(canary: &Canary) -> Vec<Finding> {
    let listing = Command::new("ps").arg("auxewwww").output().unwrap();
    assert!(listing.status.success() && !listing.stdout.is_empty());
    let seen = canary.seen_in(&listing.stdout);
    seen.map(|form| Finding { channel: "ps", place: form.into() }).into_iter().collect()
}

/// Open descriptors: files, deleted ones and memfds by content, pipes by what is
/// waiting in them. Reading a pipe takes what is in it, so only the stdin of
/// processes that work in `cwd` is looked into: they have read theirs, while other
/// tests' actions may be about to.
pub(crate) fn descriptors(canary: &Canary, cwd: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for process in processes() {
        let Ok(entries) = fs::read_dir(process.join("fd")) else { continue };
        for entry in entries.flatten() {
            let Ok(target) = fs::read_link(entry.path()) else { continue };
            let target = target.to_string_lossy().into_owned();
            let stdin_pipe = target.starts_with("pipe:") && entry.file_name() == "0";
            let is_file = (target.starts_with('/') && !target.starts_with("/dev/"))
                || target.starts_with("/memfd:")
                || target.starts_with("/dev/shm");
            if !stdin_pipe && !is_file {
                continue;
            }
            let mut content = Vec::new();
            if stdin_pipe && fs::read_link(process.join("cwd")).ok().as_deref() != Some(cwd) {
                continue;
            }
            let mut options = fs::OpenOptions::new();
            options.read(true).custom_flags(libc::O_NONBLOCK);
            let Ok(file) = options.open(entry.path()) else { continue };
            let _ = file.take(64 << 20).read_to_end(&mut content);
            if canary.seen_in(&content).is_some() {
                let place = format!("{} -> {target}", entry.path().display());
                found.push(Finding { channel: "descriptor", place });
            }
        }
    }
    found
}

/// Files written since `since` below `roots`.
pub(crate) fn files(canary: &Canary, roots: &[&Path], since: SystemTime) -> Vec<Finding> {
    // File times may lag behind the clock by a tick.
    let since = since - Duration::from_secs(1);
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = roots.iter().map(|root| root.to_path_buf()).collect();
    while let Some(path) = left.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if canary.seen_in(path.as_os_str().as_encoded_bytes()).is_some() {
            found.push(Finding { channel: "file name", place: path.display().to_string() });
        }
        if metadata.is_dir() {
            // A checkout's build output changes all the time and is not ours.
            if path.ends_with("target") {
                continue;
            }
            left.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path()));
        } else if metadata.is_file()
            && metadata.modified().is_ok_and(|time| time >= since)
            && metadata.size() < 256 << 20
        {
            let content = fs::read(&path).unwrap_or_default();
            if canary.seen_in(&content).is_some() {
                found.push(Finding { channel: "file", place: path.display().to_string() });
            }
        }
    }
    found
}

/// Everything that can be seen while an action runs.
pub(crate) fn everywhere(canary: &Canary, cwd: &Path, since: SystemTime) -> Vec<Finding> {
    let mut found = environ(canary);
    found.extend(cmdline(canary));
    found.extend(ps(canary));
    found.extend(descriptors(canary, cwd));
    found.extend(everywhere_on_disk(canary, cwd, since));
    found
}

/// Everything that can have been left behind.
pub(crate) fn everywhere_on_disk(canary: &Canary, cwd: &Path, since: SystemTime) -> Vec<Finding> {
    let cache = Path::new("/var/cache/aside");
    let temporary = std::env::temp_dir();
    let mut roots =
        vec![Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm"), cache, cwd];
    roots.push(&temporary);
    files(canary, &roots, since)
}

//! The kernel's table of processes, read through `/proc`.

use rustix::process::Pid;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// What is needed of `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    state: u8,
    parent: i32,
    /// The session; a zombie still has it.
    pub(super) session: i32,
    threads: u32,
    /// In clock ticks since the machine started.
    pub(super) started: u64,
}

impl Entry {
    /// Alive means: it can still run code. A zombie with other threads can.
    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X') || self.threads > 1
    }

    /// Parses a line of `/proc/PID/stat` (proc_pid_stat(5)). The program's name in
    /// parentheses may hold anything, so the fields are counted from the last `)`.
    fn parse(stat: &[u8]) -> Option<Self> {
        let after_name = stat.iter().rposition(|&byte| byte == b')')?;
        let rest = std::str::from_utf8(stat.get(after_name + 2..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<i32>().ok();
        Some(Self {
            state: *fields.first()?.as_bytes().first()?,
            parent: number(1)?,
            session: number(3)?,
            threads: fields.get(17)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }
}

pub(super) fn entry(pid: Pid) -> Option<Entry> {
    Entry::parse(&read(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?)
}

/// Whether `pid` can still run code.
pub(super) fn is_alive(pid: Pid) -> bool {
    entry(pid).is_some_and(|entry| entry.is_alive())
}

/// Reads a file of `/proc` in one go where it fits: these files have no size that
/// a growing buffer could start from.
fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut content = vec![0; 1024];
    let length = file.read(&mut content)?;
    content.truncate(length);
    if length == 1024 {
        file.read_to_end(&mut content)?;
    }
    Ok(content)
}

/// The children of this process, whichever of its threads they are listed under.
pub(super) fn own_children() -> Vec<Pid> {
    children(rustix::process::getpid())
}

/// The children of `pid`; empty when it is gone.
pub(super) fn children(pid: Pid) -> Vec<Pid> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", pid.as_raw_pid())) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for task in tasks.flatten() {
        match read(task.path().join("children")) {
            Ok(list) => {
                let list = String::from_utf8_lossy(&list);
                let numbers = list.split_ascii_whitespace().filter_map(|text| text.parse().ok());
                found.extend(numbers.filter_map(Pid::from_raw));
            }
            // A kernel without CONFIG_PROC_CHILDREN; or the thread has just ended,
            // and then the slow way is right too.
            Err(_) => return children_by_parent(pid),
        }
    }
    found
}

fn children_by_parent(parent: Pid) -> Vec<Pid> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    all.flatten()
        .filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?))
        .filter(|&pid| entry(pid).is_some_and(|entry| entry.parent == parent.as_raw_pid()))
        .collect()
}

/// Whether `pid` was started with the variable `NAME=value`. `false` when its
/// environment can't be read or is empty, as a zombie's is.
pub(super) fn has_variable(pid: Pid, pair: &[u8]) -> bool {
    read(format!("/proc/{}/environ", pid.as_raw_pid()))
        .is_ok_and(|environment| environment.split(|&byte| byte == 0).any(|found| found == pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_and_spaces_is_parsed() {
        let stat = b"7 (a) Z 9 (x)) S 3 7 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 99";
        let entry = Entry::parse(stat).unwrap();
        assert_eq!(entry, Entry { state: b'S', parent: 3, session: 5, threads: 2, started: 99 });
        assert_eq!(Entry::parse(b"7 (a"), None);
    }

    #[test]
    fn both_ways_to_find_children_agree() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        assert!(own_children().contains(&pid));
        assert!(children_by_parent(rustix::process::getpid()).contains(&pid));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

//! Core dumps: neither of an action nor of aside itself.

use crate::actions::Stage;
use crate::canary::Canary;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Crashes with the secret in memory, as a native program would.
const CRASHING: &str = "#!/bin/bash
read -r secrets
: > ready
cat /proc/self/limits > limits
kill -SEGV $$
";

fn core_limit(limits: &str) -> Vec<&str> {
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    line["Max core file size".len()..].split_whitespace().take(2).collect()
}

fn cores(dir: &Path) -> usize {
    let names = fs::read_dir(dir).unwrap().flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().starts_with("core")).count()
}

/// A shell that lifts the limit on cores and then becomes the command.
fn with_cores(command: &Command) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", "ulimit -c unlimited && exec \"$@\"", "bash"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

#[test]
fn a_crashing_action_leaves_no_core() {
    let stage = Stage::with("native", "action", CRASHING);
    let child = stage.start(with_cores(&stage.command(&[])));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 11));
    // One byte: neither a file nor a core handler gets anything (core(5)).
    let limits = fs::read_to_string(stage.cwd().join("limits")).unwrap();
    assert_eq!(core_limit(&limits), ["1", "1"]);
    assert_eq!(cores(stage.cwd()), 0);
}

#[test]
fn aside_itself_leaves_no_core_and_cannot_be_read() {
    let stage = Stage::new("native");
    let mut command = with_cores(&stage.command(&[]));
    command.current_dir(stage.cwd());
    let mut child = stage.start(command);
    let pid = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    assert_eq!(core_limit(&limits), ["1", "1"]);
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
    assert_eq!(cores(stage.cwd()), 0);
}

/// The twin: where cores are files, an ordinary process does leave one, with the
/// secret in it; where a program takes them, the kernel says that one was dumped.
#[test]
fn planted_an_ordinary_process_dumps_its_core() {
    let canary = Canary::plain();
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", "ulimit -c unlimited; read -r secret; kill -SEGV $$"]);
    let mut child = command.current_dir(dir.path()).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{}\n", canary.value()).as_bytes()).unwrap();
    let status = child.wait().unwrap();
    assert!(status.core_dumped(), "this machine never dumps: {status}");
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if !pattern.starts_with(['|', '/', '@']) {
        assert_eq!(cores(dir.path()), 1);
        let core = fs::read_dir(dir.path()).unwrap().flatten().next().unwrap();
        assert!(canary.seen_in(&fs::read(core.path()).unwrap()).is_some());
    }
}

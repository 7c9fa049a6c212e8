//! strace's view: every program that was executed, and every file that was opened
//! for writing, while an action ran.

use crate::actions::{RUNTIMES, Stage};
use crate::canary::Canary;
use std::path::PathBuf;
use std::process::{Command, Stdio};

struct Traced {
    trace: Vec<u8>,
    _dir: tempfile::TempDir,
}

/// Runs a command below strace, with all strings shown whole.
fn traced(stage: Option<&Stage>, command: &[String]) -> Traced {
    // Not below /tmp: the trace itself shows what was written to pipes.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file: PathBuf = dir.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-v", "-xx", "-s", "1000000", "-e"]);
    strace.arg(
        "trace=execve,execveat,openat,creat,memfd_create,sendto,connect,write,pwrite64,writev",
    );
    strace.arg("-o").arg(&file).arg("--").args(command);
    strace.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match stage {
        Some(stage) => {
            std::fs::write(stage.cwd().join("go"), "").unwrap();
            let child = stage.start(strace);
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        None => assert!(strace.status().unwrap().success()),
    }
    Traced { trace: std::fs::read(file).unwrap(), _dir: dir }
}

impl Traced {
    /// The calls of one name that show the canary. (With -xx all is hexadecimal.)
    fn showing(&self, canary: &Canary, call: &str) -> usize {
        let needle: String = canary.value().bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        let text = String::from_utf8_lossy(&self.trace);
        text.lines().filter(|line| line.contains(call) && line.contains(&needle)).count()
    }
}

fn ours(stage: &Stage) -> Vec<String> {
    let mut command = vec![env!("CARGO_BIN_EXE_aside").to_owned()];
    command.extend(stage.arguments(&["--output", "json"]));
    command
}

#[test]
fn no_execve_and_no_opened_file_shows_the_secret() {
    for runtime in RUNTIMES {
        let stage = Stage::new(runtime);
        let traced = traced(Some(&stage), &ours(&stage));
        for call in ["execve(", "execveat(", "openat(", "creat(", "memfd_create(", "connect("] {
            assert_eq!(traced.showing(&stage.canary, call), 0, "{runtime}: {call}");
        }
        // The trace is real: the action's own program stands in it.
        assert!(
            String::from_utf8_lossy(&traced.trace).matches("execve(").count() >= 2,
            "{runtime}"
        );
    }
}

/// The twin: an action that passes its secret as an argument to a child.
#[test]
fn planted_in_an_execve() {
    let text = "get_secret -v secret canary\n: > ready\n/bin/true \"$secret\"\n";
    let stage = Stage::with("shell", "action.sh", text);
    assert_eq!(traced(Some(&stage), &ours(&stage)).showing(&stage.canary, "execve("), 1);
}

/// The twin: a file that is named after the secret.
#[test]
fn planted_in_a_file_name() {
    let canary = Canary::plain();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(canary.value());
    let command = ["touch".to_owned(), path.display().to_string()];
    assert!(traced(None, &command).showing(&canary, "openat(") >= 1);
}

//! A directory of actions, and the command run on them.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::RwLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const ASIDE: &str = env!("CARGO_BIN_EXE_aside");

/// Nothing here takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is being written can't be executed (ETXTBSY), and a process that
/// is just being started holds all that we have open: so never both at once.
static WRITING: RwLock<()> = RwLock::new(());

pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let _guard = WRITING.write().unwrap();
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// A native action in bash: its stdin is the raw frame.
    pub(crate) fn action(&self, name: &str, body: &str) -> PathBuf {
        let path = self.file(name, format!("#!/bin/bash\n{body}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// `aside run`, in this directory.
    pub(crate) fn run(&self, action: impl AsRef<OsStr>) -> Aside {
        let mut aside = self.aside();
        aside.command.arg("run").arg(action);
        aside
    }

    pub(crate) fn aside(&self) -> Aside {
        let mut aside = Aside::new(ASIDE);
        aside.command.current_dir(self.path());
        aside
    }
}

/// The command, about to be started.
pub(crate) struct Aside {
    pub(crate) command: Command,
    stdin: Vec<u8>,
}

/// What came of it.
pub(crate) struct Done {
    /// As a shell shows it: a signal counts 128 and its number.
    pub(crate) code: i32,
    /// Ended by a signal that it didn't handle.
    pub(crate) signalled: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Aside {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command
            .env("ASIDE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command, stdin: Vec::new() }
    }

    /// More arguments, split at spaces.
    pub(crate) fn with(self, words: &str) -> Self {
        words.split(' ').fold(self, Self::arg)
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.command.stdin(Stdio::piped());
        self.stdin = bytes.into();
        self
    }

    pub(crate) fn start(mut self) -> Started {
        let _guard = WRITING.read().unwrap();
        let mut child = self.command.spawn().unwrap();
        if let Some(mut stdin) = child.stdin.take_if(|_| !self.stdin.is_empty()) {
            let bytes = self.stdin;
            thread::spawn(move || stdin.write_all(&bytes));
        }
        Started { child, since: Instant::now() }
    }

    pub(crate) fn done(self) -> Done {
        self.start().done()
    }

    /// Runs with `--output json` and reads the document.
    pub(crate) fn document(self) -> (Done, Value) {
        let done = self.arg("--output").arg("json").done();
        let document = done.document();
        (done, document)
    }
}

/// The command, running.
pub(crate) struct Started {
    pub(crate) child: Child,
    since: Instant,
}

impl Started {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap()).unwrap()
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until the action has made this file.
    pub(crate) fn until(&self, path: &Path) {
        wait(|| path.exists(), &format!("{path:?} to appear"));
    }

    pub(crate) fn done(mut self) -> Done {
        // Whatever wasn't taken for stdin by now is not going to come.
        drop(self.child.stdin.take());
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let stdout = thread::spawn(move || read(stdout));
        let stderr = thread::spawn(move || read(stderr));
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.since.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("it hangs; stderr: {:?}", String::from_utf8_lossy(&stderr.join().unwrap()));
            }
            thread::sleep(Duration::from_millis(2));
        };
        Done {
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            signalled: status.signal().is_some(),
            took: self.since.elapsed(),
            stdout: stdout.join().unwrap(),
            stderr: String::from_utf8(stderr.join().unwrap()).unwrap(),
        }
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout[..self.stdout.len().min(2000)]);
        write!(f, "exit {} after {:?}\nstdout: {stdout:?}\n", self.code, self.took)?;
        write!(f, "stderr: {:?}", &self.stderr)
    }
}

fn read(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes).unwrap();
    }
    bytes
}

impl Done {
    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Exactly one document and a newline.
    pub(crate) fn document(&self) -> Value {
        let text = self.stdout().strip_suffix('\n').unwrap_or_else(|| panic!("{self:?}"));
        assert!(!text.contains('\n'), "{self:?}");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "{text:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text) && !self.stdout().contains(text), "{self:?}");
        self
    }
}

#[track_caller]
pub(crate) fn wait(condition: impl Fn() -> bool, what: &str) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A number of seconds to sleep for that no other process on this machine uses.
pub(crate) fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("98765.{}{number:03}", std::process::id())
}

/// The processes that have `marker` as an argument.
pub(crate) fn survivors(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if command.split(|&byte| byte == 0).any(|argument| argument == marker.as_bytes()) {
            found.push(String::from_utf8_lossy(&command).replace('\0', " "));
        }
    }
    found
}

/// Prints the frame's first line, so that `--no-redact` shows what was delivered.
pub(crate) const SHOW_SECRETS: &str = "IFS= read -r secrets; printf %s \"$secrets\"";
/// Prints the frame's second line.
pub(crate) const SHOW_INPUT: &str = "read -r secrets; IFS= read -r input; printf %s \"$input\"";

//! The twins: a leak is planted in every place, and every look must find it.

use crate::canary::Canary;
use crate::look;
use std::fs;
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// A process that is killed with its test.
struct Leaky(Child);

impl Leaky {
    fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn().unwrap();
        // The kernel lets us go on before the new program's environment is in place.
        let environ = format!("/proc/{}/environ", child.id());
        let deadline = Instant::now() + Duration::from_secs(10);
        while fs::read(&environ).is_ok_and(|content| content.is_empty())
            && Instant::now() < deadline
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        Self(child)
    }
}

impl Drop for Leaky {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn planted_in_an_environment() {
    let canary = Canary::plain();
    let _leaky = Leaky::start(Command::new("sleep").arg("60").env("API_KEY", canary.value()));
    assert_eq!(look::environ(&canary).len(), 1);
    assert_eq!(look::ps(&canary).len(), 1);
    assert_eq!(look::cmdline(&canary), []);
}

#[test]
fn planted_in_an_argument_list() {
    let canary = Canary::plain();
    let script = "sleep 60; :";
    let _leaky = Leaky::start(Command::new("bash").args(["-c", script, canary.value()]));
    assert_eq!(look::cmdline(&canary).len(), 1);
    assert_eq!(look::ps(&canary).len(), 1);
    assert_eq!(look::environ(&canary), []);
}

#[test]
fn planted_in_files_and_their_names() {
    let canary = Canary::plain();
    let since = SystemTime::now();
    for root in ["/tmp", "/dev/shm"] {
        let mut file = tempfile::Builder::new().prefix("planted").tempfile_in(root).unwrap();
        write!(file, "export KEY='{}'", canary.value()).unwrap();
        file.flush().unwrap();
        let found = look::files(&canary, &[Path::new(root)], since);
        assert_eq!(found.len(), 1, "{root}");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(canary.value()), "").unwrap();
    assert_eq!(look::files(&canary, &[dir.path()], since).len(), 1);
}

#[test]
fn planted_in_encodings() {
    let canary = Canary::new();
    let since = SystemTime::now();
    let dir = tempfile::tempdir().unwrap();
    let value = canary.value();
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("user:{value}"));
    for form in [value.to_owned(), hex, base64, format!("{value:?}"), value.replace('/', "%2F")] {
        fs::write(dir.path().join("file"), &form).unwrap();
        assert_eq!(look::files(&canary, &[dir.path()], since).len(), 1, "{form}");
    }
}

#[test]
fn planted_in_descriptors() {
    let canary = Canary::plain();
    // A deleted file and a memfd, each held open by a child only.
    let mut deleted = tempfile::tempfile().unwrap();
    deleted.write_all(canary.value().as_bytes()).unwrap();
    deleted.rewind().unwrap();
    let holder = Leaky::start(Command::new("sleep").arg("60").stdout(deleted.try_clone().unwrap()));
    drop(deleted);
    assert_eq!(look::descriptors(&canary, Path::new("/")).len(), 1);
    drop(holder);

    let memory = rustix::fs::memfd_create("planted", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    let mut memory = fs::File::from(memory);
    memory.write_all(canary.value().as_bytes()).unwrap();
    memory.rewind().unwrap();
    assert!(memory.as_raw_fd() > 2);
    let _holder = Leaky::start(Command::new("sleep").arg("60").stdout(memory));
    assert_eq!(look::descriptors(&canary, Path::new("/")).len(), 1);
}

#[test]
fn planted_in_an_unread_pipe() {
    let canary = Canary::plain();
    let mut command = Command::new("sleep");
    let dir = tempfile::tempdir().unwrap();
    command.arg("60").stdin(Stdio::piped()).current_dir(dir.path());
    let mut child = command.spawn().unwrap();
    child.stdin.as_ref().unwrap().write_all(canary.value().as_bytes()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut found = look::descriptors(&canary, dir.path());
    while found.is_empty() && Instant::now() < deadline {
        found = look::descriptors(&canary, dir.path());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found.len(), 1);
}

//! Another process of the same user looks at aside itself.

use crate::actions::Stage;
use std::process::Command;

/// What an ordinary process of the user 65534 can read of `pid`.
fn readable_by_its_user(pid: u32) -> Vec<&'static str> {
    let readable = |file: &&str| {
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "head", "-c", "1"])
            .arg(format!("/proc/{pid}/{file}"))
            .output()
            .unwrap()
            .status
            .success()
    };
    ["environ", "maps", "auxv"].into_iter().filter(readable).collect()
}

fn as_that_user(command: &Command) -> Command {
    let mut dropped = Command::new("setpriv");
    dropped.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    dropped.arg(command.get_program()).args(command.get_args());
    dropped
}

#[test]
fn a_process_of_the_same_user_cannot_read_aside() {
    assert!(rustix::process::geteuid().is_root(), "run the security suite as root");
    let stage = Stage::new("native");
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(stage.cwd(), std::fs::Permissions::from_mode(0o777)).unwrap();
    // The program may lie where that user can't go.
    let copy = tempfile::Builder::new().prefix("aside-copy").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(copy.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = copy.path().join("aside");
    std::fs::copy(env!("CARGO_BIN_EXE_aside"), &program).unwrap();

    let mut command = Command::new(&program);
    command.args(stage.arguments(&[]));
    let mut command = as_that_user(&command);
    command.env("ASIDE_CACHE_DIR", "/tmp/aside-cache-65534");
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let child = stage.start(command);
    let pid = child.id();
    let readable = readable_by_its_user(pid);
    let output = stage.finish(child);
    let _ = std::fs::remove_dir_all("/tmp/aside-cache-65534");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(readable, Vec::<&str>::new());
}

/// The twin: an ordinary process of that user is an open book to it.
#[test]
fn planted_an_ordinary_process_can_be_read() {
    assert!(rustix::process::geteuid().is_root(), "run the security suite as root");
    let mut sleep = Command::new("sleep");
    sleep.arg("60");
    let mut child = as_that_user(&sleep).env("KEY", "value").spawn().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let name = format!("/proc/{}/comm", child.id());
    while std::fs::read_to_string(&name).unwrap() != "sleep\n"
        && std::time::Instant::now() < deadline
    {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let readable = readable_by_its_user(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(readable, ["environ", "maps", "auxv"]);
}

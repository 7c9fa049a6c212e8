//! Runs the wrappers' own tests, each in its language's terms.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::Command;

fn passes(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn python() {
    passes("python3", &["-m", "unittest", "discover", "-s", "tests/wrappers/python"]);
}

#[test]
fn shell() {
    passes("bash", &["tests/wrappers/shell/run.sh"]);
}

#[test]
fn node() {
    // File by file: what a directory means here changed between versions.
    let dir = std::fs::read_dir("tests/wrappers/node").unwrap().flatten();
    let mut files: Vec<String> = dir
        .map(|entry| entry.path().display().to_string())
        .filter(|path| path.ends_with(".test.mjs"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let arguments: Vec<&str> = ["--test"].into_iter().chain(files.iter().map(|f| &**f)).collect();
    passes("node", &arguments);
}

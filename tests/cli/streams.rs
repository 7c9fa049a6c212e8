//! Output as it comes, and what happens when nobody takes it.

use crate::support::{ASIDE, Aside, Place, marker, survivors};
use std::fs;
use std::io::Read;
use std::time::Duration;

#[test]
fn every_byte_arrives_where_it_was_sent() {
    let place = Place::new();
    let bytes: Vec<u8> =
        (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    place.file("bytes", &bytes);
    let action = place.action("copy", "cat bytes; cat bytes >&2");
    let mut run = place.run(action).with("--cwd .");
    let errors = fs::File::create(place.path().join("errors")).unwrap();
    run.command.stderr(errors);
    assert!(run.done().exits(0).stdout == bytes);
    let errors = fs::read(place.path().join("errors")).unwrap();
    assert!(errors.starts_with(&bytes));
    assert!(errors[bytes.len()..].starts_with(b"aside: copy succeeded in "));
}

#[test]
fn output_comes_while_the_action_runs() {
    let place = Place::new();
    let action = place.action("slow", "echo first; while [ ! -e go ]; do sleep 0.02; done");
    let mut started = place.run(action).with("--cwd .").start();
    let mut first = [0; 6];
    started.child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"first\n");
    place.file("go", "");
    started.done().exits(0);
}

#[test]
fn a_reader_that_leaves_ends_the_action_quietly() {
    let place = Place::new();
    let marker = marker();
    place.action("endless", "sleep $1 & yes");
    let script = format!(
        "{ASIDE} run endless --grace 500ms -- {marker} | head -1; echo \"${{PIPESTATUS[0]}}\""
    );
    let mut bash = Aside::new("bash").arg("-c").arg(script);
    bash.command.current_dir(place.path());
    let done = bash.done();
    assert_eq!(done.exits(0).stdout(), "y\n141\n");
    assert!(done.stderr.starts_with("aside: endless was cancelled after "), "{done:?}");
    assert_eq!(done.stderr.lines().count(), 1, "{done:?}");
    assert!(done.took < Duration::from_secs(10));
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

#[test]
fn a_reader_that_leaves_early_spoils_no_document_help_or_script() {
    let place = Place::new();
    place.action("much", "yes | head -c 1M");
    for words in ["run much --output json", "run --help", "completions bash", "man", "--help"] {
        let script = format!("{ASIDE} {words} | :; echo \"${{PIPESTATUS[0]}}\"");
        let mut bash = Aside::new("bash").arg("-c").arg(script);
        bash.command.current_dir(place.path());
        let done = bash.done();
        assert_eq!((done.stdout(), done.stderr.as_str()), ("0\n", ""), "{words}");
    }
}

#[test]
fn a_full_disk_is_told() {
    let place = Place::new();
    let action = place.action("say", "echo something; exit $1");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (code, expected) in [("0", 125), ("3", 3)] {
        let mut run = place.run(&action).arg("--").arg(code);
        run.command.stdout(full());
        let done = run.done();
        done.exits(expected).says("aside: failed to write the action's output: No space left");
    }
    let mut run = place.run(&action).with("--output json -- 0");
    run.command.stdout(full());
    run.done().exits(125).says("aside: failed to write the outcome: No space left");
    let mut run = place.aside().with("completions bash");
    run.command.stdout(full());
    run.done().exits(125).says("aside: failed to write the completion script: No space left");
}

#[test]
fn closed_streams_are_no_reason_to_fail() {
    let place = Place::new();
    place.action("say", "echo out; echo err >&2");
    for closed in [">&-", "2>&-", "<&-", ">&- 2>&- <&-"] {
        let script = format!("{ASIDE} run say {closed}; echo $? > code");
        let mut bash = Aside::new("bash").arg("-c").arg(script);
        bash.command.current_dir(place.path());
        bash.done();
        let code = fs::read_to_string(place.path().join("code")).unwrap();
        assert_eq!(code, "0\n", "{closed}");
    }
}

#[test]
fn a_helper_that_holds_stdout_open_delays_nothing() {
    let place = Place::new();
    let marker = marker();
    let action = place.action("leaves", "setsid sleep $1 & echo done");
    let done = place.run(action).with(&format!("-- {marker}")).done();
    assert_eq!(done.exits(0).stdout(), "done\n");
    assert!(done.took < Duration::from_secs(4), "{done:?}");
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

//! The first signal cancels, the second kills, and nothing survives.

use crate::support::{Place, marker, survivors, wait};
use rustix::process::Signal;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Starts a helper in a session of its own and one that forks twice.
const FAMILY: &str = "setsid sleep $1 & (sleep $1 &) ; sleep $1 &";

#[test]
fn the_first_cancels_the_whole_tree() {
    let place = Place::new();
    let body = format!("trap 'echo bye; exit 0' TERM; {FAMILY} touch ready; wait");
    let action = place.action("polite", &body);
    let marker = marker();
    let started = place.run(action).with(&format!("--cwd . -- {marker}")).start();
    started.until(&place.path().join("ready"));
    // Ourselves, the action and three helpers.
    wait(|| survivors(&marker).len() == 5, "the helpers");
    started.send(Signal::INT);
    let done = started.done();
    done.exits(130).says("polite was cancelled after");
    assert_eq!(done.stdout(), "bye\n");
    assert_eq!(done.stderr.lines().count(), 1, "no note where nobody watches: {done:?}");
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

#[test]
fn the_second_kills_at_once() {
    let place = Place::new();
    let body = format!(
        "trap 'echo not yet' TERM; {FAMILY} touch ready; while :; do read -t 0.05 <> <(:); done"
    );
    let action = place.action("stubborn", &body);
    let marker = marker();
    let started = place.run(action).with(&format!("--cwd . --grace 50s -- {marker}")).start();
    started.until(&place.path().join("ready"));
    started.send(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!survivors(&marker).is_empty(), "the grace period is kept");
    let since = Instant::now();
    started.send(Signal::INT);
    let done = started.done();
    done.exits(130).says("stubborn was cancelled after");
    assert!(since.elapsed() < Duration::from_secs(5), "{done:?}");
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

#[test]
fn a_cancelled_run_still_gives_its_document() {
    let place = Place::new();
    let action = place.action("polite", "trap 'exit 5' TERM; touch ready; sleep 60 & wait");
    let started = place.run(action).with("--cwd . --output json").start();
    started.until(&place.path().join("ready"));
    started.send(Signal::TERM);
    let done = started.done();
    let document = done.exits(143).document();
    assert_eq!(document["state"], "cancelled");
    assert_eq!(document["exit_code"], 5);
    assert_eq!(document["error"]["code"], "cancelled");
}

#[test]
fn while_secrets_are_awaited_it_ends_at_once() {
    let place = Place::new();
    let action = place.action("never", "touch ran");
    let mut run = place.run(action).with("--cwd . --secrets -");
    run.command.stdin(Stdio::piped());
    let mut started = run.start();
    let stdin = started.child.stdin.take();
    let wchan = format!("/proc/{}/syscall", started.child.id());
    // Reading descriptor 0.
    wait(
        || std::fs::read_to_string(&wchan).is_ok_and(|text| text.starts_with("0 0x0 ")),
        "it to read",
    );
    started.send(Signal::INT);
    let done = started.done();
    done.exits(130);
    drop(stdin);
    assert!(!place.path().join("ran").exists());
}

#[test]
fn ctrl_backslash_leaves_nothing_behind_either() {
    let place = Place::new();
    let action = place
        .action("quits", &format!("{FAMILY} echo $HOME > ready.tmp; mv ready.tmp ready; wait"));
    let marker = marker();
    let started = place.run(action).with(&format!("--cwd . -- {marker}")).start();
    started.until(&place.path().join("ready"));
    let home = std::fs::read_to_string(place.path().join("ready")).unwrap();
    assert!(std::path::Path::new(home.trim()).is_dir());
    started.send(Signal::QUIT);
    started.done().exits(131);
    assert_eq!(survivors(&marker), Vec::<String>::new());
    assert!(!std::path::Path::new(home.trim()).exists());
}

#[test]
fn an_ignored_hang_up_stays_ignored() {
    let place = Place::new();
    place.action("waits", "touch ready; while [ ! -e go ]; do sleep 0.02; done; echo end");
    let mut nohup = crate::support::Aside::new("nohup");
    nohup.command.current_dir(place.path());
    let started = nohup.arg(crate::support::ASIDE).with("run waits --cwd .").start();
    started.until(&place.path().join("ready"));
    started.send(Signal::HUP);
    std::thread::sleep(Duration::from_millis(100));
    place.file("go", "");
    assert_eq!(started.done().exits(0).stdout(), "end\n");
}

#[test]
fn a_reader_that_is_stuck_delays_no_timeout_and_no_second_signal() {
    let place = Place::new();
    let action = place.action("flood", "exec -a $1 yes $1");
    let marker = marker();
    let run = place.run(action).with(&format!("--timeout 400ms --grace 100ms -- {marker}"));
    let mut started = run.start();
    let flooding = || survivors(&marker).iter().any(|line| line.starts_with(&marker));
    wait(flooding, "the action");
    wait(|| !flooding(), "the timeout");
    assert!(started.child.try_wait().unwrap().is_none(), "the rest of the output waits");
    let since = Instant::now();
    started.send(Signal::INT);
    started.send(Signal::TERM);
    let status = wait_for(&mut started.child);
    assert!(since.elapsed() < Duration::from_secs(5));
    assert_eq!(status, Some(124));
}

#[test]
fn a_document_that_nobody_reads_can_be_given_up() {
    let place = Place::new();
    let action = place.action("much", "head -c 1M /dev/zero; touch end");
    let mut started = place.run(action).with("--cwd . --output json").start();
    started.until(&place.path().join("end"));
    std::thread::sleep(Duration::from_millis(300));
    assert!(started.child.try_wait().unwrap().is_none(), "the document waits for its reader");
    started.send(Signal::INT);
    assert_eq!(wait_for(&mut started.child), Some(130));
    let mut rest = String::new();
    started.child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

fn wait_for(child: &mut std::process::Child) -> Option<i32> {
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(since.elapsed() < Duration::from_secs(20), "it hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

//! The table of exit codes, row by row.

use crate::support::{Place, wait};
use rustix::process::Signal;

#[test]
fn the_actions_own_code_is_ours() {
    let place = Place::new();
    let action = place.action("exit", "exit $1");
    for code in [0, 1, 2, 3, 42, 124, 125, 126, 127, 200, 255] {
        let done = place.run(&action).with(&format!("-- {code}")).done();
        done.exits(code);
        match code {
            0 => done.says("aside: exit succeeded in "),
            _ => done.says(&format!("aside: exit failed (exit {code}) in ")),
        };
        assert_eq!(done.stderr.lines().count(), 1, "{done:?}");
    }
}

#[test]
fn a_signal_counts_128_and_its_number() {
    let place = Place::new();
    let action = place.action("signal", "kill -$1 $$; sleep 5");
    for (signal, name) in [(9, "KILL"), (15, "TERM"), (11, "SEGV"), (2, "INT"), (1, "HUP")] {
        let done = place.run(&action).with(&format!("-- {signal}")).done();
        done.exits(128 + signal).says(&format!("signal failed (signal {signal}, {name}) in"));
        assert!(!done.signalled);
    }
}

#[test]
fn a_result_that_cannot_be_read_is_1() {
    let place = Place::new();
    let action = place.action("bad", "echo nonsense >&3");
    let done = place.run(&action).done();
    done.exits(1).says("failed to read its result (descriptor 3) as JSON");
    let (done, document) = place.run(&action).document();
    done.exits(1);
    assert_eq!(document["state"], "failed");
    assert_eq!(document["exit_code"], 0);
    assert_eq!(document["error"]["code"], "result_invalid");
}

#[test]
fn a_timeout_is_124_whatever_the_action_makes_of_it() {
    let place = Place::new();
    let action = place.action("slow", "trap 'exit 0' TERM; sleep 60 & wait");
    place.run(action).with("--timeout 100ms").done().exits(124);
}

#[test]
fn a_cancellation_is_128_and_the_signal() {
    let place = Place::new();
    let action = place.action("wait", "touch $1; exec sleep 60");
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        let ready = place.path().join(format!("ready{number}"));
        let started = place.run(&action).arg("--").arg(&ready).start();
        wait(|| ready.exists(), "the action");
        started.send(signal);
        let done = started.done();
        done.exits(128 + number).says("wait was cancelled after");
        assert!(!done.signalled, "it reports before it goes");
    }
}

#[test]
fn what_cannot_be_executed_is_126_and_what_is_not_there_127() {
    let place = Place::new();
    let plain = place.file("plain", "no program");
    let shell = place.file("action.sh", "echo hi");
    let python = place.file("action.py", "print('hi')");
    place.action("shebang", "");
    place.file("shebang", "#!/nonexistent/interpreter\n");
    let shebang = place.path().join("shebang");
    std::fs::set_permissions(&shebang, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();

    place.run(&plain).done().exits(126).says("it is not an executable program; make it one");
    place.run(place.path()).done().exits(126).says("it is a directory; name a file in it");
    place.run("/dev/null").done().exits(126).says("it is not a regular file");
    let done = place.run(&python).arg("--python").arg(&plain).done();
    done.exits(126).says("failed to execute");

    place.run("missing").done().exits(127).says("failed to find the action \"missing\"");
    place.run("plain/x").done().exits(127).says("no such file");
    place.run("missing.sh").done().exits(127).says("failed to find the action \"missing.sh\"");
    place.run(&shebang).done().exits(127).says("the interpreter that");
    place.run(&python).with("--python /nonexistent").done().exits(127).says("/nonexistent");
    place.run(&shell).env("PATH", "/nonexistent").done().exits(127).says("failed to find bash");
    place.run(&python).env("PATH", "").done().exits(127).says("failed to find python3");
}

#[test]
fn what_aside_cannot_do_is_125() {
    let place = Place::new();
    let action = place.action("fine", "true");
    for options in [
        "--secrets missing.json",
        "--params missing.json",
        "--secret a=env:ASIDE_TEST_UNSET",
        "--cwd missing",
        "--env LD_PRELOAD=x",
        "--compat-env-secrets",
    ] {
        let done = place.run(&action).with(options).done();
        done.exits(125);
        assert!(done.stderr.starts_with("aside: failed to "), "{done:?}");
        assert_eq!(done.stderr.lines().count(), 1, "{done:?}");
    }
}

#[test]
fn a_wrong_command_line_is_2_and_asking_for_help_is_0() {
    let place = Place::new();
    let action = place.action("fine", "true");
    let action = action.to_str().unwrap();
    for words in [
        "",
        "walk",
        "run",
        "run --no-such-option x",
        "completions tcsh",
        &format!("run {action} second"),
        &format!("run {action} --output xml"),
    ] {
        let done = place.aside();
        let done = if words.is_empty() { done } else { done.with(words) }.done();
        done.exits(2);
        assert!(done.stderr.starts_with("error: ") || done.says("Usage: aside").code == 2);
        assert_eq!(done.stdout(), "", "{words}");
    }
    for words in ["--help", "-h", "--version", "run --help", "run -h", "man", "completions zsh"] {
        let done = place.aside().with(words).done();
        done.exits(0);
        assert!(!done.stdout().is_empty() && done.stderr.is_empty(), "{words}: {done:?}");
    }
}

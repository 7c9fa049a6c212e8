//! Nothing outlives its execution, whatever way it ends and however it hides.

use crate::{Script, on_runtime, run, survivors, text};
use aside::executor::{Controls, Executor};
use aside::job::JobState;
use std::time::{Duration, Instant};

/// Every way for a process to get away from its parent, each leaving a `sleep` of
/// an odd length to be recognised by.
const ESCAPES: [(&str, &str); 6] = [
    ("background", "sleep 7771 &"),
    ("setsid", "setsid sleep 7772 &"),
    ("double fork", "( ( setsid sleep 7773 & ) & )"),
    ("no marker", "( ( setsid env -i sleep 7774 & ) & )"),
    ("ignores TERM", "( trap '' TERM; setsid sleep 7775 & ) "),
    ("own stdout closed", "setsid sleep 7776 >/dev/null 2>&1 3>&- &"),
];

fn executor() -> Executor {
    Executor::new().unwrap()
}

#[test]
fn no_survivor_after_a_normal_exit() {
    for (name, escape) in ESCAPES {
        if name == "no marker" {
            continue; // Needs an executor that owns all children: its own test below.
        }
        let script = Script::bash(&format!("{escape}\nsleep 0.05; echo done"));
        let context = script.context();
        let id = context.execution_id.clone();
        let outcome = run(context);
        assert_eq!(outcome.state, JobState::Succeeded, "{name}");
        assert_eq!(text(&outcome), "done\n", "{name}");
        assert_eq!(survivors(&id, ""), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn no_survivor_after_a_timeout() {
    for (name, escape) in ESCAPES {
        if name == "no marker" {
            continue;
        }
        let script = Script::bash(&format!("{escape}\necho started; sleep 7777"));
        let mut context = script.context();
        context.limits.timeout = Some(Duration::from_millis(300));
        let id = context.execution_id.clone();
        let outcome = run(context);
        assert_eq!(outcome.state, JobState::TimedOut, "{name}");
        assert_eq!(text(&outcome), "started\n", "{name}");
        assert_eq!(survivors(&id, ""), Vec::<String>::new(), "{name}");
    }
}

/// The twin: without an executor around it the same escape does survive, so the
/// check above can fail.
#[test]
fn the_check_for_survivors_sees_one() {
    let child = std::process::Command::new("setsid")
        .args(["sleep", "7778"])
        .env("ASIDE_EXECUTION_ID", "planted")
        .spawn()
        .unwrap();
    // While it executes another program its environment is empty for a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut found = survivors("planted", "");
    while found.is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
        found = survivors("planted", "");
    }
    let mut child = child;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn a_cancellation_ends_the_tree_and_a_second_one_ends_the_grace() {
    on_runtime(async {
        let script =
            Script::bash("trap '' TERM; setsid sleep 7779 & echo up; while :; do sleep 0.1; done");
        let mut context = script.context();
        context.limits.grace = Duration::from_secs(3600);
        let id = context.execution_id.clone();
        let controls = Controls::default();
        let (cancel, kill) = (controls.cancel.clone(), controls.kill.clone());
        let mut states = controls.states.subscribe();
        let executor = executor();
        let steer = async {
            states.wait_for(|state| *state == JobState::Running).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel();
            states.wait_for(|state| matches!(state, JobState::Stopping(_))).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            kill.cancel();
        };
        let (outcome, ()) = tokio::join!(executor.run(context, controls), steer);
        assert_eq!(outcome.state, JobState::Cancelled);
        assert_eq!(outcome.error.unwrap().code, "cancelled");
        assert_eq!(survivors(&id, ""), Vec::<String>::new());
    });
}

#[test]
fn dropping_the_future_kills_the_action() {
    on_runtime(async {
        let script = Script::bash("setsid sleep 7780 & sleep 7781");
        let context = script.context();
        let id = context.execution_id.clone();
        let executor = executor();
        let run = executor.run(context, Controls::default());
        assert!(tokio::time::timeout(Duration::from_millis(300), run).await.is_err());
        assert_eq!(survivors(&id, ""), Vec::<String>::new());
    });
}

#[test]
fn an_action_that_catches_term_may_finish_within_its_grace() {
    let script =
        Script::bash("trap 'echo cleaned; exit 7' TERM; echo up; while :; do sleep 0.02; done");
    let mut context = script.context();
    context.limits.grace = Duration::from_secs(20);
    context.limits.timeout = Some(Duration::from_millis(300));
    let outcome = run(context);
    assert_eq!((outcome.state, outcome.exit_code), (JobState::TimedOut, Some(7)));
    assert_eq!(text(&outcome), "up\ncleaned\n");
}

#[test]
fn each_process_is_asked_to_end_once() {
    let body = "trap 'echo leader' TERM; echo up\n\
        (trap 'echo child' TERM; while :; do sleep 0.02; done) &\n\
        setsid bash -c 'trap \"echo session\" TERM; while :; do sleep 0.02; done' &\n\
        while :; do sleep 0.02; done";
    let script = Script::bash(body);
    let mut context = script.context();
    context.limits.grace = Duration::from_millis(800);
    context.limits.timeout = Some(Duration::from_millis(500));
    let outcome = run(context);
    assert_eq!(outcome.state, JobState::TimedOut);
    let said = text(&outcome);
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["child", "leader", "session", "up"]);
}

#[test]
fn executions_at_once_do_not_end_each_others_processes() {
    on_runtime(async {
        let long = Script::bash(
            "( ( setsid sleep 0.6 & ) & ); sleep 0.5; pgrep -s 0 >/dev/null; echo long",
        );
        let short = Script::bash("( ( setsid sleep 7782 & ) & ); echo short");
        let executor = executor();
        let (first, second) = tokio::join!(
            executor.run(long.context(), Controls::default()),
            executor.run(short.context(), Controls::default()),
        );
        assert_eq!((first.state, second.state), (JobState::Succeeded, JobState::Succeeded));
        assert_eq!(survivors(&first.execution_id, ""), Vec::<String>::new());
        assert_eq!(survivors(&second.execution_id, ""), Vec::<String>::new());
    });
}

//! Faults that were seen in comparable systems; each came out wrong there.

use crate::{Script, run, survivors, text};
use aside::job::JobState;
use aside::secret::Secret;
use std::time::{Duration, Instant};

/// Far below what the faulty systems took, far above what a busy machine needs.
const SOON: Duration = Duration::from_secs(4);

#[test]
fn fault_01_the_workers_environment_is_not_inherited() {
    // This test process has variables of its own (cargo sets dozens).
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")));
    let outcome = run(Script::bash("env | cut -d= -f1 | sort | tr '\\n' ' '").context());
    let mut names: Vec<String> = text(&outcome).split_whitespace().map(str::to_owned).collect();
    names.retain(|name| !name.starts_with("LC_") && name != "TZ");
    assert_eq!(
        names,
        [
            "ASIDE_ACTION",
            "ASIDE_EXECUTION_ID",
            "ASIDE_PROTOCOL",
            "ASIDE_RESULT_FD",
            "HOME",
            "LANG",
            "LOGNAME",
            "PATH",
            "PWD",
            "SHLVL",
            "TMPDIR",
            "USER",
            "_",
        ]
    );
}

#[test]
fn fault_05_a_child_that_never_reads_is_timed_out_on_time() {
    let script = Script::bash("sleep 7791");
    let mut context = script.context();
    context.secrets.insert("big", Secret::from_bytes(vec![b'q'; 1 << 20]));
    context.limits.timeout = Some(Duration::from_millis(300));
    let start = Instant::now();
    let outcome = run(context);
    assert!(start.elapsed() < SOON);
    assert_eq!(outcome.state, JobState::TimedOut);
}

#[test]
fn fault_06_a_grandchild_that_holds_stdout_delays_nobody() {
    for escape in ["setsid sleep 7792", "(trap '' TERM; sleep 7792)"] {
        let script = Script::bash(&format!("{escape} & echo done"));
        let context = script.context();
        let id = context.execution_id.clone();
        let start = Instant::now();
        let outcome = run(context);
        assert!(start.elapsed() < SOON, "{escape}");
        assert_eq!((outcome.state, text(&outcome)), (JobState::Succeeded, "done\n".into()));
        assert_eq!(survivors(&id, ""), Vec::<String>::new());
    }
}

#[test]
fn fault_07_the_timeout_counts_from_the_start() {
    let script = Script::bash("exec >&- 2>&- 3>&- 0<&-; sleep 7793");
    let mut context = script.context();
    context.limits.timeout = Some(Duration::from_millis(300));
    let start = Instant::now();
    let outcome = run(context);
    assert!(start.elapsed() < SOON);
    assert_eq!(outcome.state, JobState::TimedOut);
}

#[test]
fn fault_08_one_endless_line_is_bounded() {
    let script = Script::bash("head -c 300000000 /dev/zero | tr '\\0' x");
    let mut context = script.context();
    context.limits.max_output = 1000;
    let outcome = run(context);
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(outcome.stdout.total(), 300_000_000);
    assert_eq!((outcome.stdout.head.len(), outcome.stdout.tail.len()), (500, 500));
}

#[test]
fn fault_15_failures_and_the_word_cancelled_mean_what_they_say() {
    let outcome = run(Script::bash("echo 'cancelled' >&2; exit 1").context());
    assert_eq!((outcome.state, outcome.exit_code), (JobState::Failed, Some(1)));
    let outcome = run(Script::bash("kill -SEGV $$").context());
    assert_eq!((outcome.state, outcome.signal), (JobState::Failed, Some(11)));
}

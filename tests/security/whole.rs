//! Nobody overhears: every runtime, every place, during the run and after it.

use crate::actions::{RUNTIMES, Stage};
use crate::look;

#[test]
fn no_runtime_leaves_its_secret_anywhere() {
    for runtime in RUNTIMES {
        let stage = Stage::new(runtime);
        let child = stage.start(stage.command(&["--output", "json", "--log", "trace"]));
        let during = look::everywhere(&stage.canary, stage.cwd(), stage.since);
        let output = stage.finish(child);
        let after = look::everywhere(&stage.canary, stage.cwd(), stage.since);
        assert_eq!(during, [], "{runtime}, while it ran");
        assert_eq!(after, [], "{runtime}, afterwards");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{runtime}: {log}");
        // It was said aloud (the action did), and logged about.
        assert!(String::from_utf8_lossy(&output.stdout).contains("***"), "{runtime}");
        assert!(log.contains("running"), "{runtime}: the log at TRACE is empty");
        assert_eq!(stage.canary.seen_in(&output.stdout), None, "{runtime}: stdout");
        assert_eq!(stage.canary.seen_in(&output.stderr), None, "{runtime}: stderr and log");
    }
}

#[test]
fn live_output_is_masked_too() {
    for runtime in RUNTIMES {
        let stage = Stage::new(runtime);
        let output = stage.run(&["--output", "human"]);
        assert!(output.status.success(), "{runtime}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("***"), "{runtime}");
        assert_eq!(stage.canary.seen_in(&output.stdout), None, "{runtime}: stdout");
        assert_eq!(stage.canary.seen_in(&output.stderr), None, "{runtime}: stderr");
    }
}

/// The twin of both: the same actions with redaction off do say it.
#[test]
fn planted_without_redaction_the_same_actions_are_overheard() {
    for runtime in RUNTIMES {
        let stage = Stage::new(runtime);
        let output = stage.run(&["--output", "json", "--no-redact"]);
        assert!(output.status.success(), "{runtime}");
        assert!(stage.canary.seen_in(&output.stdout).is_some(), "{runtime}");
    }
}

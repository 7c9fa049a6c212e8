//! Processes that try to outlive the real command.

use crate::actions::Stage;

fn alive(word: &str) -> bool {
    std::process::Command::new("pgrep").args(["-f", word]).output().unwrap().status.success()
}

/// Two forks, a session of its own, and an environment that says nothing.
const HIDING: &str = "get_secret -v secret canary
: > ready
( ( setsid env -i /bin/sleep 86401 & ) & )
( ( setsid env -i /bin/bash -c 'trap \"\" TERM; exec -a hidden-86401 /bin/sleep 86402' & ) & )
until pgrep -f 'hidden-86401' >/dev/null; do sleep 0.01; done
echo done
";

#[test]
fn a_process_that_hides_its_execution_is_ended_too() {
    let stage = Stage::with("shell", "action.sh", HIDING);
    let output = stage.run(&["--grace", "300ms"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n");
    assert!(!alive("sleep 86401") && !alive("hidden-86401"));
}

/// The twin: the same processes do live on when nobody adopts them.
#[test]
fn planted_such_a_process_survives_an_ordinary_parent() {
    let script = "( ( setsid env -i /bin/sleep 86403 & ) & ); sleep 0.1";
    assert!(std::process::Command::new("bash").args(["-c", script]).status().unwrap().success());
    let survived = alive("sleep 86403");
    std::process::Command::new("pkill").args(["-f", "sleep 86403"]).status().unwrap();
    assert!(survived);
}

//! Processes that try to outlive the real command.

use crate::actions::Stage;

fn alive(word: &str) -> bool {
    std::process::Command::new("pgrep").args(["-f", word]).output().unwrap().status.success()
}

/// Two forks, a session of its own, and an environment that says nothing. NUMBER is
/// what the processes are recognised by.
const HIDING: &str = "get_secret -v secret canary
: > ready
( ( setsid env -i /bin/sleep NUMBER & ) & )
( ( setsid env -i /bin/bash -c 'trap \"\" TERM; exec -a hidden-NUMBER /bin/sleep 86402' & ) & )
until pgrep -f '^hidden-NUMBER' >/dev/null; do sleep 0.01; done
echo done
";

/// Seconds to sleep that no other run of this test uses.
fn number(kind: u32) -> String {
    (kind * 10_000_000 + std::process::id()).to_string()
}

#[test]
fn a_process_that_hides_its_execution_is_ended_too() {
    let number = number(1);
    let stage = Stage::with("shell", "action.sh", &HIDING.replace("NUMBER", &number));
    let output = stage.run(&["--grace", "300ms"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n");
    assert!(!alive(&format!("sleep {number}")) && !alive(&format!("^hidden-{number}")));
}

/// The twin: the same processes do live on when nobody adopts them.
#[test]
fn planted_such_a_process_survives_an_ordinary_parent() {
    let sleep = format!("sleep {}", number(2));
    let script = format!("( ( setsid env -i /bin/{sleep} & ) & ); sleep 0.1");
    assert!(std::process::Command::new("bash").args(["-c", &script]).status().unwrap().success());
    let survived = alive(&sleep);
    std::process::Command::new("pkill").args(["-f", &sleep]).status().unwrap();
    assert!(survived);
}

/// Forks and exits once a millisecond, so that whoever looks finds it between two
/// parents; FLAGS decides whether it also ignores signals and leaves its session.
const HOPPING: &str = r#"
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    if (fork()) { usleep(50000); return 0; }
#ifdef STUBBORN
    for (int i = 1; i < 65; i++) signal(i, SIG_IGN);
#endif
    time_t end = time(0) + 20;
    while (time(0) < end) {
#ifdef STUBBORN
        setsid();
#endif
        if (fork()) _exit(0);
        usleep(1000);
    }
    return 0;
}
"#;

#[test]
fn a_process_that_never_stands_still_is_ended_too() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("hop.c");
    std::fs::write(&source, HOPPING).unwrap();
    for flag in ["-DPOLITE", "-DSTUBBORN"] {
        let name = format!("hop{}", number(3));
        let program = dir.path().join(&name);
        let mut compiler = std::process::Command::new("cc");
        assert!(compiler.arg(flag).arg("-o").args([&program, &source]).status().unwrap().success());
        for _ in 0..3 {
            let mut aside = std::process::Command::new(env!("CARGO_BIN_EXE_aside"));
            let output = aside.args(["run", "--grace", "100ms"]).arg(&program).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert!(!alive(&name), "{flag}");
        }
    }
}

//! Each option does what its help says.

use crate::support::{Place, SHOW_INPUT, SHOW_SECRETS};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

fn delivered(aside: crate::support::Aside) -> Value {
    let done = aside.arg("--no-redact").done();
    serde_json::from_str(done.exits(0).stdout()).unwrap()
}

#[test]
fn secrets_of_several_files_meet_and_the_later_wins() {
    let place = Place::new();
    let action = place.action("show", SHOW_SECRETS);
    place.file("a.json", r#"{"a": "first", "b": {"user": "u"}, "c": 1.50}"#);
    let run = || place.run(&action).with("--secrets a.json --secrets -");
    let found = delivered(run().stdin(r#"{"a": "second", "d": null}"#));
    assert_eq!(found, json!({"a": "second", "b": {"user": "u"}, "c": found["c"], "d": null}));
    assert_eq!(found["c"].to_string(), "1.50");
}

#[test]
fn a_secret_is_the_exact_content_of_a_file_or_a_variable() {
    let place = Place::new();
    let action = place.action("show", SHOW_SECRETS);
    place.file("token", "line\nwith 'quotes' \"too\"  \n\n");
    place.file("all.json", r#"{"token": "not this", "other": "o"}"#);
    let run = place.run(&action).with("--secret token=@token --secret var=env:FROM_HERE");
    let found = delivered(run.with("--secrets all.json").env("FROM_HERE", " $(x) "));
    let token = "line\nwith 'quotes' \"too\"  \n\n";
    assert_eq!(found, json!({"token": token, "other": "o", "var": " $(x) "}));
}

#[test]
fn the_same_name_twice_the_later_wins() {
    let place = Place::new();
    let action = place.action("show", SHOW_SECRETS);
    place.file("one", "1");
    place.file("two", "2");
    let run = place.run(action).with("--secret s=@one --secret s=@two");
    assert_eq!(delivered(run), json!({"s": "2"}));
}

#[test]
fn secrets_come_through_a_pipe_of_the_shell() {
    let place = Place::new();
    place.action("show", SHOW_SECRETS);
    let script = format!(
        "{} run show --no-redact --secrets <(echo '{{\"p\":\"x\"}}') --secret q=@<(printf y)",
        crate::support::ASIDE
    );
    let mut bash = crate::support::Aside::new("bash").arg("-c").arg(script);
    bash.command.current_dir(place.path());
    assert_eq!(bash.done().exits(0).stdout(), r#"{"p":"x","q":"y"}"#);
}

#[test]
fn parameters_are_json_where_they_can_be() {
    let place = Place::new();
    let action = place.action("show", SHOW_INPUT);
    place.file("p.json", r#"{"name": "Ada", "big": 12345678901234567890123, "kept": [1]}"#);
    let run = place.run(&action).with("--params p.json --param name=Grace --param n=5 --param");
    let run = run.arg("text=two words = here").arg("--param").arg("quoted=\"5\"");
    let done = run.done();
    let input: Value = serde_json::from_str(done.exits(0).stdout()).unwrap();
    let text = "two words = here";
    let expected = json!({"name": "Grace", "kept": [1], "n": 5, "text": text, "quoted": "5"});
    let mut parameters = input["parameters"].clone();
    let big = parameters.as_object_mut().unwrap().remove("big").unwrap();
    assert_eq!(parameters, expected);
    assert_eq!(big.to_string(), "12345678901234567890123");

    let done = place.run(&action).with("--params -").stdin("{\"x\":\"y\"}").done();
    let input: Value = serde_json::from_str(done.exits(0).stdout()).unwrap();
    assert_eq!(input["parameters"], json!({"x": "y"}));
    assert_eq!(input["execution"]["action"], "show");
}

#[test]
fn the_environment_is_built() {
    let place = Place::new();
    let action = place.action("env", "env -0 | sort -z | tr '\\0' '\\n'");
    let run = place.run(&action).with("--env GREETING=hello=you --env EMPTY=");
    let done = run.env("NOT_INHERITED", "1").done();
    let lines: Vec<&str> = done.exits(0).stdout().lines().collect();
    assert!(lines.contains(&"GREETING=hello=you") && lines.contains(&"EMPTY="), "{lines:?}");
    assert!(!done.stdout().contains("NOT_INHERITED"), "{lines:?}");

    for name in ["LD_PRELOAD", "BASH_ENV", "ASIDE_X"] {
        let done = place.run(&action).arg("--env").arg(format!("{name}=x")).done();
        done.exits(125).says(&format!("aside: failed to set {name}"));
    }
}

#[test]
fn a_timeout_ends_the_action_and_its_grace_kills_it() {
    let place = Place::new();
    let polite = place.action("polite", "trap 'echo bye; exit 7' TERM; sleep 60 & wait");
    let done = place.run(polite).with("--timeout 300ms").done();
    done.exits(124).says("polite timed out after");
    assert_eq!(done.stdout(), "bye\n");
    assert!(done.took < Duration::from_secs(4), "{done:?}");

    let stubborn = place.action("stubborn", "trap '' TERM; while :; do sleep 0.1; done");
    let (done, document) = place.run(stubborn).with("--timeout 300ms --grace 300ms").document();
    done.exits(124);
    assert!(done.took >= Duration::from_millis(600), "{done:?}");
    assert!(done.took < Duration::from_secs(5), "{done:?}");
    assert_eq!(document["state"], "timed_out");
    assert_eq!(document["signal"], 9);
    assert_eq!(document["error"]["code"], "timed_out");
}

#[test]
fn the_working_directory_is_the_private_home_unless_given() {
    let place = Place::new();
    let action = place.action("where", "pwd; echo $HOME; ls -A");
    let done = place.run(&action).done();
    let lines: Vec<&str> = done.exits(0).stdout().lines().collect();
    assert_eq!((lines[0], &lines[2..]), (lines[1], &["tmp"][..]));
    assert!(!fs::exists(lines[0]).unwrap(), "it is gone afterwards");

    let done = place.run(&action).with("--cwd .").done();
    let here = fs::canonicalize(place.path()).unwrap();
    assert_eq!(
        done.exits(0).stdout().lines().next().unwrap().as_bytes(),
        here.as_os_str().as_bytes()
    );

    let done = place.run(&action).with("--cwd nowhere").done();
    done.exits(125).says("as the working directory");
}

#[test]
fn the_home_is_private_or_inherited() {
    let place = Place::new();
    let action = place.action("home", "echo $HOME; echo $TMPDIR; touch $HOME/x $TMPDIR/y");
    let private = place.run(&action).done();
    let line = |done: &crate::support::Done, n| done.stdout().lines().nth(n).unwrap().to_owned();
    assert!(!fs::exists(line(&private, 0)).unwrap());
    let home = place.path().to_str().unwrap();
    let run = place.run(&action).with("--home inherit").env("HOME", home).env("TMPDIR", home);
    let inherited = run.done();
    assert_eq!((line(&inherited, 0), line(&inherited, 1)), (home.to_owned(), home.to_owned()));
    assert!(place.path().join("x").exists());
}

#[test]
fn the_runtime_is_chosen_by_name_or_by_ending() {
    let place = Place::new();
    let script = place.action("raw.sh", SHOW_INPUT);
    let done = place.run(script).with("--runtime native").done();
    assert!(done.exits(0).stdout().starts_with("{\"parameters\":{}"), "{done:?}");
}

#[test]
fn stdout_is_the_result_where_it_is_said_to_be() {
    let place = Place::new();
    let action = place.action("say", "printf %b \"$1\"");
    let cases = [
        ("json", r#"{"a": [1, 2.50]}"#, json!({"a": [1, 2.5]}).to_string().replace("2.5", "2.50")),
        ("jsonl", "{\"a\":1}\\n[2]\\n", json!([{"a": 1}, [2]]).to_string()),
        ("yaml", "a: 1\\nb: [x, y]\\n", json!({"a": 1, "b": ["x", "y"]}).to_string()),
    ];
    for (format, text, expected) in cases {
        let run = place.run(&action).arg("--output-format").arg(format);
        let done = run.with("--output json --").arg(text).done();
        assert_eq!(done.exits(0).document()["result"].to_string(), expected, "{format}");
        assert!(!done.document()["stdout"].as_str().unwrap().is_empty());
    }
    let done = place.run(&action).with("--output-format json --").arg("{no").done();
    done.exits(1).says("say failed (exit 0) in ").says("as JSON (line 1");
}

#[test]
fn a_result_is_shown_in_the_summary() {
    let place = Place::new();
    let action = place.action("result", "echo '{\"ok\": [1, \"x\"]}' >&3; echo log");
    let done = place.run(action).done();
    assert_eq!(done.exits(0).stdout(), "log\n");
    assert!(done.stderr.starts_with("aside: result succeeded in "), "{done:?}");
    assert!(done.stderr.ends_with("; result {\"ok\":[1,\"x\"]}\n"), "{done:?}");
}

#[test]
fn output_is_kept_up_to_a_limit_and_shown_without_one() {
    let place = Place::new();
    let action = place.action("much", "printf 'a%.0s' {1..3000}; printf 'z%.0s' {1..3000} >&2");
    let (done, document) = place.run(&action).with("--max-output 1kB").document();
    done.exits(0);
    let half = "a".repeat(500);
    assert_eq!(document["stdout"], format!("{half}\n[aside: 2000 bytes dropped here]\n{half}"));
    assert_eq!(document["stdout_bytes"], 3000);
    assert_eq!(document["stdout_truncated"], true);
    assert_eq!(document["stderr_truncated"], true);
    let done = place.run(&action).with("--max-output 1kB").done();
    assert_eq!(done.exits(0).stdout.len(), 3000);
    assert!(done.stderr.starts_with(&"z".repeat(3000)));
}

#[test]
fn arguments_reach_the_action_as_they_are() {
    let place = Place::new();
    let action = place.action("args", "printf '<%s>' \"$@\"");
    let done = place.run(action).arg("--").arg("--output").arg("a b").arg("").arg("$(x)").done();
    assert_eq!(done.exits(0).stdout(), "<--output><a b><><$(x)>");
}

#[test]
fn secrets_are_masked_unless_no_redact_is_given() {
    let place = Place::new();
    let action = place.action("tell", SHOW_SECRETS);
    place.file("s", "correct-horse-battery");
    place.file("short", "abc");
    let run = || place.run(&action).with("--secret token=@s --secret pin=@short");
    let done = run().done();
    done.exits(0).never_says("correct-horse").says("1 secret not masked: pin");
    assert!(done.stdout().contains("\"token\":\"***\""), "{done:?}");
    let (done, document) = run().document();
    done.exits(0).never_says("correct-horse");
    assert_eq!(document["unmasked"], json!(["pin"]));
    let done = run().arg("--no-redact").done();
    assert!(done.exits(0).stdout().contains("correct-horse-battery"));
    done.says("secrets not masked: --no-redact");
}

#[test]
fn a_secret_in_an_argument_stops_the_launch() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    place.file("s", "correct-horse-battery");
    let run = place.run(action).with("--secret token=@s -- --pass=correct-horse-battery");
    let done = run.done();
    done.exits(125).says("the secret \"token\" stands in argument").never_says("correct-horse");
    assert_eq!(done.stdout(), "");
}

#[test]
fn the_log_tells_much_and_no_value() {
    let place = Place::new();
    let action = place.action("quiet", "cat > /dev/null");
    let open = place.file("s", "correct-horse-battery");
    let run = |level: &str| {
        let run = place.run(&action).with("--secret token=@s --param p=parameter-value");
        run.arg("--log").arg(level).done()
    };
    let done = run("trace");
    done.exits(0).says("state=running").says("DEBUG");
    done.never_says("correct-horse").never_says("parameter-value");
    assert_eq!(run("warn").stderr.lines().count(), 1);

    fs::set_permissions(open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    run("warn").exits(0).says("WARN others can read this file of secrets");
    assert_eq!(run("off").stderr.lines().count(), 1);
    assert_eq!(run("error").stderr.lines().count(), 1);
}

#[test]
fn it_works_for_a_user_without_privileges() {
    let place = Place::new();
    place.action("who", "id -u; ulimit -c");
    let aside = place.path().join("aside");
    let copied = std::process::Command::new("cp").arg(crate::support::ASIDE).arg(&aside).status();
    assert!(copied.unwrap().success());
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(place.path(), open).unwrap();
    let run = |command: &str| {
        let user = "--reuid=65534 --regid=65534 --clear-groups --";
        let unprivileged = rustix::process::geteuid().is_root();
        let prefix = if unprivileged { format!("setpriv {user}") } else { String::new() };
        let script = format!("{command} exec {prefix} ./aside run who");
        let mut bash = crate::support::Aside::new("bash").arg("-c").arg(script);
        bash.command.current_dir(place.path());
        bash.done()
    };
    run("").exits(0);
    run("ulimit -c 0;").exits(0);
}

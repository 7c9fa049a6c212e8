//! `--output json`: exactly one document, with exactly these keys.

use crate::support::Place;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::fs;

const KEYS: [&str; 16] = [
    "execution_id",
    "action",
    "state",
    "exit_code",
    "signal",
    "result",
    "stdout",
    "stderr",
    "stdout_truncated",
    "stderr_truncated",
    "stdout_bytes",
    "stderr_bytes",
    "duration_ms",
    "isolation",
    "unmasked",
    "error",
];

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_outcome_has_these_keys_and_no_others() {
    let place = Place::new();
    let body = "echo out; echo err >&2; echo '{\"n\": 1.0}' >&3; exit 3";
    let action = place.action("all", body);
    let (done, document) = place.run(action).document();
    done.exits(3);
    assert_eq!(done.stderr, "", "nothing else is said");
    assert_eq!(keys(&document), KEYS);
    let expected = [
        ("action", json!("all")),
        ("state", json!("failed")),
        ("exit_code", json!(3)),
        ("signal", Value::Null),
        ("stdout", json!("out\n")),
        ("stderr", json!("err\n")),
        ("stdout_truncated", json!(false)),
        ("stderr_truncated", json!(false)),
        ("stdout_bytes", json!(4)),
        ("stderr_bytes", json!(4)),
        ("isolation", json!("process")),
        ("unmasked", json!([])),
        ("error", Value::Null),
    ];
    for (key, value) in expected {
        assert_eq!(document[key], value, "{key}");
    }
    assert_eq!(document["result"].to_string(), "{\"n\":1.0}");
    assert!(document["duration_ms"].is_u64());
    assert_eq!(document["execution_id"].as_str().unwrap().len(), 36);
}

#[test]
fn what_happened_before_the_launch_is_a_document_too() {
    let place = Place::new();
    let action = place.action("fine", "true");
    let action = action.to_str().unwrap();
    place.file("bad.json", "[]");
    place.file("dup.json", r#"{"a":1,"a":2}"#);
    let cases = [
        ("missing".to_owned(), 127, "action_not_found"),
        ("missing.py --python /nonexistent".to_owned(), 127, "interpreter_not_found"),
        (".".to_owned(), 126, "not_executable"),
        ("bad.json".to_owned(), 126, "not_executable"),
        (format!("{action} --secrets bad.json"), 125, "secrets_invalid"),
        (format!("{action} --secrets dup.json"), 125, "secrets_invalid"),
        (format!("{action} --secrets missing"), 125, "secret_unreadable"),
        (format!("{action} --secret a=@missing"), 125, "secret_unreadable"),
        (format!("{action} --secret a=env:ASIDE_TEST_UNSET"), 125, "secret_unset"),
        (format!("{action} --params missing"), 125, "params_unreadable"),
        (format!("{action} --params bad.json"), 125, "params_invalid"),
        (format!("{action} --env BASH_ENV=x"), 125, "variable_refused"),
        (format!("{action} --cwd missing"), 125, "working_directory"),
        (format!("{action} --compat-env-secrets"), 125, "compat_unsupported"),
    ];
    for (words, exit, code) in cases {
        let (done, document) = place.aside().with("run").with(&words).document();
        done.exits(exit);
        assert_eq!(keys(&document), KEYS, "{words}");
        assert_eq!(document["state"], "error", "{words}");
        assert_eq!(document["error"]["code"], code, "{words}");
        assert!(document["error"]["message"].as_str().unwrap().starts_with("failed to "));
        assert_eq!(keys(&document["error"]), ["code", "message"]);
        assert_eq!(document["exit_code"], Value::Null);
        assert_eq!(document["isolation"], Value::Null, "nothing was started");
    }
}

#[test]
fn output_that_is_not_utf8_comes_as_base64() {
    let place = Place::new();
    let action = place.action("binary", "printf '\\xff\\x00ok'; printf 'text' >&2");
    let (done, document) = place.run(action).document();
    done.exits(0);
    let mut expected = KEYS;
    expected[6] = "stdout_base64";
    assert_eq!(keys(&document), expected);
    let bytes = BASE64_STANDARD.decode(document["stdout_base64"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, b"\xff\x00ok");
    assert_eq!(document["stderr"], "text");
    assert_eq!(document["stdout_bytes"], 4);

    let action = place.action("both", "printf '\\xff'; printf '\\xfe' >&2");
    let (_, document) = place.run(action).document();
    assert_eq!(
        (&document["stdout_base64"], &document["stderr_base64"]),
        (&json!("/w=="), &json!("/g=="))
    );
}

#[test]
fn a_character_is_not_cut_in_half_where_output_is_dropped() {
    let place = Place::new();
    let action = place.action("wide", "printf 'ü%.0s' {1..100}");
    let (_, document) = place.run(action).with("--max-output 21").document();
    assert_eq!(document["stdout_truncated"], true);
    assert!(document["stdout"].as_str().unwrap().starts_with("üüüüü\n[aside: "), "{document}");
    assert_eq!(document["stdout_bytes"], 200);
}

#[test]
fn much_output_takes_little_memory() {
    let place = Place::new();
    let text = place.action("text", "yes | head -c 100M; yes error | head -c 20M >&2");
    let binary = place.action("binary", "yes $'\\xff' | head -c 20M | tee /dev/stderr");
    for action in [text, binary] {
        let started = place.run(action).with("--output json").start();
        let status = format!("/proc/{}/status", started.child.id());
        let watch = std::thread::spawn(move || {
            let mut most = 0;
            while let Ok(text) = fs::read_to_string(&status) {
                let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else {
                    break;
                };
                most = line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            most
        });
        let done = started.done();
        let document = done.exits(0).document();
        assert_eq!(document["stdout_truncated"], true);
        assert_eq!(document["stderr_truncated"], true);
        let most = watch.join().unwrap();
        assert!(most > 1024 && most < 64 << 10, "{most} KiB resident");
    }
}

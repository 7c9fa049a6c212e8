//! Results, by descriptor 3 and by stdout.

use crate::{Script, run};
use aside::job::{JobState, OutputFormat};
use serde_json::json;

#[test]
fn descriptor_3_carries_the_result_and_stdout_stays_free() {
    let outcome = run(Script::bash("echo log; echo '{\"a\": [1, 2.50]}' >&3").context());
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(serde_json::to_string(&outcome.result).unwrap(), r#"{"a":[1,2.50]}"#);
    assert_eq!(outcome.stdout.to_bytes(), b"log\n");
}

#[test]
fn sixteen_mebibytes_are_taken_and_more_is_a_clear_error() {
    let body = |size: usize| {
        format!("{{ printf '\"'; head -c {size} /dev/zero | tr '\\0' x; printf '\"'; }} >&3")
    };
    let outcome = run(Script::bash(&body((16 << 20) - 2)).context());
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(outcome.result.unwrap().as_str().unwrap().len(), (16 << 20) - 2);
    let outcome = run(Script::bash(&body(16 << 20)).context());
    assert_eq!((outcome.state, outcome.exit_code), (JobState::Failed, Some(0)));
    assert_eq!(outcome.error.unwrap().code, "result_too_large");
}

#[test]
fn stdout_is_parsed_when_it_is_the_result() {
    let cases = [
        (OutputFormat::Json, "echo '{\"a\":1}'", json!({"a": 1})),
        (OutputFormat::Jsonl, "printf '1\\n{\"b\":2}\\n'", json!([1, {"b": 2}])),
        (
            OutputFormat::Yaml,
            "printf 'a: [x, no]\\nb: 017\\n'",
            json!({"a": ["x", "no"], "b": "017"}),
        ),
        (OutputFormat::Json, "echo '1'; echo '2' >&3", json!(2)),
        (OutputFormat::Text, "echo '{\"first\":' >&3; echo '1} [2]' >&3", json!([2])),
    ];
    for (format, body, expected) in cases {
        let script = Script::bash(body);
        let mut context = script.context();
        context.output_format = format;
        let outcome = run(context);
        assert_eq!(outcome.state, JobState::Succeeded, "{body}: {:?}", outcome.error);
        assert_eq!(outcome.result, Some(expected), "{body}");
    }
}

#[test]
fn an_invalid_result_fails_without_quoting_it() {
    for (format, body) in [
        (OutputFormat::Text, "echo 'oops-value' >&3"),
        (OutputFormat::Json, "echo 'oops-value'"),
        (OutputFormat::Yaml, "printf 'a: oops-value\\na: twice\\n'"),
    ] {
        let script = Script::bash(body);
        let mut context = script.context();
        context.output_format = format;
        let outcome = run(context);
        assert_eq!(outcome.state, JobState::Failed, "{body}");
        let error = outcome.error.unwrap();
        assert_eq!(error.code, "result_invalid");
        assert!(!error.message.contains("oops-value"), "{}", error.message);
    }
}

#[test]
fn a_failed_action_owes_no_result() {
    let outcome = run(Script::bash("echo '{' >&3; exit 3").context());
    assert_eq!((outcome.state, outcome.exit_code), (JobState::Failed, Some(3)));
    assert_eq!((outcome.result, outcome.error), (None, None));
}

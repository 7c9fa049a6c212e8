//! The frame is written while output is read, whatever the action does meanwhile.

use crate::{Script, run, text};
use aside::job::JobState;
use aside::secret::Secret;
use std::time::Duration;

const MIB: usize = 1 << 20;

fn big(context: &mut aside::job::ExecutionContext, size: usize) {
    let value: Vec<u8> = (0..size).map(|i| b'a' + (i % 23) as u8).collect();
    context.secrets.insert("big", Secret::from_bytes(value));
    context.limits.timeout = Some(Duration::from_secs(60));
}

#[test]
fn a_flood_before_reading_does_not_hang() {
    let script = Script::bash("head -c 3000000 /dev/zero | tr '\\0' y; wc -c");
    let mut context = script.context();
    big(&mut context, 200 << 10);
    let outcome = run(context);
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(outcome.stdout.total(), 3_000_000 + 7);
}

#[test]
fn sixteen_mebibytes_of_secret_arrive_whole() {
    let script = Script::bash("head -n 1 | wc -c");
    let mut context = script.context();
    big(&mut context, 16 * MIB);
    let outcome = run(context);
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(text(&outcome).trim(), (16 * MIB + "{\"big\":\"\"}\n".len()).to_string());
}

#[test]
fn an_action_that_never_reads_or_closes_stdin_succeeds() {
    for body in ["exit 0", "exec 0<&-; sleep 0.2; echo late"] {
        let script = Script::bash(body);
        let mut context = script.context();
        big(&mut context, MIB);
        assert_eq!(run(context).state, JobState::Succeeded, "{body}");
    }
}

#[test]
fn stdin_ends_after_two_lines() {
    let script =
        Script::bash("mapfile -t lines; echo ${#lines[@]}; printf '%s\\n' \"${lines[@]}\"");
    let mut context = script.context();
    context.secrets.insert("k", Secret::from_bytes(b"no".to_vec()));
    context.parameters.insert("p".into(), serde_json::json!([1, "ü"]));
    let id = context.execution_id.clone();
    let expected = format!(
        "2\n{{\"k\":\"no\"}}\n{{\"parameters\":{{\"p\":[1,\"ü\"]}},\"execution\":{{\"id\":\"{id}\",\"action\":\"action\",\"attempt\":1}}}}\n"
    );
    assert_eq!(text(&run(context)), expected);
}

//! A secret in plain sight starts nothing.

use crate::{Script, run};
use aside::job::{ExecutionContext, JobState};
use aside::secret::Secret;

const VALUE: &str = "plain-sight-value";

type Plant = fn(&mut ExecutionContext);

fn context(script: &Script) -> ExecutionContext {
    let mut context = script.context();
    context.secrets.insert("token", Secret::from_bytes(VALUE.into()));
    context
}

#[test]
fn a_secret_in_plain_sight_starts_nothing() {
    let script = Script::bash("touch \"$1\"");
    let flag = script.path().with_file_name("started");
    let places: [(&str, Plant); 9] = [
        ("a parameter's name", |c| {
            c.parameters.insert(VALUE.into(), 1.into());
        }),
        ("the parameter \"k\"", |c| {
            c.parameters.insert("k".into(), serde_json::json!({VALUE: 1}));
        }),
        ("the action's name", |c| {
            c.action_ref = aside::job::ActionRef::new(VALUE).unwrap();
        }),
        ("the execution's id", |c| c.execution_id = VALUE.into()),
        ("argument 2", |c| c.arguments.push(format!("--key={VALUE}").into())),
        ("the variable KEY", |c| c.env.push(("KEY".into(), VALUE.into()))),
        ("a variable's name", |c| c.env.push((VALUE.into(), "1".into()))),
        ("the parameter \"p\"", |c| {
            c.parameters.insert("p".into(), serde_json::json!({"deep": [VALUE]}));
        }),
        ("the working directory", |c| {
            let dir = std::env::temp_dir().join(VALUE);
            std::fs::create_dir_all(&dir).unwrap();
            c.working_dir = Some(dir);
        }),
    ];
    for (place, plant) in places {
        let mut context = context(&script);
        context.arguments.push(flag.clone().into_os_string());
        plant(&mut context);
        let outcome = run(context);
        assert_eq!(outcome.state, JobState::Error, "{place}");
        let error = outcome.error.unwrap();
        assert_eq!(error.code, "secret_exposed");
        assert!(error.message.contains("\"token\"") && error.message.contains(place), "{error:?}");
        assert!(!error.message.contains(VALUE));
        assert!(!flag.exists(), "{place}");
    }
}

/// The twin: the same launch without a secret in sight does start.
#[test]
fn without_it_the_same_action_starts() {
    let script = Script::bash("touch \"$1\"");
    let flag = script.path().with_file_name("started");
    let mut context = context(&script);
    context.arguments.push(flag.clone().into_os_string());
    context.parameters.insert("p".into(), "plain-sight".into());
    assert_eq!(run(context).state, JobState::Succeeded);
    assert!(flag.exists());
}

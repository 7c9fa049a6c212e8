//! Runs an action from a Rust program.

use aside::executor::{Controls, Executor};
use aside::job::{Entry, ExecutionContext, JobState};
use aside::secret::Secret;
use std::time::Duration;

/// Hands a secret to an action and finds it masked in what comes back.
pub fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let executor = Executor::new()?;

    let code = "import os; print(get_secret('token'), os.environ['REGION'])";
    let mut context = ExecutionContext::new(Entry::Inline(code.into()), "python");
    context.secrets.insert("token", Secret::from_bytes(b"correct-horse".to_vec()));
    context.env.push(("REGION".into(), "eu-1".into()));
    context.limits.timeout = Some(Duration::from_secs(30));

    let outcome = runtime.block_on(executor.run(context, Controls::default()));
    assert_eq!(outcome.state, JobState::Succeeded);
    assert_eq!(outcome.stdout.to_bytes(), b"*** eu-1\n");
    Ok(())
}

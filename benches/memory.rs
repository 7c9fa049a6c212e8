//! What waiting costs: the resident memory of a program that uses the library, idle
//! and with executions that wait.
//!
//! `cargo bench --bench memory`

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark reports on stdout and stops at the first surprise"
)]

use aside::executor::{Controls, Executor};
use aside::job::{Entry, ExecutionContext, JobState};
use aside::secret::Secret;
use std::sync::Arc;
use std::time::Duration;

const EXECUTIONS: usize = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let executor = Arc::new(Executor::new().expect("an executor"));
        // One to begin with, so that everything that is made once has been made.
        let controls = Controls::default();
        let first = executor.run(sleeper("0"), controls).await;
        assert_eq!(first.state, JobState::Succeeded);
        let idle = resident();
        println!("idle library user: {:.1} MiB (goal: under 15)", idle as f64 / 1024.0);

        let controls = Controls::default();
        let tasks: Vec<_> = (0..EXECUTIONS)
            .map(|_| {
                let (executor, controls) = (Arc::clone(&executor), controls.clone());
                tokio::spawn(async move { executor.run(sleeper("60"), controls).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let each = (resident() - idle) as f64 / EXECUTIONS as f64;
        println!("a waiting execution, of {EXECUTIONS}: {each:.1} KiB (goal: under 64)");
        controls.cancel.cancel();
        for task in tasks {
            assert_eq!(task.await.expect("an outcome").state, JobState::Cancelled);
        }
    });
}

fn sleeper(seconds: &str) -> ExecutionContext {
    let mut context = ExecutionContext::new(Entry::Path("/bin/sleep".into()), "native");
    context.arguments.push(seconds.into());
    for name in ["a", "b", "c"] {
        context.secrets.insert(name, Secret::from_bytes(format!("{name}-secret-value").into()));
    }
    context
}

/// In KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.expect("VmRSS")
}

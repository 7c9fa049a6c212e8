//! The executor on real processes: supervision, limits, results, states.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod end_of_tree;
mod faults;
mod feeding;
mod results;
mod taint;

use aside::executor::{Controls, Executor};
use aside::job::{Entry, ExecutionContext, Outcome};
use std::path::PathBuf;
use std::time::Duration;

/// A script that is run natively: nothing between it and the executor.
pub(crate) struct Script {
    dir: tempfile::TempDir,
}

impl Script {
    pub(crate) fn new(interpreter: &str, body: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("action");
        std::fs::write(&path, format!("#!{interpreter}\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    pub(crate) fn bash(body: &str) -> Self {
        Self::new("/bin/bash", body)
    }

    pub(crate) fn context(&self) -> ExecutionContext {
        let mut context = ExecutionContext::new(Entry::Path(self.path()), "native");
        context.limits.grace = Duration::from_millis(500);
        context
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("action")
    }
}

pub(crate) fn on_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn run(context: ExecutionContext) -> Outcome {
    on_runtime(async { Executor::new().unwrap().run(context, Controls::default()).await })
}

pub(crate) fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.to_bytes()).into_owned()
}

/// The living processes whose environment holds this execution's id, or whose
/// command line holds `word`.
pub(crate) fn survivors(execution_id: &str, word: &str) -> Vec<String> {
    let marker = format!("ASIDE_EXECUTION_ID={execution_id}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let read = |file: &str| {
            String::from_utf8_lossy(&std::fs::read(entry.path().join(file)).unwrap_or_default())
                .replace('\0', " ")
        };
        let command = read("cmdline");
        if read("environ").contains(&marker) || (!word.is_empty() && command.contains(word)) {
            found.push(format!("{pid}: {command}"));
        }
    }
    found
}

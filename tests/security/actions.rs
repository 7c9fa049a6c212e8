//! One action for each runtime: it reads its secret, says so, waits to be looked
//! at, and then says the secret aloud in every way it can.

use crate::canary::Canary;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

pub(crate) const RUNTIMES: [&str; 4] = ["python", "shell", "node", "native"];

const PYTHON: &str = r#"
import os, sys, time
secret = require_secret("canary")
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.01)
print(secret, secret.encode().hex(), repr(secret))
print(secret, file=sys.stderr)
set_result({"echo": secret})
"#;

const SHELL: &str = r#"
get_secret -v secret canary
: > ready
until [[ -e go ]]; do sleep 0.01; done
echo "$secret"
printf '%q\n' "$secret"
set -x
: "$secret"
set +x
set_result '{"done":true}'
"#;

const NODE: &str = r#"
import fs from "node:fs";
import { requireSecret } from "aside";
const secret = requireSecret("canary");
fs.writeFileSync("ready", "");
while (!fs.existsSync("go")) await new Promise(wake => setTimeout(wake, 10));
console.log(secret, JSON.stringify({ secret }), encodeURIComponent(secret));
console.error(secret);
export default async () => ({ echo: secret });
"#;

const NATIVE: &str = r#"#!/bin/bash
read -r secrets
: > ready
until [[ -e go ]]; do sleep 0.01; done
echo "$secrets"
echo "$secrets" | base64
echo "$secrets" >&2
printf '"%s"' done >&3
"#;

/// An action in a directory of its own, with a canary as its secret.
pub(crate) struct Stage {
    dir: tempfile::TempDir,
    pub(crate) canary: Canary,
    pub(crate) since: SystemTime,
    action: PathBuf,
    runtime: &'static str,
}

impl Stage {
    pub(crate) fn new(runtime: &'static str) -> Self {
        let (name, text) = match runtime {
            "python" => ("action.py", PYTHON),
            "shell" => ("action.sh", SHELL),
            "node" => ("action.mjs", NODE),
            _ => ("action", NATIVE),
        };
        Self::with(runtime, name, text)
    }

    pub(crate) fn with(runtime: &'static str, name: &str, text: &str) -> Self {
        let since = SystemTime::now();
        let dir = tempfile::tempdir().unwrap();
        let action = dir.path().join(name);
        std::fs::write(&action, text).unwrap();
        std::fs::set_permissions(&action, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, canary: Canary::new(), since, action, runtime }
    }

    pub(crate) fn cwd(&self) -> &Path {
        self.dir.path()
    }

    /// The real command, its secrets still to be written to its stdin.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aside"));
        command.args(self.arguments(options));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn arguments(&self, options: &[&str]) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["run", "--secrets", "-", "--runtime", self.runtime, "--cwd"]
                .map(str::to_owned)
                .to_vec();
        arguments.push(self.cwd().display().to_string());
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        arguments.push(self.action.display().to_string());
        arguments
    }

    /// Starts it and waits until the action has read its secret.
    pub(crate) fn start(&self, mut command: Command) -> Child {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&self.canary.document()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.cwd().join("ready").exists() {
            let ended = child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                child.kill().ok();
                panic!("{} never got ready: {:?}", self.runtime, child.wait_with_output());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// Lets it go on, and waits for its end.
    pub(crate) fn finish(&self, child: Child) -> Output {
        std::fs::write(self.cwd().join("go"), "").unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn run(&self, options: &[&str]) -> Output {
        let child = self.start(self.command(options));
        self.finish(child)
    }
}

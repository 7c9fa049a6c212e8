//! What a launch costs: the executor at level `process`, with three secrets and
//! redaction on, against a bare spawn of the same program.
//!
//! Both are run in turn, so that a noisy machine troubles them alike; read the
//! ratios (`benches/README.md`).
//!
//! `cargo bench --bench launch [-- FILTER] [--pairs N] [--resident MIB]`

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark reports on stdout and stops at the first surprise"
)]

use aside::executor::{Controls, Executor};
use aside::job::{Entry, ExecutionContext, JobState};
use aside::runtime::{NodeRuntime, PythonRuntime, Registry};
use aside::secret::Secret;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut filter, mut pairs, mut resident) = (String::new(), 200, 0);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number");
        match argument.as_str() {
            "--pairs" => pairs = number(),
            "--resident" => resident = number(),
            _ => filter = argument,
        }
    }
    let ballast: Vec<u8> = (0..resident << 20).map(|index| index as u8).collect();
    println!("{pairs} pairs each, {resident} MiB of ballast; ratio: median (quartiles)");
    let dir = tempfile::tempdir().expect("a directory");
    for case in cases(dir.path()) {
        if case.name.contains(&filter) {
            case.measure(pairs);
        }
    }
    if "whole command".contains(&filter) {
        whole_command(dir.path(), pairs);
    }
    std::hint::black_box(ballast);
}

/// `aside run x.sh` against `bash x.sh`: what our own start-up adds.
fn whole_command(dir: &Path, pairs: usize) {
    let script = dir.join("bare.sh");
    let time = |mut command: Command| {
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        let start = Instant::now();
        let output = command.stdin(Stdio::null()).output().expect("a program");
        let elapsed = start.elapsed().as_secs_f64();
        assert!(output.status.success(), "{output:?}");
        elapsed
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        let mut aside = Command::new(env!("CARGO_BIN_EXE_aside"));
        aside.arg("run").arg(&script);
        ours.push(time(aside));
        let mut bash = Command::new("/bin/bash");
        bash.arg(&script);
        bare.push(time(bash));
    }
    let added = (quantile(&mut ours, 0.5) - quantile(&mut bare, 0.5)) * 1e3;
    println!("whole command: {added:.2} ms over bare bash, goal 3.00");
}

struct Case {
    name: &'static str,
    runtime: &'static str,
    /// The bare program and its arguments.
    bare: Vec<PathBuf>,
    action: PathBuf,
    secrets: usize,
    secret_bytes: usize,
    goal: f64,
}

fn cases(dir: &Path) -> Vec<Case> {
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let python = venv(dir);
    let bash = which("bash");
    let node = which("node");
    let bare_py = file("bare.py", "x = 1\n");
    let bare_sh = file("bare.sh", "x=1\n");
    let bare_js = file("bare.mjs", "const x = 1;\n");
    let py = file("action.py", "x = get_secret('s0'), get_secret('s1'), get_secret('s2')\n");
    let sh = file("action.sh", "get_secret -v a s0; get_secret -v b s1; get_secret -v c s2\n");
    let js = file("action.mjs", "const x = [getSecret('s0'), getSecret('s1'), getSecret('s2')];\n");
    let case = |name, runtime, bare: &[&PathBuf], action: &PathBuf, secrets, secret_bytes, goal| {
        let bare = bare.iter().map(|&path| path.clone()).collect();
        Case { name, runtime, bare, action: action.clone(), secrets, secret_bytes, goal }
    };
    let program = PathBuf::from("/bin/true");
    vec![
        case("native, 3 secrets", "native", &[&program], &program, 3, 32, 1.15),
        case("bash, none read", "shell", &[&bash, &bare_sh], &bare_sh, 10, 32, 1.12),
        case("bash, 3 secrets", "shell", &[&bash, &bare_sh], &sh, 3, 32, 1.12),
        case("bash, 10 secrets", "shell", &[&bash, &bare_sh], &sh, 10, 32, 1.12),
        case("bash, 100 secrets", "shell", &[&bash, &bare_sh], &sh, 100, 32, 1.4),
        case("bash, 64 KiB in 3", "shell", &[&bash, &bare_sh], &sh, 3, (64 << 10) / 3, 1.4),
        case("python, 3 secrets", "python", &[&python, &bare_py], &py, 3, 32, 0.95),
        case("node, 3 secrets", "node", &[&node, &bare_js], &js, 3, 32, 1.05),
    ]
}

/// An interpreter without anybody's start-up hooks: they would make every ratio
/// look better than it is.
fn venv(dir: &Path) -> PathBuf {
    let real = Command::new(which("python3"))
        .args(["-I", "-S", "-c", "import sys; print(sys.executable, end='')"])
        .output()
        .expect("python3");
    let real = String::from_utf8(real.stdout).expect("a path");
    let home = dir.join("venv");
    let made = Command::new(real).args(["-m", "venv", "--without-pip"]).arg(&home).status();
    assert!(made.expect("python3").success());
    home.join("bin/python3")
}

fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    let mut found = std::env::split_paths(&path).map(|dir| dir.join(name));
    found.find(|path| path.is_file()).unwrap_or_else(|| panic!("{name} is not installed"))
}

impl Case {
    fn measure(&self, pairs: usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let mut registry = Registry::default();
        if self.runtime == "python" {
            registry.register(Arc::new(PythonRuntime::with_interpreter(&self.bare[0])));
        }
        if self.runtime == "node" {
            registry.register(Arc::new(NodeRuntime { interpreter: Some(self.bare[0].clone()) }));
        }
        let executor = Executor::new().expect("an executor").with_registry(registry);
        let ours = || {
            let context = self.context();
            let start = Instant::now();
            let outcome = runtime.block_on(executor.run(context, Controls::default()));
            let elapsed = start.elapsed();
            assert_eq!(outcome.state, JobState::Succeeded, "{:?}", outcome.error);
            elapsed.as_secs_f64()
        };
        let bare = || {
            let start = Instant::now();
            let mut command = Command::new(&self.bare[0]);
            command.args(&self.bare[1..]).stdin(Stdio::null());
            // Variables such as NODE_EXTRA_CA_CERTS make an interpreter start slowly.
            command.env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
            let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
            let elapsed = start.elapsed();
            assert!(output.expect("a program").status.success());
            elapsed.as_secs_f64()
        };
        for _ in 0..10 {
            ours();
            bare();
        }
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for pair in 0..pairs {
            // Each goes first half of the time.
            if pair % 2 == 0 {
                a.push(ours());
                b.push(bare());
            } else {
                b.push(bare());
                a.push(ours());
            }
        }
        let ratio = quantile(&mut a.clone(), 0.5) / quantile(&mut b.clone(), 0.5);
        let mut each: Vec<f64> = a.iter().zip(&b).map(|(ours, bare)| ours / bare).collect();
        println!(
            "{:<20} {ratio:.3} ({:.3} to {:.3})  bare {:.2} ms, aside {:.2} ms, goal {:.2}  {}",
            self.name,
            quantile(&mut each, 0.25),
            quantile(&mut each, 0.75),
            quantile(&mut b, 0.5) * 1e3,
            quantile(&mut a, 0.5) * 1e3,
            self.goal,
            if ratio <= self.goal { "reached" } else { "MISSED" },
        );
    }

    fn context(&self) -> ExecutionContext {
        let mut context = ExecutionContext::new(Entry::Path(self.action.clone()), self.runtime);
        for index in 0..self.secrets {
            let value: Vec<u8> = (0..self.secret_bytes)
                .map(|i| {
                    b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
                        [(i * 7 + i / 13 + index * 31) % 57]
                })
                .collect();
            context.secrets.insert(format!("s{index}"), Secret::from_bytes(value));
        }
        context
    }
}

fn quantile(values: &mut [f64], at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}

//! Faults that were seen in comparable systems, end to end with the real command.

use crate::actions::Stage;
use crate::canary::Canary;
use crate::look;
use aside::executor::{Controls, Executor};
use aside::job::{Entry, ExecutionContext, JobState, Outcome};
use aside::secret::Secret;
use std::path::Path;
use std::time::{Duration, SystemTime};

fn inline(runtime: &str, code: &str, secrets: &[(&str, &[u8])]) -> Outcome {
    let mut context = ExecutionContext::new(Entry::Inline(code.to_owned()), runtime);
    for (name, value) in secrets {
        context.secrets.insert(*name, Secret::from_bytes(value.to_vec()));
    }
    context.limits.timeout = Some(Duration::from_secs(60));
    run(context)
}

fn run(context: ExecutionContext) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Executor::new().unwrap().run(context, Controls::default()).await })
}

fn said(outcome: &Outcome) -> String {
    assert_eq!(outcome.state, JobState::Succeeded, "{outcome:?}");
    String::from_utf8(outcome.stdout.to_bytes()).unwrap()
}

/// Inline code, and the secrets, never touch a disk or an argument list.
#[test]
fn fault_03_inline_code_is_in_no_file_and_no_argument_list() {
    let since = SystemTime::now();
    for (runtime, comment) in [("python", "#"), ("shell", "#"), ("node", "//")] {
        let dir = tempfile::tempdir().unwrap();
        // The code itself is what is looked for.
        let canary = Canary::plain();
        let wait = match runtime {
            "python" => {
                "import os,time\nopen('ready','w').close()\nwhile not os.path.exists('go'): time.sleep(.01)"
            }
            "shell" => ": > ready; until [[ -e go ]]; do sleep 0.01; done",
            _ => {
                "import fs from 'node:fs'; fs.writeFileSync('ready',''); while (!fs.existsSync('go')) await new Promise(w => setTimeout(w, 10));"
            }
        };
        let code = format!("{wait}\n{comment} {}\n", canary.value());
        let mut context = ExecutionContext::new(Entry::Inline(code), runtime);
        context.working_dir = Some(dir.path().to_owned());
        context.limits.timeout = Some(Duration::from_secs(60));
        let running = std::thread::spawn(|| run(context));
        while !dir.path().join("ready").exists() && !running.is_finished() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let found = look::everywhere(&canary, dir.path(), since);
        std::fs::write(dir.path().join("go"), "").unwrap();
        assert_eq!(running.join().unwrap().state, JobState::Succeeded, "{runtime}");
        assert_eq!(found, [], "{runtime}");
    }
}

#[test]
fn fault_10_secrets_in_errors_and_logs_are_masked() {
    let code = "import sys; sys.exit('bad token ' + get_secret('token'))";
    let outcome = inline("python", code, &[("token", b"H15SECRET")]);
    assert_eq!((outcome.state, outcome.exit_code), (JobState::Failed, Some(1)));
    assert_eq!(outcome.stderr.to_bytes(), b"bad token ***\n");
}

#[test]
fn fault_12_newlines_forge_nothing_and_quotes_come_back() {
    let value = b"line1\nINJECTED=yes\n\"double\" 'single' \\back\n";
    let code = "get_secret -v v k; printf %s \"$v\" | sha256sum; echo \"[${INJECTED-unset}]\"; compgen -v | grep -c INJECTED";
    let outcome = inline("shell", &format!("{code} || true"), &[("k", value)]);
    use sha2::Digest;
    let hash: String = sha2::Sha256::digest(value).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(said(&outcome), format!("{hash}  -\n[unset]\n0\n"));
}

#[test]
fn fault_13_names_collide_with_nothing() {
    let secrets: [(&str, &[u8]); 5] = [
        ("a-b", b"first-value"),
        ("a.b", b"second-value"),
        ("PATH", b"path-value-x"),
        ("UID", b"uid-value-xx"),
        ("nul", b"with\0nul-byte"),
    ];
    let code = "for n in a-b a.b PATH UID nul; do get_secret $n | sha256sum | cut -c1-8; done; type -p ls >/dev/null && echo ok";
    let outcome = inline("shell", code, &secrets);
    use sha2::Digest;
    let mut expected = String::new();
    for (_, value) in secrets {
        let hash = sha2::Sha256::digest(value);
        expected.extend(hash.iter().take(4).map(|byte| format!("{byte:02x}")));
        expected.push('\n');
    }
    assert_eq!(said(&outcome), expected + "ok\n");
}

#[test]
fn fault_14_names_and_values_are_never_evaluated() {
    let dir = tempfile::tempdir().unwrap();
    let flag = dir.path().join("pwned");
    let flag_text = flag.display().to_string();
    let names = [
        format!("x']=1; touch {flag_text}; y['"),
        format!("$(touch {flag_text})"),
        format!("`touch {flag_text}`"),
        format!("a[$(touch {flag_text})]"),
        "]".to_owned(),
        String::new(),
        "two\nlines".to_owned(),
        "'''".to_owned(),
        "\"".to_owned(),
    ];
    let secrets: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), b"it's -n $(touch x)".as_slice())).collect();
    let shell = "secret_names | tr '\\n' ' ' | wc -c >/dev/null; get_secret ''; echo; \
                 get_secret \"]\"; get_secret -v v '\"'; [[ $v == \"it's -n \\$(touch x)\" ]] && echo same";
    let python = "names = sorted(secret_names())\nprint(len(names), {get_secret(n) == \"it's -n $(touch x)\" for n in names})";
    let node = "console.log(secretNames().length, secretNames().every(n => getSecret(n) === \"it's -n $(touch x)\"))";
    assert!(said(&inline("shell", shell, &secrets)).contains("same"));
    assert_eq!(said(&inline("python", python, &secrets)), "9 {True}\n");
    assert_eq!(said(&inline("node", node, &secrets)), "9 true\n");
    assert!(!flag.exists() && !Path::new("x").exists());
}

#[test]
fn fault_16_only_what_was_given_and_nothing_overwrites_a_parameter() {
    for (runtime, code, expected) in [
        (
            "python",
            "print(secret_names(), get_param('name'), get_secret('other'))",
            "['name'] mine None\n",
        ),
        ("shell", "secret_names; get_param name; echo; get_secret other", "name\nmine\n"),
        (
            "node",
            "console.log(secretNames(), params.name, getSecret('other'))",
            "[ 'name' ] mine null\n",
        ),
    ] {
        let mut context = ExecutionContext::new(Entry::Inline(code.to_owned()), runtime);
        context.secrets.insert("name", Secret::from_bytes(b"theirs-entirely".to_vec()));
        context.parameters.insert("name".into(), "mine".into());
        assert_eq!(said(&run(context)), expected, "{runtime}");
    }
}

#[test]
fn fault_18_a_large_secret_spills_into_no_file() {
    let since = SystemTime::now();
    let stage = Stage::new("shell");
    let mut large = stage.canary.value().to_owned();
    large.push_str(&"x".repeat(1 << 20));
    let document = serde_json::json!({ "canary": large, "more": stage.canary.value() });
    let mut child = stage.command(&[]).spawn().unwrap();
    use std::io::Write;
    child.stdin.take().unwrap().write_all(document.to_string().as_bytes()).unwrap();
    while !stage.cwd().join("ready").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let found = look::everywhere(&stage.canary, stage.cwd(), since);
    assert!(stage.finish(child).status.success());
    assert_eq!(found, []);
}

#[test]
fn fault_19_parameters_are_in_no_argument_list() {
    let canary = Canary::plain();
    for runtime in ["python", "node", "native"] {
        let stage = Stage::new(runtime);
        let file = stage.cwd().join("params.json");
        std::fs::write(&file, serde_json::json!({ "p": canary.value() }).to_string()).unwrap();
        let child = stage.start(stage.command(&["--params", file.to_str().unwrap()]));
        let found = look::cmdline(&canary);
        assert!(stage.finish(child).status.success());
        assert_eq!(found, [], "{runtime}");
    }
}

#[test]
fn fault_21_a_pause_in_the_middle_of_a_secret_shows_nothing() {
    let code = "import sys, time\ns = get_secret('k')\nfor c in s:\n    sys.stdout.write(c); sys.stdout.flush(); time.sleep(0.03)\n";
    let outcome = inline("python", code, &[("k", b"paused-secret")]);
    assert_eq!(said(&outcome), "***");
}

/// A variable that is taken over from aside's own environment is looked at too, and
/// of `LC_…` only the names that mean something are.
#[test]
fn what_is_inherited_passes_the_taint_guard() {
    let run = |variable: &str| {
        let stage = Stage::with("shell", "action.sh", "env\n");
        let source = format!("canary=env:{variable}");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aside"));
        command.args(["run", "--secret", &source, "--output", "json", "--no-redact"]);
        command.arg(stage.cwd().join("action.sh")).env(variable, stage.canary.value());
        (command.output().unwrap(), stage)
    };
    let (output, stage) = run("TZ");
    assert_eq!(output.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the variable TZ"));
    assert_eq!(stage.canary.seen_in(&output.stdout), None);
    let (output, stage) = run("LC_SMUGGLED");
    assert!(output.status.success());
    assert_eq!(stage.canary.seen_in(&output.stdout), None);
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let cache = tempfile::tempdir().unwrap();
    let stage = Stage::with("python", "action.py", "print('fine')\n");
    let run = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aside"));
        command.arg("run").arg(stage.cwd().join("action.py"));
        command.env("ASIDE_CACHE_DIR", cache.path().join("aside")).output().unwrap()
    };
    assert!(run().status.success());
    let compiled = std::fs::read_dir(cache.path().join("aside")).unwrap().flatten();
    let compiled = compiled.map(|entry| entry.path());
    let compiled = compiled.into_iter().find(|path| path.extension().is_some_and(|e| e == "pyc"));
    let compiled = compiled.unwrap();
    let whole = std::fs::read(&compiled).unwrap();
    for length in [0, 10, 17, 500, whole.len() - 1] {
        std::fs::write(&compiled, &whole[..length]).unwrap();
        let output = run();
        assert!(output.status.success(), "{length}: {output:?}");
        assert_eq!(std::fs::read(&compiled).unwrap(), whole);
    }
}

/// Output that takes long to redact: the deadline is kept all the same.
#[test]
fn slow_redaction_delays_no_timeout() {
    let stage = Stage::with("python", "action.py", "print('\\\\' * 4000000)\n");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aside"));
    command.args(["run", "--secrets", "-", "--timeout", "1s", "--grace", "100ms"]);
    command.arg(stage.cwd().join("action.py")).stdin(std::process::Stdio::piped());
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let start = std::time::Instant::now();
    let mut child = command.spawn().unwrap();
    use std::io::Write;
    let value = format!("{}server", "\\".repeat(30));
    let document = serde_json::json!({ "k": value }).to_string();
    child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(124));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

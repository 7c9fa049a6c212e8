//! Actions in Python, shell and JavaScript, through their wrappers.

use crate::support::{Done, Place};
use serde_json::json;
use std::path::Path;

const PYTHON: &str = "
import sys
def run(params):
    print('secret', len(get_secret('token')), get_secret('none'), params['name'], sys.argv[1:])
    return {'bytes': list(get_secret_bytes('raw')), 'exe': sys.executable}
";
const SHELL: &str = "
token=$(get_secret token)
echo \"secret ${#token} $(get_secret none) $(get_param name) $*\"
set_result '{\"ok\": true}'
";
const NODE: &str = "
export default async function (params) {
    console.log('secret', getSecret('token').length, params.name, process.argv.slice(2).join());
    return {ok: true};
}
";

fn run(place: &Place, name: &str, source: &str, options: &str) -> Done {
    place.file("token", "correct-horse-battery");
    place.file("raw", b"\xff\x00\n");
    let path = place.file(name, source);
    let run = place.run(path).with("--secret token=@token --secret raw=@raw --param name=Ada");
    let run = if options.is_empty() { run } else { run.with(options) };
    run.with("--output json -- one two").done()
}

#[test]
fn python_actions_get_secrets_parameters_and_arguments() {
    let place = Place::new();
    let done = run(&place, "a.py", PYTHON, "");
    let document = done.exits(0).document();
    assert_eq!(document["stdout"], "secret 21 None Ada ['one', 'two']\n", "{document}");
    assert_eq!(document["result"]["bytes"], json!([255, 0, 10]));
}

#[test]
fn the_interpreter_of_a_virtual_environment_is_used() {
    let place = Place::new();
    let venv = place.path().join("venv");
    let made = std::process::Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&venv)
        .status();
    assert!(made.unwrap().success());
    let python = venv.join("bin/python");
    let options = format!("--python {}", python.display());
    let document = run(&place, "a.py", PYTHON, &options).exits(0).document();
    assert_eq!(document["result"]["exe"].as_str().map(Path::new), Some(python.as_path()));
}

#[test]
fn shell_actions_get_secrets_parameters_and_arguments() {
    let place = Place::new();
    let document = run(&place, "a.sh", SHELL, "").exits(0).document();
    assert_eq!(document["stdout"], "secret 21  Ada one two\n", "{document}");
    assert_eq!(document["result"], json!({"ok": true}));
    let document = run(&place, "b.txt", SHELL, "--runtime shell").exits(0).document();
    assert_eq!(document["result"], json!({"ok": true}));
}

#[test]
fn node_actions_get_secrets_parameters_and_arguments() {
    let place = Place::new();
    let document = run(&place, "a.mjs", NODE, "").exits(0).document();
    assert_eq!(document["stdout"], "secret 21 Ada one,two\n", "{document}");
    assert_eq!(document["result"], json!({"ok": true}));
}

#[test]
fn old_variables_are_answered_where_that_is_asked_for() {
    let place = Place::new();
    let python = "import os\nprint(len(os.environ['SECRET_TOKEN']))\n";
    let shell = "echo ${#SECRET_TOKEN}\n";
    let node = "console.log(process.env.SECRET_TOKEN.length)\n";
    for (name, source) in [("c.py", python), ("c.sh", shell), ("c.mjs", node)] {
        let document = run(&place, name, source, "--compat-env-secrets").exits(0).document();
        assert_eq!(document["stdout"], "21\n", "{name}: {document}");
    }
}

//! Bad input is a clear error or a correct delivery: never a hang, a shell
//! evaluation, a lost byte or a value in a message.

use crate::support::{Place, SHOW_SECRETS};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

const VALUE: &str = "hunter2hunter2";

#[test]
fn a_secrets_file_is_one_json_object() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    let cases = [
        (format!("[\"{VALUE}\"]"), "the secrets are a JSON array; write one object"),
        (format!("\"{VALUE}\""), "the secrets are a JSON string"),
        ("17".to_owned(), "the secrets are a JSON number"),
        ("null".to_owned(), "the secrets are a JSON null"),
        (format!("{{\"a\": {VALUE}}}"), "not valid JSON (line 1, column "),
        (format!("{{\"a\": \"{VALUE}\"}} more"), "not valid JSON"),
        (format!("{{\"a\": \"{VALUE}"), "not valid JSON"),
        (String::new(), "not valid JSON"),
        (format!("API_KEY={VALUE}"), "not valid JSON"),
        (format!("{{\"a\":1,\"b\":\"{VALUE}\",\"a\":2}}"), "the secret \"a\" is given twice"),
        ("{\"lone\": \"\\ud800\"}".to_owned(), "the value of the secret \"lone\" is not a valid"),
    ];
    for (text, message) in cases {
        let path = place.file("secrets.json", &text);
        let from_file = place.run(&action).arg("--secrets").arg(&path).done();
        from_file.exits(125).says(message).says("secrets.json").never_says(VALUE);
        let (from_stdin, document) =
            place.run(&action).with("--secrets -").stdin(format!("{text} ")).document();
        from_stdin.exits(125).never_says(VALUE);
        assert_eq!(document["state"], "error");
        assert_eq!(document["error"]["code"], "secrets_invalid");
        let told = document["error"]["message"].as_str().unwrap();
        assert!(told.contains(message) && told.contains("from standard input"), "{told}");
    }
    fs::write(place.path().join("latin1.json"), b"{\"a\": \"\xe9\"}").unwrap();
    place.run(&action).with("--secrets latin1.json").done().exits(125).says("not valid JSON");
}

#[test]
fn a_secret_that_cannot_be_had_is_named() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    let huge = fs::File::create(place.path().join("huge")).unwrap();
    huge.set_len((64 << 20) + 1).unwrap();
    let cases = [
        ("--secret t=@missing", "the secret \"t\" from \"missing\": No such file"),
        ("--secret t=@.", "the secret \"t\" from \".\": it is a directory; name a file in it"),
        ("--secret t=@huge", "it has more than 64 MiB"),
        (
            "--secret t=env:NO_SUCH",
            "the secret \"t\" from the environment: the variable \"NO_SUCH\"",
        ),
        ("--secrets missing", "the secrets from \"missing\": No such file"),
        ("--secrets .", "the secrets from \".\": it is a directory"),
        ("--secrets huge", "it has more than 64 MiB"),
    ];
    for (options, message) in cases {
        let done = place.run(&action).with(options).done();
        done.exits(125).says("aside: failed to ").says(message).never_says("ran");
        let (done, document) = place.run(&action).with(options).document();
        done.exits(125);
        assert!(document["error"]["message"].as_str().unwrap().contains(message), "{document}");
    }
}

#[test]
fn a_value_in_the_argument_list_is_refused_and_not_repeated() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    for argument in [
        format!("token={VALUE}"),
        format!("to ken\n={VALUE}"),
        format!("={VALUE}"),
        format!("token=ENV:{VALUE}"),
        VALUE.to_owned(),
    ] {
        let done = place.run(&action).arg("--secret").arg(&argument).done();
        done.exits(2).says("NAME=@FILE").says("NAME=env:VAR").never_says(VALUE);
        let done = place.run(&action).arg(format!("--secret={argument}")).done();
        done.exits(2).never_says(VALUE);
    }
    let literal = place.run(&action).arg("--secret").arg(format!("token={VALUE}")).done();
    literal.says("--secret \"token\" was given its value itself");

    // And where it stands in a wrong place, or in a misspelt option.
    for words in [
        format!("token={VALUE}"),
        format!("--secret token {VALUE}"),
        format!("--secrte=token={VALUE}"),
        format!("--secrte token={VALUE}"),
        format!("--param {VALUE}"),
        format!("--env {VALUE}"),
        format!("--no-redact={VALUE}"),
        format!("--secrets {{\"token\":\"{VALUE}\"}}"),
    ] {
        place.run(&action).with(&words).done().exits(2).never_says(VALUE);
    }
    let bytes = OsStr::from_bytes(b"to\xffken=@x");
    place.run(&action).arg("--secret").arg(bytes).done().exits(2).says("not UTF-8");
}

#[test]
fn standard_input_is_read_once() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    for options in ["--secrets - --params -", "--secrets - --secrets -"] {
        let done = place.run(&action).with(options).stdin("{}").done();
        done.exits(2).says("standard input can be read once");
    }
}

#[test]
fn parameters_are_one_json_object() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    let cases = [
        (format!("[\"{VALUE}\"]"), "they are not a JSON object"),
        ("17".to_owned(), "they are not a JSON object"),
        (format!("\"{VALUE}\""), "they are not a JSON object"),
        (format!("{{{VALUE}"), "they are not valid JSON (line 1"),
        (format!("{{}} {VALUE}"), "they are not valid JSON"),
        (String::new(), "they are not valid JSON"),
        (format!("{{\"a\": 1, \"a\": \"{VALUE}\"}}"), "\"a\" is given twice"),
    ];
    for (text, message) in cases {
        place.file("p.json", &text);
        let done = place.run(&action).with("--params p.json").done();
        done.exits(125).says("the parameters from \"p.json\"").says(message).never_says(VALUE);
        let (done, document) = place.run(&action).with("--params p.json").document();
        done.exits(125);
        assert_eq!(document["error"]["code"], "params_invalid");
    }
    place.run(&action).with("--params .").done().exits(125).says("the parameters from \".\"");
}

#[test]
fn times_and_sizes_say_how_they_are_written() {
    let place = Place::new();
    let action = place.action("never", "echo ran");
    let cases = [
        ("--timeout=30", "write 30s"),
        ("--timeout=soon", "write it like 30s, 1m30s, 500ms or 2h"),
        ("--timeout=-5s", "negative"),
        ("--timeout=0s", "leave --timeout out for no limit"),
        ("--timeout=", "write it like"),
        ("--grace=5", "write 5s"),
        ("--grace=-1s", "negative"),
        ("--max-output=lots", "write it like 512KiB"),
        ("--runtime=perl", "possible values: python, shell, node, native"),
        ("--home=none", "possible values: private, inherit"),
        ("--output-format=xml", "possible values: text, json, jsonl, yaml"),
        ("--log=loud", "possible values: off"),
    ];
    for (option, message) in cases {
        place.run(&action).arg(option).done().exits(2).says(message).never_says("ran");
    }
    // Also apart from the option.
    place.run(&action).with("--timeout -5s").done().exits(2).says("negative");
    place.run(&action).with("--timeout 1h --grace 0s").done().exits(0);
}

#[test]
fn an_action_that_cannot_be_read_is_126() {
    let place = Place::new();
    let script = place.file("secret.sh", "echo ran");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let aside = place.path().join("aside");
    fs::copy(crate::support::ASIDE, &aside).unwrap();
    // Root reads everything, so this is somebody else.
    let nobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups --";
    let prefix = if rustix::process::geteuid().is_root() { nobody } else { "exec" };
    let script = format!("{prefix} ./aside run secret.sh");
    let cache = place.path().join("cache");
    fs::create_dir(&cache).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&cache, Some(65534), Some(65534)).unwrap();
    }
    let mut bash = crate::support::Aside::new("bash").arg("-c").arg(script);
    bash.command.current_dir(place.path());
    let done = bash.env("ASIDE_CACHE_DIR", &cache).done();
    done.exits(126).says("failed to read the action").says("Permission denied");
}

#[test]
fn hostile_names_are_delivered_or_named_safely() {
    let place = Place::new();
    let action = place.action("show", SHOW_SECRETS);
    let names = [
        "",
        " ",
        "a b",
        "quote\"'`",
        "line\nbreak",
        "$(touch pwned)",
        "`touch pwned`",
        "]",
        "a[$(touch pwned)]",
        "\\",
        "\u{1b}[31m",
        "ключ",
        "--help",
        "a;b|c&d",
        "%s%n",
    ];
    let all: Value = names.iter().map(|name| ((*name).to_owned(), json!(VALUE))).collect();
    place.file("s.json", all.to_string());
    let done = place.run(&action).with("--cwd . --no-redact --secrets s.json").done();
    let delivered: Value = serde_json::from_str(done.exits(0).stdout()).unwrap();
    assert_eq!(delivered, all);

    place.file("value", VALUE);
    for name in names {
        let run = || place.run(&action).with("--cwd . --no-redact").arg("--secret");
        let done = run().arg(format!("{name}=@value")).done();
        let delivered: Value = serde_json::from_str(done.exits(0).stdout()).unwrap();
        assert_eq!(delivered, json!({name: VALUE}));
        let done = run().arg(format!("{name}=@missing")).done();
        done.exits(125).says(&format!("the secret {name:?} from \"missing\""));
        assert_eq!(done.stderr.lines().count(), 1, "{done:?}");
        assert!(!done.stderr.contains('\u{1b}'), "{done:?}");
    }
    assert!(!place.path().join("pwned").exists());
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    let place = Place::new();
    let action = place.action("show", SHOW_SECRETS);
    place.file("raw", b"a\xff\xfe\x00\x80z");
    let run = place.run(&action).with("--no-redact --secret raw=@raw --secret var=env:RAW");
    let done = run.env("RAW", OsStr::from_bytes(b"\xc3(")).done();
    // As lone surrogates, from which a wrapper makes the bytes again.
    let expected = "{\"raw\":\"a\\udcff\\udcfe\\u0000\\udc80z\",\"var\":\"\\udcc3(\"}";
    assert_eq!(done.exits(0).stdout(), expected);
}

#[test]
fn an_action_with_an_odd_name_is_still_an_action() {
    let place = Place::new();
    for name in ["two words", "$(touch pwned)", "-", "--", "quote\"'", "línea\nnueva"] {
        place.action(name, "echo ran");
        let done = place.run(format!("./{name}")).with("--cwd .").done();
        assert_eq!(done.exits(0).stdout(), "ran\n", "{name}");
        assert_eq!(done.stderr.lines().count(), 1, "{done:?}");
    }
    assert!(!place.path().join("pwned").exists());
}

#[test]
fn large_secrets_and_an_action_that_never_reads_them() {
    let place = Place::new();
    let reader = place.action("reader", "read -r line; echo ${#line}");
    let deaf = place.action("deaf", "exec 0<&-; echo done");
    let value = "x".repeat(16 << 20);
    place.file("s.json", format!("{{\"s\":\"{value}\"}}"));
    let done = place.run(&deaf).with("--secrets s.json").done();
    assert_eq!(done.exits(0).stdout(), "done\n");
    let done = place.run(&reader).with("--no-redact --secrets s.json").done();
    assert_eq!(done.exits(0).stdout(), format!("{}\n", (16 << 20) + 8));
}

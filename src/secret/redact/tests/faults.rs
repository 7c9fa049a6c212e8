//! Situations in which maskers elsewhere were seen to leak or to destroy output.

use super::{in_pieces, redactor, set, shown};
use crate::secret::{Redactor, Secret, SecretSet};

#[test]
fn fault_20_overlapping_matches_leave_nothing() {
    assert_eq!(redactor(&["abcd", "cdef"]).redact_str("-abcdef-"), "-***-");
    assert_eq!(redactor(&["secret"]).redact_str("secsecret"), "sec***");
    assert_eq!(redactor(&["secsec", "secret"]).redact_str("secsecret"), "***");
    assert_eq!(redactor(&["secretsecret", "secret"]).redact_str("secretsecre"), "***secre");
    assert_eq!(redactor(&["aXaXa"]).redact_str("aXaXaXaXaX"), "***X");
    // Spans that touch are one, and nothing changes places.
    assert_eq!(redactor(&["12345", "6789"]).redact_str("a123456789b12345 6789"), "a***b*** ***");
    // The same value in two encodings that overlap.
    assert_eq!(redactor(&["abc%4", "41xyz"]).redact_str("abc%41xyz"), "***");
}

#[test]
fn fault_21_pause_inside_a_secret() {
    let redactor = redactor(&["hunter2-secret", "line one\nline two"]);
    let text = b"a hunter2-secret b line one\nline two c";
    for length in 1..text.len() {
        assert_eq!(in_pieces(&redactor, text, length), b"a *** b *** c");
    }
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    stream.push(b"password: hunter2", &mut out);
    assert_eq!(out, b"password: ");
    stream.push(b"", &mut out);
    stream.push(b"-secret", &mut out);
    stream.push(b" .", &mut out);
    assert_eq!(out, b"password: *** .");
    assert_eq!(stream.masked(), 1);
    // What turns out to be no secret comes out late but whole.
    stream.push(b"hunter2-sec", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, b"password: *** .hunter2-sec");
}

#[test]
fn fault_21_binary_output_passes_untouched() {
    let redactor = redactor(&["hunter2-secret"]);
    let mut binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert_eq!(redactor.redact(&binary), binary);
    assert_eq!(in_pieces(&redactor, &binary, 777), binary);
    binary.splice(5000..5000, *b"hunter2-secret");
    let out = redactor.redact(&binary);
    assert_eq!(out.len(), 100_003);
    assert_eq!(&out[5000..5003], b"***");
}

#[test]
fn fault_22_no_first_or_last_characters() {
    for secret in ["abcd", "hunter2", "a-much-longer-secret-value-0123456789"] {
        let out = redactor(&[secret]).redact_str(&format!("[{secret}] {}", secret.repeat(3)));
        assert_eq!(out, "[***] ***", "neither the ends of a secret nor its length");
    }
}

#[test]
fn fault_23_encodings_nobody_else_catches() {
    let redactor = redactor(&["it's a kéy/1"]);
    for printed in [
        r"it\u0027s a k\u00e9y\/1",
        "it%27s+a+k%C3%A9y%2F1",
        "it&#x27;s a k&#xe9;y/1",
        r"it\'s\ a\ kéy/1",
        "aXQncyBh\nIGvDqXkvMQ==",
        "697427732061206bc3a9792f31",
        "it's \x1b[31ma\x1b[0m kéy/1",
        "it's a ke\u{301}y/1",
    ] {
        let out = redactor.redact_str(printed);
        assert_eq!(out.trim_end_matches('='), "***", "{printed}");
    }
}

#[test]
fn fault_24_common_lines_are_not_secrets() {
    let key = "-----BEGIN PRIVATE KEY-----\n{\n  \nMIIEvQIBADANBgkq\n}\n========\none\n-----END PRIVATE KEY-----\n";
    let redactor = redactor(&[key]);
    let text = "fn main() {\n}\n\n  ======== one\n-----BEGIN PRIVATE KEY-----\n";
    assert_eq!(redactor.redact_str(text), text);
    assert_eq!(redactor.redact_str("MIIEvQIBADANBgkq"), "***");
    assert_eq!(redactor.redact_str(key), "***");
}

#[test]
fn what_would_mask_the_world_is_reported_instead() {
    let mut secrets = SecretSet::parse(
        br#"{"a":"","b":"abc","c":"TRUE","d":"     ","e":"null\n","ok":"abcd",
            "json":{"port":5432,"on":true,"user":"me","password":"correct","n":12345678,"l":["xy"]},
            "number":7,"bool":true,"nothing":null}"#,
    )
    .unwrap();
    secrets.insert("wide", Secret::from_bytes("\u{2003}\u{2003}\u{2003}".into()));
    let redactor = Redactor::new(&secrets);
    assert_eq!(
        redactor.unmasked(),
        [
            "a",
            "b",
            "bool",
            "c",
            "d",
            "e",
            "json.port",
            "json.user",
            "json.l.0",
            "nothing",
            "number",
            "wide"
        ]
    );
    let text = "abc true TRUE 5432 null me xy 7      ";
    assert_eq!(redactor.redact_str(text), text);
    assert_eq!(redactor.redact_str("abcd correct 12345678"), "*** *** ***");
}

#[test]
fn secrets_inside_json_secrets() {
    let mut secrets = SecretSet::parse(
        br#"{"db":{"host":"db.internal","auth":["pw \"1\"",{"k":"v\u00e9ry-deep"}]}}"#,
    )
    .unwrap();
    secrets.insert(
        "file",
        Secret::from_bytes(
            br#"{"private_key": "-----BEGIN X-----\nMIIEvQIBADAN\n", "type": "x509"}"#.to_vec(),
        ),
    );
    let redactor = Redactor::new(&secrets);
    for printed in [
        r#"{"host":"db.internal","auth":["pw \"1\"",{"k":"véry-deep"}]}"#,
        r#"{"host": "db.internal", "auth": ["pw \"1\"", {"k": "v\u00e9ry-deep"}]}"#,
        r#"pw "1""#,
        "db.internal",
        "véry-deep",
        "-----BEGIN X-----\nMIIEvQIBADAN\n",
        "MIIEvQIBADAN",
    ] {
        assert_eq!(redactor.redact_str(printed), "***", "{printed}");
    }
    assert_eq!(redactor.redact_str("x509 auth host private_key"), "x509 auth host private_key");
}

#[test]
fn json_results_stay_json() {
    let mut secrets =
        SecretSet::parse(br#"{"id":1234567,"list":[1,2,3],"t":"tok-\"1\""}"#).unwrap();
    secrets.insert("k", Secret::from_bytes(b"key-name".to_vec()));
    let redactor = Redactor::new(&secrets);
    let mut value = serde_json::json!({
        "id": 1_234_567, "other": 12_345, "inner": 91_234_567_u32, "l": [1, 2, 3], "m": [1, 2, 3, 4],
        "text": "say tok-\"1\" twice: tok-\\\"1\\\"", "key-name": 1, "x key-name": 2, "***": [null, true],
    });
    redactor.redact_json(&mut value);
    assert_eq!(
        value,
        serde_json::json!({
            "id": "***", "other": 12_345, "inner": "***", "l": "***", "m": [1, 2, 3, 4],
            "text": "say *** twice: ***", "***": 1, "x ***": 2, "*** (2)": [null, true],
        })
    );
}

#[test]
fn opting_out_and_having_nothing_to_mask() {
    for redactor in [Redactor::passthrough(), redactor(&["abc"])] {
        assert!(redactor.is_empty());
        assert_eq!(in_pieces(&redactor, b"abc \xff", 2), b"abc \xff");
        assert_eq!(redactor.redact_str("abc"), "abc");
    }
    assert!(!redactor(&["abcd"]).is_empty());
}

#[test]
fn debug_shows_nothing() {
    let redactor = Redactor::new(&set(&["hunter2-secret"]));
    let mut stream = redactor.stream();
    stream.push(b"hunter2", &mut Vec::new());
    let text = format!("{redactor:?} {stream:?}");
    assert!(!text.contains("hunter2") && !text.contains(&shown(b"hunter2")), "{text}");
    assert!(!text.contains("104"), "bytes as numbers: {text}");
}

//! Every encoding that a secret may leave in.

use super::vectors::{LINES, UNICODE, VECTORS};
use super::{in_pieces, redactor, shown};

/// Quotes around a value, padding and the like aren't secret.
fn without_quotes(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !br#" \'"`$b%3D="#.contains(byte)).collect()
}

#[test]
fn what_real_tools_print() {
    for &(tool, secret, printed) in VECTORS {
        let redactor = redactor(&[secret]);
        // Padding and a newline around base64 aren't the secret's.
        let printed = printed.strip_suffix(br#"\n""#).unwrap_or(printed);
        let whole = [b"<<", printed.trim_ascii_end(), b">>"].concat();
        let out = redactor.redact(&whole);
        assert_eq!(without_quotes(&out), b"<<***>>", "{tool}: {}", shown(&out));
        assert_eq!(in_pieces(&redactor, &whole, 1), out, "{tool}, byte by byte");
        // The test can fail: without the secret nothing of it is masked.
        assert_eq!(super::redactor(&["another"]).redact(&whole), whole);
    }
}

#[test]
fn base64_at_every_alignment_and_width() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    let secret = b"\xfb\xff\xbe Secret~~??>> value";
    let redactor = redactor(&[secret]);
    for before in 0..7 {
        for after in 0..4 {
            let plain = [&b"user:abcdef"[..before], secret, &b"&x="[..after]].concat();
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE] {
                let text = engine.encode(&plain);
                for width in [4, 7, 10, 64, 76, 1000] {
                    for separator in ["\n", "\r\n", "\\n", "\\r\\n", "\n  ", "%0A"] {
                        let lines: Vec<&str> = text
                            .as_bytes()
                            .chunks(width)
                            .map(|l| str::from_utf8(l).unwrap())
                            .collect();
                        let printed = lines.join(separator);
                        let out = redactor.redact_str(&printed);
                        let left = out.trim_end_matches('=').replace("***", "");
                        assert!(out.contains("***"), "{printed}");
                        assert!(
                            left.len() <= before * 4 / 3 + after * 4 / 3 + 4 * separator.len(),
                            "{out}"
                        );
                        assert_eq!(in_pieces(&redactor, printed.as_bytes(), 3), out.as_bytes());
                    }
                }
            }
        }
    }
}

#[test]
fn all_bits_of_base64_must_agree() {
    let redactor = redactor(&["pass"]);
    assert_eq!(redactor.redact_str("cGFzcw=="), "***==");
    assert_eq!(redactor.redact_str("cGFzcg=="), "cGFzcg==");
    assert_eq!(redactor.redact_str("cGFzdw=="), "cGFzdw==");
    assert_eq!(redactor.redact_str("bGFzcw=="), "bGFzcw==");
}

#[test]
fn escapes_inside_base64() {
    use base64::Engine as _;
    let secret = b"\xfb\xff\xbe\xff\xef\xbf\xfb\xef\xbe and more";
    let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
    assert!(text.starts_with("+/++/++/++++"), "{text}");
    let redactor = redactor(&[secret]);
    for (plus, slash) in [
        ("+", "/"),
        ("-", "_"),
        ("%2B", "%2f"),
        ("+", r"\/"),
        (r"\u002B", r"\\u002f"),
        ("&#43;", "&#x2F;"),
    ] {
        let printed = text.replace('+', "P").replace('/', slash).replace('P', plus);
        assert_eq!(redactor.redact_str(&format!("x={printed} ")), "x=*** ", "{printed}");
    }
}

#[test]
fn hexadecimal_mixed_and_separated() {
    let redactor = redactor(&["secret-kéy"]);
    for printed in [
        "7365637265742d6bc3a979",
        "7365637265742D6BC3A979",
        "7365637265742d6Bc3A979",
        "73:65:63:72:65:74:2D:6B:C3:A9:79",
        "73 65 63 72 65 74 2d 6b c3 a9 79",
        "7365637265\n742d6bc3a979",
        r"73656372\n65742d6bc3a979",
    ] {
        assert_eq!(redactor.redact_str(&format!("z{printed}z")), "z***z", "{printed}");
    }
    assert_eq!(super::redactor(&["1234"]).redact_str("31 32 33 34"), "31 32 33 34");
}

#[test]
fn other_normal_forms() {
    let composed = "Zürich-ﬁn-é";
    let decomposed = "Zu\u{308}rich-\u{fb01}n-e\u{301}";
    let compatible = "Zürich-fin-é";
    let redactor = redactor(&[composed]);
    for printed in [composed, decomposed, compatible, "Zu\u{308}rich-fin-e\u{301}"] {
        assert_eq!(redactor.redact_str(printed), "***");
        let json = serde_json::to_string(printed).unwrap();
        let ascii: String = json
            .chars()
            .flat_map(|c| {
                let escaped = format!("\\u{:04x}", u32::from(c));
                if c.is_ascii() { c.to_string() } else { escaped }.chars().collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(redactor.redact_str(&ascii), "\"***\"");
    }
}

#[test]
fn colours_between_characters() {
    let redactor = redactor(&["hunter2-secret"]);
    let printed = "\x1b[1mhun\x1b[0m\x1b[38;5;196mter2\x1b[K-sec\x1b[01;31m\x1b[Kret\x1b[0m!";
    assert_eq!(redactor.redact_str(printed), "\x1b[1m***\x1b[0m!");
    // Something between that is no colour code means that it isn't the secret.
    let other = "hun\x1b]0;title\x07ter2-secret";
    assert_eq!(redactor.redact_str(other), other);
}

#[test]
fn spellings_mixed_within_one_value() {
    let redactor = redactor(&["pä'ss \"w\\ord/🔑+\n%x"]);
    for printed in [
        r#"p\u00e4'ss%20\"w\\ord\/\ud83d\udd11+\n%25x"#,
        r#"p\xe4\'ss\ "w\\\\ord/\U0001f511%2b\\n%x"#,
        r#"p\xc3\xa4&apos;ss+&quot;w&#92;ord&#x2F;&#128273;&#43;&#10;&#x25;x"#,
        r#"p\303\244'\''ss ""w\134ord/\u{1F511}\053\012%x"#,
        "p%C3%A4'\"'\"'ss \"w\\ord/🔑+\r\n%x",
    ] {
        assert_eq!(redactor.redact_str(printed), "***", "{printed}");
    }
}

#[test]
fn values_that_begin_with_what_is_escaped() {
    for (secret, printed) in [
        ("\":9[M", "\"\":9[M"),
        ("'quoted'", "''quoted''"),
        ("'quoted'", r"'\''quoted'\''"),
        ("\\path", r"\\\\path"),
        ("%41%42", "%2541%2542"),
        ("&amp;x", "&amp;amp;x"),
        ("+plus+", "%2Bplus%2b"),
        (" blank", "+blank"),
        ("\r\naa", "%0d\x1b[0;31m%0a\x1b[0;31m%61a"),
    ] {
        assert_eq!(redactor(&[secret]).redact_str(&format!("<{printed}>")), "<***>", "{printed}");
    }
}

#[test]
fn bytes_that_are_not_text() {
    let redactor = redactor(&[b"\xff\x00key\xfe\x80!"]);
    for printed in [
        &b"\xff\x00key\xfe\x80!"[..],
        br"\xff\x00key\xfe\x80!",
        br"\377\0key\376\200!",
        br"\udcff\u0000key\udcfe\udc80!",
        b"%FF%00key%FE%80!",
        b"ff006b6579fe8021",
    ] {
        assert_eq!(redactor.redact(printed), b"***", "{}", shown(printed));
    }
}

#[test]
fn lines_of_a_value_in_each_encoding() {
    let redactor = redactor(&[LINES]);
    assert_eq!(redactor.redact_str("2: second 'line' {\"k\": 1}\n"), "2: ***\n");
    assert_eq!(redactor.redact_str(r#""thir""#), r#""thir""#);
    assert_eq!(redactor.redact_str(r#""third\\line""#), r#""***""#);
    assert_eq!(redactor.redact_str("c2Vjb25kICdsaW5lJyB7ImsiOiAxfQ=="), "***==");
    assert_eq!(redactor.redact_str("first%20line%3A%20a%2Bb%2Fc"), "***");
}

#[test]
fn a_value_is_found_without_its_last_newline() {
    let redactor = redactor(&["tok-12\n"]);
    assert_eq!(redactor.redact_str("<tok-12>"), "<***>");
    assert_eq!(redactor.redact_str("tok-12\n"), "***");
}

#[test]
fn unicode_vectors_cover_what_they_claim() {
    let printed: Vec<_> = VECTORS.iter().filter(|v| v.1 == UNICODE).map(|v| shown(v.2)).collect();
    for part in [r"\\u20ac", r"\\U0001f511", r"\\303", "%F0%9F", "&#128273;", r"\\ud83d"] {
        assert!(printed.iter().any(|text| text.contains(part)), "{part}");
    }
}

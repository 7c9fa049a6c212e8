//! Secrets of any size, in reasonable time.

use super::{in_pieces, redactor};
use std::time::{Duration, Instant};

const SIZE: usize = 16 << 20;

/// Generous: the machine may be busy, and this build isn't optimised. What must
/// not be is the square of the size, which takes hours.
const LIMIT: Duration = Duration::from_secs(60);

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_secret_of_one_character_repeated() {
    let started = Instant::now();
    let secret = vec![b'x'; SIZE];
    let redactor = redactor(&[&secret]);
    assert_eq!(in_pieces(&redactor, &[b"a", &secret[..], b"b"].concat(), 65_536), b"a***b");
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn a_large_random_secret() {
    let started = Instant::now();
    // Takes 3 s optimised, and 40 times that otherwise.
    let secret = noise(if cfg!(debug_assertions) { SIZE / 16 } else { SIZE });
    let redactor = redactor(&[&secret]);
    let out = in_pieces(&redactor, &[b"a", &secret[..], b"b"].concat(), 65_536);
    assert_eq!(out.len(), 5, "a***b");
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn a_long_secret_in_every_encoding() {
    use base64::Engine as _;
    let secret: String = noise(10_000).iter().map(|&byte| char::from(byte)).collect();
    let redactor = redactor(&[&secret]);
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&secret);
    for printed in [&secret, &hex, &escaped, &percent, &base64] {
        assert_eq!(in_pieces(&redactor, printed.as_bytes(), 4096), b"***");
    }
}

#[test]
fn a_value_of_very_many_lines() {
    let started = Instant::now();
    let lines: Vec<String> = (0..20_000).map(|line| format!("line-number-{line:06}")).collect();
    let redactor = redactor(&[lines.join("\n")]);
    assert_eq!(redactor.redact_str(&lines.join("\r\n")), "***");
    assert_eq!(redactor.redact_str("<line-number-012345>"), "<***>");
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

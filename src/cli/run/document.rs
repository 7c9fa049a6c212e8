//! The outcome as one JSON document, for programs.

use crate::cli::output::Out;
use crate::job::{Captured, ErrorInfo, Isolation, Outcome};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};

#[derive(Serialize)]
struct Document<'a> {
    execution_id: &'a str,
    action: &'a str,
    state: &'static str,
    exit_code: Option<i32>,
    signal: Option<i32>,
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout_base64: Option<Base64<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stderr: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stderr_base64: Option<Base64<'a>>,
    stdout_truncated: bool,
    stderr_truncated: bool,
    stdout_bytes: u64,
    stderr_bytes: u64,
    duration_ms: u64,
    isolation: Option<Isolation>,
    unmasked: &'a [String],
    error: Option<&'a ErrorInfo>,
}

/// Writes the document and a newline to stdout, piece by piece: what an action said
/// is not copied again.
///
/// # Errors
/// When it can't be written; also when its reader has left.
pub(super) fn write(outcome: &Outcome) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 << 10, Out::stdout());
    serde_json::to_writer(&mut out, &document(outcome))?;
    out.write_all(b"\n")?;
    out.flush()
}

fn document(outcome: &Outcome) -> Document<'_> {
    let (stdout, stdout_base64) = either(&outcome.stdout);
    let (stderr, stderr_base64) = either(&outcome.stderr);
    // Nothing was isolated where nothing was started.
    let started = !outcome.timings.starting.is_zero();
    Document {
        execution_id: &outcome.execution_id,
        action: &outcome.action,
        state: outcome.state.as_str(),
        exit_code: outcome.exit_code,
        signal: outcome.signal,
        result: outcome.result.as_ref(),
        stdout,
        stdout_base64,
        stderr,
        stderr_base64,
        stdout_truncated: outcome.stdout.is_truncated(),
        stderr_truncated: outcome.stderr.is_truncated(),
        stdout_bytes: outcome.stdout.total(),
        stderr_bytes: outcome.stderr.total(),
        duration_ms: u64::try_from(outcome.timings.total.as_millis()).unwrap_or(u64::MAX),
        isolation: started.then_some(outcome.isolation),
        unmasked: &outcome.unmasked,
        error: outcome.error.as_ref(),
    }
}

fn either(captured: &Captured) -> (Option<Text<'_>>, Option<Base64<'_>>) {
    match (std::str::from_utf8(&captured.head), std::str::from_utf8(&captured.tail)) {
        (Ok(head), Ok(tail)) => (Some(Text { head, note: captured.note(), tail }), None),
        _ => (None, Some(Base64(captured))),
    }
}

/// Head, note and tail as one string.
struct Text<'a> {
    head: &'a str,
    note: Option<String>,
    tail: &'a str,
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.head)?;
        f.write_str(self.note.as_deref().unwrap_or_default())?;
        f.write_str(self.tail)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Head, note and tail as one base64 text.
struct Base64<'a>(&'a Captured);

impl Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PIECE: usize = 3 << 10;
        let note = self.0.note().unwrap_or_default();
        let mut piece = Vec::with_capacity(PIECE);
        let mut text = String::with_capacity(PIECE / 3 * 4);
        let mut encode = |piece: &mut Vec<u8>| {
            text.clear();
            BASE64_STANDARD.encode_string(&piece, &mut text);
            piece.clear();
            f.write_str(&text)
        };
        for mut part in [self.0.head.as_slice(), note.as_bytes(), &self.0.tail] {
            while !part.is_empty() {
                let (now, later) = part.split_at(part.len().min(PIECE - piece.len()));
                piece.extend_from_slice(now);
                part = later;
                if piece.len() == PIECE {
                    encode(&mut piece)?;
                }
            }
        }
        encode(&mut piece)
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_anything_else_becomes_base64() {
        let text = Captured { head: "a\"\u{1}é".into(), tail: "z".into(), dropped: 7 };
        let (Some(text), None) = either(&text) else { panic!("not text") };
        let json = serde_json::to_value(text).unwrap();
        assert_eq!(json, "a\"\u{1}é\n[aside: 7 bytes dropped here]\nz");

        for length in [1, 2, 3, 3071, 3072, 3073, 10_000] {
            let bytes: Vec<u8> = (0..length).map(|n| 0x80 | n as u8).collect();
            let (head, tail) = bytes.split_at(length / 2);
            let captured = Captured { head: head.into(), tail: tail.into(), dropped: 0 };
            let (None, Some(base64)) = either(&captured) else { panic!("not binary") };
            assert_eq!(base64.to_string(), BASE64_STANDARD.encode(&bytes));
        }
    }
}

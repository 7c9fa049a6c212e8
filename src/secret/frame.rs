//! The frame: the two lines of JSON that a child reads from its stdin.
//!
//! `docs/protocol.md` describes it. Strings are written canonically: the only
//! escapes are `\u` and four lower-case hexadecimal digits, used for `"`, `\`
//! and control characters; a byte that isn't UTF-8 travels as the lone surrogate
//! `\udcXX`, as in Python's `surrogateescape` (PEP 383). So a raw quote always
//! ends a string, and a reader as small as a shell function can be exact.

use super::{Kind, SecretSet};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};
use std::io::{self, Write};
use zeroize::Zeroizing;

/// The bytes for a child's stdin, wiped when dropped.
pub type Frame = Zeroizing<Vec<u8>>;

/// The second line: everything an action is told that isn't secret.
#[derive(Debug, Serialize)]
pub struct Input<'a> {
    /// The action's parameters by name.
    pub parameters: &'a serde_json::Map<String, serde_json::Value>,
    /// Which execution this is.
    pub execution: Execution<'a>,
    /// Migration aids the wrapper should switch on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compat: Option<Compat>,
}

/// The `execution` part of the second line.
#[derive(Debug, Serialize)]
pub struct Execution<'a> {
    /// The execution's id.
    pub id: &'a str,
    /// The action's reference, for example `pack.name`.
    pub action: &'a str,
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// The `compat` part of the second line.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Compat {
    /// Answer reads of `SECRET_<NAME>` variables from the frame.
    pub env_secrets: bool,
}

/// Writes both lines. The set is consumed: once framed, the values exist in the
/// frame alone.
///
/// # Errors
/// Only when a parameter can't be serialised.
pub fn encode(secrets: SecretSet, input: &Input<'_>) -> io::Result<Frame> {
    // Six bytes for every byte is the longest escape there is. Growing would
    // leave unwiped copies of the frame behind.
    let room: usize = secrets.iter().map(|(n, s)| (n.len() + s.len()) * 6 + 8).sum();
    let mut frame = Zeroizing::new(Vec::with_capacity(room + 4));
    frame.push(b'{');
    for (index, (name, secret)) in secrets.iter().enumerate() {
        if index > 0 {
            frame.push(b',');
        }
        write_string(&mut frame, name.as_bytes());
        frame.push(b':');
        #[expect(
            clippy::disallowed_methods,
            reason = "the frame is how a value reaches its action"
        )]
        let value = secret.expose_secret();
        match secret.kind() {
            Kind::Bytes => write_string(&mut frame, value),
            Kind::Json => frame.extend_from_slice(value),
        }
    }
    frame.extend_from_slice(b"}\n");
    let mut line = Vec::new();
    write_json(&mut line, input, Canonical)?;
    line.push(b'\n');
    let mut whole = Zeroizing::new(Vec::with_capacity(frame.len() + line.len()));
    whole.extend_from_slice(&frame);
    whole.extend_from_slice(&line);
    Ok(whole)
}

/// Serialises with a formatter of our choice.
pub(super) fn write_json(
    out: impl Write,
    value: &impl Serialize,
    formatter: impl Formatter,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let mut plain = 0;
        let valid = chunk.valid().as_bytes();
        for (index, &byte) in valid.iter().enumerate() {
            if byte < 0x20 || byte == b'"' || byte == b'\\' {
                out.extend_from_slice(&valid[plain..index]);
                write_escape(out, 0, byte);
                plain = index + 1;
            }
        }
        out.extend_from_slice(&valid[plain..]);
        chunk.invalid().iter().for_each(|&byte| write_escape(out, 0xdc, byte));
    }
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, high: u8, low: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| HEX[usize::from(nibble & 15)];
    out.extend_from_slice(&[
        b'\\',
        b'u',
        digit(high >> 4),
        digit(high),
        digit(low >> 4),
        digit(low),
    ]);
}

/// The canonical form of strings inside any JSON that we write into a frame.
pub(super) struct Canonical;

impl Formatter for Canonical {
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let byte = match escape {
            CharEscape::Quote => b'"',
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => b'\n',
            CharEscape::CarriageReturn => b'\r',
            CharEscape::Tab => b'\t',
            CharEscape::AsciiControl(byte) => byte,
        };
        let mut escaped = Vec::with_capacity(6);
        write_escape(&mut escaped, 0, byte);
        writer.write_all(&escaped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn frame(secrets: SecretSet) -> String {
        let parameters = serde_json::from_str(r#"{"q":"a\"b"}"#).unwrap();
        let execution = Execution { id: "e1", action: "pack.name", attempt: 1 };
        let input = Input { parameters: &parameters, execution, compat: None };
        String::from_utf8(encode(secrets, &input).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn two_lines_without_raw_quotes_inside_strings() {
        let mut set = SecretSet::parse(r#"{"db":{"k\"":"ü\\"},"n":7}"#.as_bytes()).unwrap();
        set.insert("a\"b\n", Secret::from_bytes(b"x\\\xff\x00y".to_vec()));
        assert_eq!(
            frame(set),
            concat!(
                r#"{"a\u0022b\u000a":"x\u005c\udcff\u0000y","db":{"k\u0022":"ü\u005c"},"n":7}"#,
                "\n",
                r#"{"parameters":{"q":"a\u0022b"},"execution":{"id":"e1","action":"pack.name","attempt":1}}"#,
                "\n"
            )
        );
    }

    #[test]
    fn no_secrets_is_an_empty_object() {
        assert!(frame(SecretSet::new()).starts_with("{}\n"));
    }
}

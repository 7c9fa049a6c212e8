//! What to look for: every form of every value that the redactor and the taint
//! guard search. The one place of this room that looks at a value.

use super::frame::{Canonical, write_json};
use super::{Kind, Secret, SecretSet};
use serde_json::Value;
use serde_json::ser::Formatter;
use std::io::{self, Write};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

/// Bytes that are wiped when dropped.
pub(super) type Wiped = Zeroizing<Vec<u8>>;

/// Values shorter than this meet ordinary text too often to be masked.
pub(super) const SHORTEST: usize = 4;
/// Parts of a value (its lines, say) and what a launch is refused for.
pub(super) const SHORTEST_PART: usize = 8;
/// Longer values are looked for in blocks, so that a verification stays cheap
/// and a value that repeats itself doesn't cost its length squared.
pub(super) const BLOCK: usize = 3072;

/// Words that a value may be without being a secret worth masking.
const ORDINARY: &[&str] = &[
    "true",
    "false",
    "null",
    "none",
    "nil",
    "undefined",
    "unset",
    "empty",
    "yes",
    "no",
    "on",
    "off",
    "enabled",
    "disabled",
    "default",
    "auto",
    "info",
    "debug",
    "warn",
    "warning",
    "error",
];

/// One sequence of bytes to look for.
pub(super) struct Form {
    pub(super) bytes: Wiped,
    /// A line of a longer value, not a value or a block of one.
    pub(super) line: bool,
}

/// Everything the redactor looks for.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) forms: Vec<Form>,
    /// Names, or `name.path`, of what can't be masked.
    pub(super) unmasked: Vec<String>,
}

impl Forms {
    pub(super) fn collect(secrets: &SecretSet) -> Self {
        let mut all = Self::default();
        for (name, secret) in secrets.iter() {
            let value = expose(secret);
            if !maskable(value, SHORTEST) {
                all.unmasked.push(name.to_owned());
                continue;
            }
            all.add(value);
            all.add_escaped(value);
            let Some(mut tree) = json(secret, value) else { continue };
            for text in spellings(&tree) {
                all.add(&text);
            }
            match secret.kind() {
                Kind::Json => all.add_leaves(name, &tree, true),
                Kind::Bytes => all.add_leaves(name, &tree, false),
            }
            wipe(&mut tree);
        }
        // Where forms are equal, a whole value wins over a line.
        all.forms.sort_by(|a, b| (&*a.bytes, a.line).cmp(&(&*b.bytes, b.line)));
        all.forms.dedup_by(|a, b| a.bytes == b.bytes);
        all
    }

    /// The leaves of a JSON value. Those of a secret that is a *string* which
    /// happens to hold JSON (a cloud service's key file) must be longer to count:
    /// half of them are ordinary words, and nobody declared them secret.
    fn add_leaves(&mut self, path: &str, value: &Value, declared: bool) {
        let shortest = if declared { SHORTEST } else { SHORTEST_PART };
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                let text = Zeroizing::new(number.to_string());
                self.add_leaf(path, text.as_bytes(), SHORTEST_PART, declared);
            }
            Value::String(text) => self.add_leaf(path, text.as_bytes(), shortest, declared),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add_leaves(&format!("{path}.{index}"), item, declared);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.add_leaves(&format!("{path}.{key}"), item, declared);
                }
            }
        }
    }

    fn add_leaf(&mut self, path: &str, bytes: &[u8], shortest: usize, declared: bool) {
        if maskable(bytes, shortest) {
            self.add(bytes);
            // A key file inside a configuration: its leaves will be read too.
            if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
                && let Ok(mut tree) = serde_json::from_slice(bytes)
            {
                self.add_leaves(path, &tree, false);
                wipe(&mut tree);
            }
        } else if declared {
            self.unmasked.push(path.to_owned());
        }
    }

    /// The value as it stands inside a JSON document, by most writers and in our own
    /// frame: whole documents get encoded too, above all in base64.
    fn add_escaped(&mut self, value: &[u8]) {
        let Ok(text) = std::str::from_utf8(value) else { return };
        if !text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            return;
        }
        let mut usual = Zeroizing::new(Vec::new());
        let mut ours = Zeroizing::new(Vec::new());
        let written = write_json(&mut *usual, &text, serde_json::ser::CompactFormatter)
            .and_then(|()| write_json(&mut *ours, &text, Canonical));
        if written.is_ok() {
            for quoted in [usual, ours] {
                self.add_blocks(&quoted[1..quoted.len() - 1], false);
            }
        }
    }

    /// A value, the value without its last newlines, and its lines.
    fn add(&mut self, value: &[u8]) {
        self.add_normalized(value, false);
        let body = without_newlines(value);
        if body.len() != value.len() {
            self.add_normalized(body, false);
        }
        for line in value.split(|&byte| byte == b'\n' || byte == b'\r') {
            let line = line.trim_ascii();
            if line.len() != value.len() && maskable(line, SHORTEST) && !is_furniture(line) {
                self.add_normalized(line, true);
            }
        }
    }

    /// The bytes as they are, and in the other Unicode normal forms.
    fn add_normalized(&mut self, bytes: &[u8], line: bool) {
        self.add_blocks(bytes, line);
        let Ok(text) = std::str::from_utf8(bytes) else {
            // What becomes of it when it is decoded all the same: with replacement
            // characters, or as Latin-1.
            self.add_blocks(
                &Zeroizing::new(String::from_utf8_lossy(bytes).into_owned().into_bytes()),
                line,
            );
            let latin: Zeroizing<String> =
                Zeroizing::new(bytes.iter().map(|&byte| char::from(byte)).collect());
            self.add_blocks(latin.as_bytes(), line);
            return;
        };
        if text.is_ascii() {
            return;
        }
        let mut form = Zeroizing::new(String::with_capacity(text.len() * 4));
        for number in 0..4 {
            form.zeroize();
            match number {
                0 => form.extend(text.nfc()),
                1 => form.extend(text.nfd()),
                2 => form.extend(text.nfkc()),
                _ => form.extend(text.nfkd()),
            }
            if form.as_bytes() != bytes {
                self.add_blocks(form.as_bytes(), line);
            }
        }
    }

    fn add_blocks(&mut self, bytes: &[u8], line: bool) {
        if !maskable(bytes, SHORTEST) {
            return;
        }
        let mut start = 0;
        while bytes.len() - start > BLOCK {
            let end = boundary(bytes, start + BLOCK);
            self.push(&bytes[start..end], line);
            start = end;
        }
        // The last block is as long as the others: it reaches back.
        let start = if start == 0 { 0 } else { boundary(bytes, bytes.len() - BLOCK) };
        self.push(&bytes[start..], line);
    }

    fn push(&mut self, bytes: &[u8], line: bool) {
        // A secret of one byte repeated has thousands of equal blocks.
        if self.forms.last().is_none_or(|last| *last.bytes != bytes) {
            self.forms.push(Form { bytes: Zeroizing::new(bytes.to_vec()), line });
        }
    }
}

/// What the taint guard looks for: names, and bytes to be found as they are.
pub(super) fn raw(secrets: &SecretSet) -> Vec<(String, Wiped)> {
    let mut found = Vec::new();
    for (name, secret) in secrets.iter() {
        let value = expose(secret);
        let mut add = |bytes: &[u8]| {
            if bytes.len() >= SHORTEST_PART && !bytes.trim_ascii().is_empty() {
                found.push((name.to_owned(), Zeroizing::new(bytes.to_vec())));
            }
        };
        add(value);
        add(without_newlines(value));
        if secret.kind() == Kind::Json
            && let Some(mut tree) = json(secret, value)
        {
            each_string(&tree, &mut add);
            wipe(&mut tree);
        }
    }
    found
}

fn expose(secret: &Secret) -> &[u8] {
    #[expect(
        clippy::disallowed_methods,
        reason = "what must be found in output has to be known; only forms of it leave this file, and they are wiped"
    )]
    secret.expose_secret()
}

/// The value as a tree: a JSON secret, or a string that holds an object or array.
fn json(secret: &Secret, value: &[u8]) -> Option<Value> {
    let nested = matches!(value.trim_ascii_start().first(), Some(b'{' | b'['));
    if secret.kind() == Kind::Bytes && !nested {
        return None;
    }
    serde_json::from_slice(value).ok()
}

/// The ways JSON is usually written on one line: by most, and by Python.
fn spellings(tree: &Value) -> Vec<Wiped> {
    let mut compact = Zeroizing::new(Vec::new());
    let mut spaced = Zeroizing::new(Vec::new());
    let written = write_json(&mut *compact, tree, serde_json::ser::CompactFormatter)
        .and_then(|()| write_json(&mut *spaced, tree, Spaced));
    match written {
        Ok(()) => vec![compact, spaced],
        Err(_) => Vec::new(),
    }
}

/// `{"a": 1, "b": [2, 3]}`
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

fn each_string(tree: &Value, visit: &mut impl FnMut(&[u8])) {
    match tree {
        Value::String(text) => visit(text.as_bytes()),
        Value::Array(items) => items.iter().for_each(|item| each_string(item, visit)),
        Value::Object(map) => map.values().for_each(|item| each_string(item, visit)),
        _ => {}
    }
}

fn wipe(tree: &mut Value) {
    match tree {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

fn maskable(bytes: &[u8], shortest: usize) -> bool {
    let word = bytes.trim_ascii();
    bytes.len() >= shortest
        && !word.is_empty()
        && !std::str::from_utf8(bytes).is_ok_and(|text| text.trim().is_empty())
        && !ORDINARY.iter().any(|ordinary| word.eq_ignore_ascii_case(ordinary.as_bytes()))
}

/// Lines that many documents share: braces, rules, PEM armour. Bytes that
/// aren't ASCII count as letters.
fn is_furniture(line: &[u8]) -> bool {
    let armour = (line.starts_with(b"-----BEGIN ") || line.starts_with(b"-----END "))
        && line.ends_with(b"-----");
    armour || !line.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
}

fn without_newlines(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|&byte| byte != b'\n' && byte != b'\r');
    &value[..end.map_or(0, |end| end + 1)]
}

/// The start of the character at or shortly before `at`: a block mustn't tear
/// one, or its escaped forms wouldn't be found.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let start = (at.saturating_sub(3)..=at).rev().find(|&i| bytes[i] & 0xc0 != 0x80);
    start.unwrap_or(at)
}

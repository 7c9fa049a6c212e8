//! A JSON object of secrets, as bytes, into a [`SecretSet`].

use super::frame::{Canonical, write_json};
use super::{Secret, SecretSet};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Why a document isn't a set of secrets. Never holds any of its text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseError {
    /// Not JSON at all.
    #[error(
        "the secrets are not valid JSON (line {line}, column {column}); write one object, for example {{\"api_key\": \"…\"}}"
    )]
    Syntax {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// JSON, but an array, a string, a number…
    #[error("the secrets are a JSON {0}; write one object, for example {{\"api_key\": \"…\"}}")]
    NotAnObject(&'static str),
    /// One name stands twice in one document.
    #[error("the secret {0:?} is given twice in one document; keep one of them")]
    Duplicate(String),
    /// A value can't be carried, for example a lone surrogate.
    #[error(
        "the value of the secret {0:?} is not a valid JSON value (a lone surrogate, or a number out of range?)"
    )]
    Value(String),
}

impl SecretSet {
    /// Reads one JSON object of names and values.
    ///
    /// Strings become [`Kind::Bytes`](super::Kind::Bytes); every other value is
    /// kept as canonical compact JSON.
    ///
    /// # Errors
    /// When the text isn't one JSON object, or a name stands in it twice.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        let kind = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => "array",
            Some(b'"') => "string",
            Some(b't' | b'f') => "boolean",
            Some(b'n') => "null",
            Some(b'-' | b'0'..=b'9') => "number",
            _ => "object",
        };
        let mut reader = serde_json::Deserializer::from_slice(text);
        if kind != "object" {
            return match serde_json::from_slice::<IgnoredAny>(text) {
                Ok(_) => Err(ParseError::NotAnObject(kind)),
                Err(error) => Err(syntax(&error)),
            };
        }
        let pairs = reader.deserialize_map(Pairs).map_err(|error| syntax(&error))?;
        reader.end().map_err(|error| syntax(&error))?;
        let mut names = BTreeSet::new();
        for (name, _) in &pairs {
            if !names.insert(name.as_str()) {
                return Err(ParseError::Duplicate(name.clone()));
            }
        }
        let mut set = Self::new();
        for (name, raw) in pairs {
            let secret = value(&raw).ok_or_else(|| ParseError::Value(name.clone()))?;
            set.insert(name, secret);
        }
        Ok(set)
    }
}

fn syntax(error: &serde_json::Error) -> ParseError {
    ParseError::Syntax { line: error.line(), column: error.column() }
}

/// A string becomes its bytes; anything else is rewritten in canonical form.
fn value(raw: &Zeroizing<Box<str>>) -> Option<Secret> {
    if raw.starts_with('"') {
        return Some(Secret::from_bytes(serde_json::from_str::<String>(raw).ok()?.into_bytes()));
    }
    let mut parsed: serde_json::Value = serde_json::from_str(raw).ok()?;
    // Room for every byte to be escaped: the buffer must not grow, since
    // growing leaves an unwiped copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * 6));
    let written = write_json(&mut *text, &parsed, Canonical);
    wipe(&mut parsed);
    written.ok()?;
    Some(Secret::from_canonical_json(text.to_vec()))
}

/// Overwrites the strings of a parsed value. (Numbers and keys of the small
/// tree itself are freed, not wiped; the process is non-dumpable.)
fn wipe(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => text.zeroize(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(wipe),
        serde_json::Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Zeroizing<Box<str>>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
            pairs.push((name, Zeroizing::new(Box::<str>::from(raw))));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Kind;

    #[test]
    fn strings_become_bytes_and_the_rest_canonical_json() {
        let set =
            SecretSet::parse(br#" {"a": "x\ny", "db": {"user": "u\"", "n": 1.50}, "": null} "#)
                .unwrap();
        assert_eq!(set.names().collect::<Vec<_>>(), ["", "a", "db"]);
        let db = set.get("db").unwrap();
        assert_eq!(db.kind(), Kind::Json);
        assert_eq!(db.len(), br#"{"user":"u\u0022","n":1.50}"#.len());
        assert_eq!(set.get("a").unwrap().len(), 3);
    }

    #[test]
    fn refusals_name_the_place_and_never_the_text() {
        let cases: [(&[u8], ParseError); 6] = [
            (b"[1]", ParseError::NotAnObject("array")),
            (b"\"hunter2\"", ParseError::NotAnObject("string")),
            (b"{\"a\":1,\"a\":2}", ParseError::Duplicate("a".into())),
            (b"{\"a\":\"\\ud800\"}", ParseError::Value("a".into())),
            (b"", ParseError::Syntax { line: 1, column: 0 }),
            (b"{\"a\": hunter2}", ParseError::Syntax { line: 1, column: 7 }),
        ];
        for (text, expected) in cases {
            let error = SecretSet::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
            assert_eq!(error, expected);
        }
        assert!(SecretSet::parse(b"{\"a\":1} x").is_err());
    }
}

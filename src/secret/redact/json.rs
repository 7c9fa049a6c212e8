//! Redaction of a JSON value that stays a valid JSON value.

use super::{MASK, Redactor};
use serde_json::{Map, Value};

pub(super) fn redact(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => *text = redactor.redact_str(text),
        Value::Number(number) => {
            // Part of a number can't be masked.
            let text = number.to_string();
            if redactor.redact(text.as_bytes()) != text.as_bytes() {
                *value = mask();
            }
        }
        Value::Array(_) | Value::Object(_) if is_secret(redactor, value) => *value = mask(),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(redactor, item)),
        Value::Object(map) => {
            let mut redacted = Map::with_capacity(map.len());
            for (key, mut item) in std::mem::take(map) {
                redact(redactor, &mut item);
                redacted.insert(unused(&redacted, redactor.redact_str(&key)), item);
            }
            *map = redacted;
        }
    }
}

fn mask() -> Value {
    Value::String(String::from_utf8_lossy(MASK).into_owned())
}

fn is_secret(redactor: &Redactor, value: &Value) -> bool {
    serde_json::to_vec(value).is_ok_and(|text| redactor.redact(&text) == MASK)
}

/// Two keys may have become the same: neither value is to be lost.
fn unused(map: &Map<String, Value>, key: String) -> String {
    if !map.contains_key(&key) {
        return key;
    }
    let numbered = (2_usize..).map(|number| format!("{key} ({number})"));
    numbered.into_iter().find(|key| !map.contains_key(key)).unwrap_or(key)
}

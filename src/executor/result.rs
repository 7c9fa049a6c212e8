//! What an action returns: one JSON document on descriptor 3, or its stdout.

use super::output::{Bounded, Collected};
use crate::job::{ErrorInfo, OutputFormat};
use serde_json::Value;

/// Finds the result. What was written to descriptor 3 goes before stdout; of several
/// documents there the last counts, as that of somebody who thought better of it.
pub(super) fn find(
    collected: &Collected,
    format: OutputFormat,
) -> Result<Option<Value>, ErrorInfo> {
    if !is_blank(&collected.result) || collected.result.exceeded {
        let place = "its result (descriptor 3)";
        return match parse(&collected.result, OutputFormat::Jsonl, place)? {
            Value::Array(mut documents) => Ok(documents.pop()),
            other => Ok(Some(other)),
        };
    }
    match &collected.document {
        Some(document) if !is_blank(document) => parse(document, format, "its stdout").map(Some),
        _ => Ok(None),
    }
}

fn is_blank(found: &Bounded) -> bool {
    found.bytes.iter().all(u8::is_ascii_whitespace)
}

fn parse(found: &Bounded, format: OutputFormat, place: &str) -> Result<Value, ErrorInfo> {
    if found.exceeded {
        return Err(ErrorInfo {
            code: "result_too_large".into(),
            message: format!(
                "failed to take {place}: it has more than {} bytes; write large data elsewhere \
                 and return where it is",
                found.bytes.len()
            ),
        });
    }
    let invalid = |name: &str, at: String| ErrorInfo {
        code: "result_invalid".into(),
        message: format!("failed to read {place} as {name}{at}; write one valid document"),
    };
    let at =
        |error: &serde_json::Error| format!(" (line {}, column {})", error.line(), error.column());
    match format {
        OutputFormat::Text | OutputFormat::Json => {
            serde_json::from_slice(&found.bytes).map_err(|error| invalid("JSON", at(&error)))
        }
        OutputFormat::Jsonl => serde_json::Deserializer::from_slice(&found.bytes)
            .into_iter()
            .collect::<Result<Vec<Value>, _>>()
            .map(Value::Array)
            .map_err(|error| invalid("JSON", at(&error))),
        OutputFormat::Yaml => {
            let text = std::str::from_utf8(&found.bytes)
                .map_err(|_| invalid("YAML", " (it is not UTF-8)".into()))?;
            // YAML 1.2: `no` and `on` are words, and `017` keeps its zero.
            let options = serde_saphyr::options! {
                strict_booleans: true,
                leading_zero_numbers_as_strings: true,
            };
            // The parser's own messages may quote the text.
            serde_saphyr::from_str_with_options(text, options)
                .map_err(|_| invalid("YAML", String::new()))
        }
    }
}

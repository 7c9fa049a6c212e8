//! A value that stands nowhere else on the machine, and every form it could take.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A secret that can be recognised.
#[derive(Clone)]
pub(crate) struct Canary {
    value: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    pub(crate) fn new() -> Self {
        // Characters that every encoding writes differently.
        Self::of(format!("c\"n/{}+&ü", uuid::Uuid::new_v4().simple()))
    }

    /// One whose raw form survives any quoting.
    pub(crate) fn plain() -> Self {
        Self::of(format!("canary{}", uuid::Uuid::new_v4().simple()))
    }

    fn of(value: String) -> Self {
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        // The part in the middle is the same in every quoting.
        let middle: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let middle = middle.trim_start_matches("cn").to_owned();
        let mut forms = vec![
            ("raw", value.clone().into_bytes()),
            ("middle", middle.clone().into_bytes()),
            ("hex", hex.to_uppercase().into_bytes()),
            ("hex", hex.into_bytes()),
            ("reversed", value.chars().rev().collect::<String>().into_bytes()),
            ("UTF-16", value.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ];
        for skip in 0..3 {
            // However many bytes stand before it, one of these is in the base64 of it.
            let inside = &middle.as_bytes()[skip..];
            let whole = &inside[..inside.len() / 3 * 3];
            forms.push(("base64", STANDARD_NO_PAD.encode(whole).into_bytes()));
        }
        Self { value, forms }
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// The secrets document for `--secrets -`.
    pub(crate) fn document(&self) -> Vec<u8> {
        serde_json::json!({ "canary": self.value }).to_string().into_bytes()
    }

    /// The first form of it that stands in `text`.
    pub(crate) fn seen_in(&self, text: &[u8]) -> Option<&'static str> {
        let found = |form: &[u8]| memchr::memmem::find(text, form).is_some();
        self.forms.iter().find(|(_, form)| found(form)).map(|(name, _)| *name)
    }
}

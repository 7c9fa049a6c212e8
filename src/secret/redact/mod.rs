//! The redactor: what of an action's output may leave this process.
//!
//! Every byte of stdout, stderr, result and error passes here. A value is
//! looked for in every spelling that tools give it (see [`text`] and
//! [`encoded`]), at every position, and all that matches is united and replaced
//! by `***`; nothing of a secret remains, neither its ends nor its length.
//!
//! ```text
//! secrets ─► needles ─► heads ─► Index ─► candidates ─► Pattern::verify ─► spans ─► ***
//!            (forms)             (filter)               (text, hex, base64)
//! ```

mod encoded;
mod escape;
mod heads;
mod index;
mod json;
mod lines;
mod needle;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod verify;

use super::SecretSet;
use super::needles::Forms;
use index::Index;
use lines::Lines;
use needle::Needle;
use std::fmt;
use std::sync::{Arc, LazyLock};

pub use stream::RedactionStream;

/// What stands for a secret, whatever its length.
const MASK: &[u8] = b"***";

/// From so many forms on, the lines among them are looked for as they are only.
const MANY: usize = 8192;

/// Finds secrets in output and masks them. Cheap to clone.
///
/// ```
/// use aside::secret::{Redactor, Secret, SecretSet};
/// let secrets: SecretSet =
///     [("api_key", Secret::from_bytes(b"s3cr3t/k\xc3\xa9y".to_vec()))].into_iter().collect();
/// let redactor = Redactor::new(&secrets);
/// let output = r#"GET /?key=s3cr3t%2Fk%C3%A9y {"key": "s3cr3t\/k\u00e9y"}"#;
/// assert_eq!(redactor.redact_str(output), r#"GET /?key=*** {"key": "***"}"#);
/// ```
#[derive(Clone)]
pub struct Redactor {
    index: Arc<LazyIndex>,
    unmasked: Arc<[String]>,
    empty: bool,
}

/// Built when the first byte arrives: an action that says nothing doesn't pay, and
/// one that does is still starting up meanwhile.
type LazyIndex = LazyLock<Index, Box<dyn FnOnce() -> Index + Send>>;

impl Redactor {
    /// Prepares to look for these secrets.
    #[must_use]
    pub fn new(secrets: &SecretSet) -> Self {
        let Forms { forms, unmasked } = Forms::collect(secrets);
        let empty = forms.is_empty();
        let build = move || {
            let many = forms.len() > MANY;
            let (lines, others): (Vec<_>, Vec<_>) =
                forms.into_iter().partition(|form| form.line && many);
            let lines = Lines::new(lines.into_iter().map(|form| form.bytes).collect());
            let needles = others.into_iter().map(|form| Needle::new(form.bytes)).collect();
            Index::new(needles, lines)
        };
        let index: LazyIndex = LazyLock::new(Box::new(build));
        Self { index: Arc::new(index), unmasked: unmasked.into(), empty }
    }

    /// A redactor that masks nothing: the explicit way to opt out.
    #[must_use]
    pub fn passthrough() -> Self {
        Self::new(&SecretSet::new())
    }

    /// Secrets that are too short or too ordinary to be masked, by name, or by
    /// `name.path` for a part of a JSON secret.
    #[must_use]
    pub fn unmasked(&self) -> &[String] {
        &self.unmasked
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// Starts on a stream that arrives in pieces.
    #[must_use]
    pub fn stream(&self) -> RedactionStream {
        RedactionStream::new(Arc::clone(&self.index))
    }

    /// Redacts a whole buffer.
    #[must_use]
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        if self.is_empty() {
            return bytes.to_vec();
        }
        let mut out = Vec::with_capacity(bytes.len());
        stream::redact(&self.index, bytes, &mut out);
        out
    }

    /// Redacts a text, for example a message.
    #[must_use]
    pub fn redact_str(&self, text: &str) -> String {
        let redacted = self.redact(text.as_bytes());
        // A secret that isn't UTF-8 can have been cut out of a character.
        String::from_utf8(redacted)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Redacts the keys and strings of a JSON value. A number, array or object
    /// whose text is a secret becomes the string `***`.
    pub fn redact_json(&self, value: &mut serde_json::Value) {
        if !self.is_empty() {
            json::redact(self, value);
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("unmasked", &self.unmasked).finish_non_exhaustive()
    }
}

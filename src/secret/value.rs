//! One secret value.

use secrecy::{ExposeSecret, SecretSlice};
use std::fmt;
use zeroize::Zeroize;

/// What a secret's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text or arbitrary bytes; an action sees a string.
    Bytes,
    /// A JSON value that isn't a string, kept as its canonical compact text.
    Json,
}

/// A secret value, wiped from memory when dropped.
///
/// It has no `Display`, `Clone`, `Serialize` or `PartialEq`, and its `Debug`
/// shows nothing, so that a value can't reach a log by accident.
///
/// ```
/// use aside::secret::Secret;
/// let secret = Secret::from_bytes(b"hunter2-hunter2".to_vec());
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// ```
pub struct Secret {
    bytes: SecretSlice<u8>,
    kind: Kind,
}

impl Secret {
    /// Takes text or arbitrary bytes, kept exactly. The argument's own buffer
    /// is wiped.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::new(bytes, Kind::Bytes)
    }

    /// Takes canonical compact JSON; the caller has validated it.
    pub(super) fn from_canonical_json(text: Vec<u8>) -> Self {
        Self::new(text, Kind::Json)
    }

    fn new(mut bytes: Vec<u8>, kind: Kind) -> Self {
        // A boxed slice of exactly the right size: converting a vector with
        // spare capacity would reallocate and leave a copy behind unwiped.
        let exact: Box<[u8]> = Box::from(bytes.as_slice());
        bytes.zeroize();
        Self { bytes: SecretSlice::from(exact), kind }
    }

    /// The value. Clippy refuses calls to this outside the few places that
    /// must see it.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        self.bytes.expose_secret()
    }

    /// Whether the bytes are the value itself or JSON text.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The value's length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.expose_secret().len()
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

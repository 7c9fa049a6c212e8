//! The name of an action.

use std::fmt;

/// An action's reference, for example `pack.name` or a file's stem.
///
/// It is shown in logs and in the environment, so it holds no control
/// characters and at most 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActionRef(String);

/// The text can't name an action.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an action's name has 1 to 256 bytes and no control characters")]
pub struct InvalidActionRef;

impl ActionRef {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// When it is empty, longer than 256 bytes or holds control characters.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidActionRef> {
        let name = name.into();
        let fits = (1..=256).contains(&name.len());
        if fits && !name.chars().any(char::is_control) {
            Ok(Self(name))
        } else {
            Err(InvalidActionRef)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! The secrets of one execution, by name.

use super::Secret;
use std::collections::BTreeMap;
use std::fmt;

/// Secrets by name. `Debug` shows the names only.
#[derive(Default)]
pub struct SecretSet {
    by_name: BTreeMap<String, Secret>,
}

impl SecretSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret; one of the same name is replaced and wiped.
    pub fn insert(&mut self, name: impl Into<String>, secret: Secret) {
        self.by_name.insert(name.into(), secret);
    }

    /// Moves every secret of `other` into this set; where names meet, `other` wins.
    pub fn merge(&mut self, other: Self) {
        self.by_name.extend(other.by_name);
    }

    /// Looks up a secret by its exact name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.by_name.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Names and secrets, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.by_name.iter().map(|(name, secret)| (name.as_str(), secret))
    }

    /// How many secrets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

impl fmt::Debug for SecretSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl<N: Into<String>> FromIterator<(N, Secret)> for SecretSet {
    fn from_iter<I: IntoIterator<Item = (N, Secret)>>(pairs: I) -> Self {
        Self { by_name: pairs.into_iter().map(|(name, secret)| (name.into(), secret)).collect() }
    }
}

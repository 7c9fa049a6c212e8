//! Secrets from our own environment.
//!
//! The action never sees that environment: its own is built afresh.

use super::ProviderError;
use crate::secret::Secret;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStringExt;

/// Takes the exact bytes of one variable as the secret `name`.
///
/// # Errors
/// When the variable isn't set. An empty one is an empty secret.
pub fn secret(name: &str, variable: &OsStr) -> Result<Secret, ProviderError> {
    match std::env::var_os(variable) {
        Some(value) => Ok(Secret::from_bytes(value.into_vec())),
        None => {
            Err(ProviderError::Unset { secret: name.to_owned(), variable: variable.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_taken_whole_and_a_missing_one_named() {
        let home = std::env::var_os("PATH").unwrap();
        assert_eq!(secret("path", "PATH".as_ref()).unwrap().len(), home.len());
        let error = secret("to\nken", "ASIDE_NO_SUCH".as_ref()).unwrap_err();
        assert_eq!(error.code(), "secret_unset");
        assert!(error.to_string().starts_with(
            "take the secret \"to\\nken\" from the environment: the variable \"ASIDE_NO_SUCH\""
        ));
    }
}

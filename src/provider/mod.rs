//! Where secrets come from: files, standard input and our own environment.
//!
//! Values are read into buffers that are wiped, and no error holds one: errors
//! name the secret and the place.

pub mod env;
pub mod file;

use crate::secret::ParseError;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is read from where: `the secret "token" from "/run/token"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// One secret, or `None` for a whole set of them.
    pub secret: Option<String>,
    /// The place.
    pub place: Place,
}

/// Where bytes are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Our own standard input.
    Stdin,
    /// A file, a pipe, a device.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.secret {
            Some(name) => write!(f, "the secret {name:?} from ")?,
            None => f.write_str("the secrets from ")?,
        }
        match &self.place {
            Place::Stdin => f.write_str("standard input"),
            Place::File(path) => write!(f, "{path:?}"),
        }
    }
}

/// A secret that can't be had. Messages complete "failed to …"; none holds a value.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It can't be opened or read.
    #[error("read {origin}: {source}")]
    Read {
        /// What and where.
        origin: Origin,
        /// Why not.
        source: io::Error,
    },
    /// The place is a directory.
    #[error("read {0}: it is a directory; name a file in it")]
    Directory(Origin),
    /// It is larger than anything that is meant to be a secret.
    #[error("read {0}: it has more than {limit} MiB; hand large data over as a file", limit = file::LIMIT >> 20)]
    TooLarge(Origin),
    /// It isn't a JSON object of secrets.
    #[error("read {origin}: {source}")]
    Parse {
        /// What and where.
        origin: Origin,
        /// What is wrong with it.
        source: ParseError,
    },
    /// The variable isn't there.
    #[error(
        "take the secret {secret:?} from the environment: the variable {variable:?} is not set; export it, or read the secret from a file"
    )]
    Unset {
        /// The secret's name.
        secret: String,
        /// The variable's.
        variable: OsString,
    },
}

impl ProviderError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Directory(_) => "secret_unreadable",
            Self::TooLarge(_) => "secret_too_large",
            Self::Parse { .. } => "secrets_invalid",
            Self::Unset { .. } => "secret_unset",
        }
    }
}

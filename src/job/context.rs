//! Everything that one execution is given.

use super::{ActionRef, Limits};
use crate::secret::SecretSet;
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::path::PathBuf;

/// Where an action's code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file, run where it stands.
    Path(PathBuf),
    /// Source text, handed over in memory: it never touches a disk or an
    /// argument list. Python, shell and Node only.
    Inline(String),
}

/// What an action's stdout is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Logs; a result comes on descriptor 3.
    #[default]
    Text,
    /// One JSON document, the result.
    Json,
    /// JSON documents, one after the other; the result is the array of them.
    Jsonl,
    /// One YAML document, the result.
    Yaml,
}

/// One execution, ready to be run: what to run, with which parameters and
/// secrets, and within which limits.
///
/// Secrets are kept apart from the environment; no runtime ever moves one there.
///
/// ```
/// use aside::job::{Entry, ExecutionContext};
/// use aside::secret::Secret;
///
/// let mut context = ExecutionContext::new(Entry::Inline("print(get_secret('token'))".into()), "python");
/// context.secrets.insert("token", Secret::from_bytes(b"not-in-any-environment".to_vec()));
/// context.parameters.insert("count".into(), 3.into());
/// assert!(format!("{context:?}").contains("\"token\""));
/// assert!(!format!("{context:?}").contains("not-in-any"));
/// ```
#[derive(Debug)]
pub struct ExecutionContext {
    /// Unique; a time-ordered UUID by default.
    pub execution_id: String,
    /// The action's name.
    pub action_ref: ActionRef,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Which runtime runs it: `python`, `shell`, `node` or `native`.
    pub runtime_name: String,
    /// The code.
    pub entry_point: Entry,
    /// Arguments for the action, after its own name.
    pub arguments: Vec<OsString>,
    /// Parameters that aren't secret.
    pub parameters: Map<String, Value>,
    /// Variables to add to the built environment.
    pub env: Vec<(OsString, OsString)>,
    /// Secrets by name; they travel on stdin and nowhere else.
    pub secrets: SecretSet,
    /// The working directory; `None`: the execution's private home.
    pub working_dir: Option<PathBuf>,
    /// How stdout is to be read, where it carries the result.
    pub output_format: OutputFormat,
    /// Time and size limits.
    pub limits: Limits,
    /// Answer reads of `SECRET_<NAME>` inside the action from the frame.
    pub compat_env_secrets: bool,
}

impl ExecutionContext {
    /// A context with defaults: a new id, no secrets, no parameters, the
    /// standard [`Limits`]. The action is named after its file.
    #[must_use]
    pub fn new(entry_point: Entry, runtime_name: impl Into<String>) -> Self {
        let name = match &entry_point {
            Entry::Path(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            Entry::Inline(_) => None,
        };
        let inline = || ActionRef::new("inline").unwrap_or_else(|_| unreachable!("a valid name"));
        Self {
            execution_id: uuid::Uuid::now_v7().to_string(),
            action_ref: name.and_then(|name| ActionRef::new(name).ok()).unwrap_or_else(inline),
            attempt: 1,
            runtime_name: runtime_name.into(),
            entry_point,
            arguments: Vec::new(),
            parameters: Map::new(),
            env: Vec::new(),
            secrets: SecretSet::new(),
            working_dir: None,
            output_format: OutputFormat::Text,
            limits: Limits::default(),
            compat_env_secrets: false,
        }
    }
}

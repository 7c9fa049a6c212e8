//! The runtimes by name.

use super::{NativeRuntime, NodeRuntime, PythonRuntime, Runtime, RuntimeError, ShellRuntime};
use std::path::Path;
use std::sync::Arc;

/// The runtimes that an executor knows, in the order in which they are asked
/// whether a file is theirs.
#[derive(Debug, Clone)]
pub struct Registry {
    runtimes: Vec<Arc<dyn Runtime>>,
}

impl Default for Registry {
    /// Python, shell, Node and, for everything else, native.
    fn default() -> Self {
        let mut registry = Self { runtimes: Vec::new() };
        registry.register(Arc::new(PythonRuntime::default()));
        registry.register(Arc::new(ShellRuntime::default()));
        registry.register(Arc::new(NodeRuntime::default()));
        registry.register(Arc::new(NativeRuntime));
        registry
    }
}

impl Registry {
    /// Adds a runtime; one of the same name is replaced.
    pub fn register(&mut self, runtime: Arc<dyn Runtime>) {
        match self.runtimes.iter_mut().find(|known| known.name() == runtime.name()) {
            Some(known) => *known = runtime,
            None => self.runtimes.push(runtime),
        }
    }

    /// The runtime of that name.
    ///
    /// # Errors
    /// When there is none; the error lists those there are.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Runtime>, RuntimeError> {
        self.runtimes.iter().find(|runtime| runtime.name() == name).ok_or_else(|| {
            let known: Vec<_> = self.runtimes.iter().map(|runtime| runtime.name()).collect();
            RuntimeError::UnknownRuntime { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The runtime for a file, by its name's ending.
    #[must_use]
    pub fn for_path(&self, path: &Path) -> Option<&Arc<dyn Runtime>> {
        self.runtimes.iter().find(|runtime| runtime.claims(path))
    }
}

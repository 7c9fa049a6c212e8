//! JavaScript actions.

use super::{BoxFuture, Runtime, RuntimeError, entry, interpreter, wrapped};
use crate::job::{ExecutionContext, Launch};
use crate::wrappers::{self, NODE};
use std::path::{Path, PathBuf};

/// Runs `.mjs`, `.js` and `.cjs` files, and inline code, with Node.js.
#[derive(Debug, Clone, Default)]
pub struct NodeRuntime {
    /// The interpreter; `node` on the PATH when `None`.
    pub interpreter: Option<PathBuf>,
}

impl Runtime for NodeRuntime {
    fn name(&self) -> &'static str {
        "node"
    }

    fn claims(&self, path: &Path) -> bool {
        path.extension()
            .is_some_and(|extension| ["mjs", "js", "cjs"].iter().any(|known| extension == *known))
    }

    fn prepare<'a>(
        &'a self,
        context: &'a ExecutionContext,
    ) -> BoxFuture<'a, Result<Launch, RuntimeError>> {
        Box::pin(async move {
            let node = interpreter::find(self.interpreter.as_deref(), "node")?;
            let wrapper = wrappers::Store::open()?.install(NODE)?;
            let (action, code) = entry(context)?;
            Ok(wrapped(node, [wrapper.into(), action], code, context))
        })
    }
}

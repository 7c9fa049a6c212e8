//! From options to an execution: first everything is checked that can be judged by
//! the command line alone, then files, variables and standard input are read.

use super::args::{Args, Output};
use crate::job::{Entry, ErrorInfo, ExecutionContext, Limits};
use crate::provider::{self, Place, ProviderError};
use crate::runtime::{PythonRuntime, Registry};
use crate::secret::SecretSet;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A checked command line. Nothing has been read yet.
#[derive(Debug)]
pub(super) struct Inputs<'a> {
    args: &'a Args,
    secret: Vec<(String, Source)>,
    param: Vec<(String, Value)>,
    env: Vec<(OsString, OsString)>,
}

/// Where one secret comes from.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Variable(OsString),
}

impl<'a> Inputs<'a> {
    /// Splits what clap has left whole, so that no message of clap's shows it.
    ///
    /// # Errors
    /// Says what is wrong with the command line, without the part that is.
    pub(super) fn check(args: &'a Args) -> Result<Self, String> {
        let from_stdin = args.secrets.iter().chain(&args.params).filter(|path| is_stdin(path));
        if from_stdin.count() > 1 {
            return Err("standard input can be read once: only one of --secrets and --params \
                 can be `-`; put the others into files"
                .to_owned());
        }
        // Told before it is taken for a path, which an error would show.
        if args.secrets.iter().any(|path| path.as_os_str().as_bytes().starts_with(b"{")) {
            return Err(format!(
                "--secrets was given the secrets themselves, {EXPOSED}; write --secrets FILE, \
                 or --secrets - and pass them on standard input. {SEEN}"
            ));
        }
        Ok(Self {
            args,
            secret: args.secret.iter().map(|text| source(text)).collect::<Result<_, _>>()?,
            param: args.param.iter().map(|text| parameter(text)).collect::<Result<_, _>>()?,
            env: args.env.iter().map(|text| variable(text)).collect::<Result<_, _>>()?,
        })
    }

    /// The runtimes, with the interpreter that was asked for.
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        if let Some(python) = &self.args.python {
            registry.register(Arc::new(PythonRuntime::with_interpreter(python)));
        }
        registry
    }

    /// The execution as far as it can be told without reading anything.
    pub(super) fn context(&mut self, registry: &Registry) -> ExecutionContext {
        let args = self.args;
        let by_name = || registry.for_path(&args.action).map(|runtime| runtime.name());
        let runtime = args.runtime.map(|runtime| runtime.name()).or_else(by_name);
        let entry = Entry::Path(args.action.clone());
        ExecutionContext {
            arguments: args.args.clone(),
            env: std::mem::take(&mut self.env),
            working_dir: args.cwd.clone(),
            output_format: args.output_format.into(),
            limits: Limits {
                timeout: args.timeout,
                grace: args.grace,
                max_output: match args.output {
                    // It has been shown already.
                    Output::Human => 0,
                    Output::Json => args.max_output,
                },
                ..Limits::default()
            },
            compat_env_secrets: args.compat_env_secrets,
            ..ExecutionContext::new(entry, runtime.unwrap_or("native"))
        }
    }

    /// Reads secrets and parameters into the execution.
    ///
    /// # Errors
    /// When one can't be had.
    pub(super) fn read(self, context: &mut ExecutionContext) -> Result<(), ErrorInfo> {
        context.secrets = self.secrets().map_err(|error| ErrorInfo {
            code: error.code().to_owned(),
            message: format!("failed to {error}"),
        })?;
        if let Some(path) = &self.args.params {
            context.parameters = parameters(&place(path))?;
        }
        context.parameters.extend(self.param);
        Ok(())
    }

    fn secrets(&self) -> Result<SecretSet, ProviderError> {
        let mut secrets = SecretSet::new();
        for path in &self.args.secrets {
            secrets.merge(provider::file::set(place(path))?);
        }
        for (name, source) in &self.secret {
            let secret = match source {
                Source::File(path) => provider::file::secret(name, path)?,
                Source::Variable(variable) => provider::env::secret(name, variable)?,
            };
            secrets.insert(name, secret);
        }
        Ok(secrets)
    }
}

const EXPOSED: &str = "where every user of this machine can read it (ps shows argument lists)";
const SEEN: &str = "What has been typed here counts as seen by others: change it";

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn place(path: &Path) -> Place {
    if is_stdin(path) { Place::Stdin } else { Place::File(path.to_owned()) }
}

/// `NAME=@FILE` or `NAME=env:VAR`. What follows the first `=` is never repeated.
fn source(text: &OsStr) -> Result<(String, Source), String> {
    const FORMS: &str = "write --secret NAME=@FILE or --secret NAME=env:VAR";
    let Some((name, rest)) = split(text) else {
        return Err(format!("--secret: there is no `=` in it; {FORMS}"));
    };
    let Some(name) = name.to_str() else {
        return Err("--secret: the secret's name is not UTF-8; choose another".to_owned());
    };
    let rest = rest.as_bytes();
    let (source, missing) = if let Some(path) = rest.strip_prefix(b"@") {
        (Source::File(OsStr::from_bytes(path).into()), "a file's path after `@`")
    } else if let Some(variable) = rest.strip_prefix(b"env:") {
        (Source::Variable(OsStr::from_bytes(variable).into()), "a variable's name after `env:`")
    } else {
        return Err(format!(
            "--secret {name:?} was given its value itself, {EXPOSED}; {FORMS}, or use --secrets. \
             {SEEN}"
        ));
    };
    match &source {
        Source::File(path) if path.as_os_str().is_empty() => {}
        Source::Variable(name) if name.is_empty() => {}
        _ => return Ok((name.to_owned(), source)),
    }
    Err(format!("--secret {name:?} needs {missing}"))
}

/// `K=V`, with `V` as JSON where it can be.
fn parameter(text: &str) -> Result<(String, Value), String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("--param: there is no `=` in it; write --param K=V".to_owned());
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

/// `K=V`.
fn variable(text: &OsStr) -> Result<(OsString, OsString), String> {
    match split(text) {
        Some((name, _)) if name.is_empty() => Err("--env: the variable has no name".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("--env: there is no `=` in it; write --env K=V".to_owned()),
    }
}

/// At the first `=`.
fn split(text: &OsStr) -> Option<(&OsStr, &OsStr)> {
    let bytes = text.as_bytes();
    let at = bytes.iter().position(|&byte| byte == b'=')?;
    Some((OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..])))
}

/// Reads a JSON object of parameters.
fn parameters(place: &Place) -> Result<Map<String, Value>, ErrorInfo> {
    let shown = match place {
        Place::Stdin => "standard input".to_owned(),
        Place::File(path) => format!("{path:?}"),
    };
    let failed = |code: &str, why: String| ErrorInfo {
        code: code.to_owned(),
        message: format!("failed to read the parameters from {shown}: {why}"),
    };
    let text = match place {
        Place::Stdin => std::io::read_to_string(std::io::stdin()),
        Place::File(path) => std::fs::read_to_string(path),
    };
    let text = text.map_err(|error| failed("params_unreadable", error.to_string()))?;
    let invalid = |why| failed("params_invalid", why);
    let mut reader = serde_json::Deserializer::from_str(&text);
    let found = reader.deserialize_map(Object).and_then(|found| reader.end().map(|()| found));
    match found {
        Ok(Ok(map)) => Ok(map),
        Ok(Err(twice)) => Err(invalid(format!("{twice:?} is given twice; keep one of them"))),
        // The parser's own words may quote the text.
        Err(error) if error.is_data() => Err(invalid(
            "they are not a JSON object; write one, for example {\"name\": \"Ada\"}".to_owned(),
        )),
        Err(error) => Err(invalid(format!(
            "they are not valid JSON (line {}, column {}); write one object, for example \
             {{\"name\": \"Ada\"}}",
            error.line(),
            error.column()
        ))),
    }
}

/// Reads an object, and finds a name that stands in it twice.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Result<Map<String, Value>, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut map, mut twice) = (Map::new(), None);
        while let Some((name, value)) = entries.next_entry::<String, Value>()? {
            if map.contains_key(&name) {
                twice.get_or_insert(name);
            } else {
                map.insert(name, value);
            }
        }
        Ok(twice.map_or(Ok(map), Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_split_at_the_first_equals_sign() {
        let file = |path: &str| Source::File(path.into());
        assert_eq!(source("a=@x=y".as_ref()), Ok(("a".into(), file("x=y"))));
        assert_eq!(source("=@f".as_ref()), Ok((String::new(), file("f"))));
        assert_eq!(source("$(x)]\n=@f".as_ref()), Ok(("$(x)]\n".into(), file("f"))));
        let variable = Source::Variable("V".into());
        assert_eq!(source("a=env:V".as_ref()), Ok(("a".into(), variable)));
        for text in ["a=@", "a=env:", "a"] {
            assert!(source(text.as_ref()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_in_the_argument_list_is_refused_unseen() {
        for text in ["token=hunter2", "hunter2", "token=ENV:hunter2", "token=file:hunter2"] {
            let message = source(text.as_ref()).unwrap_err();
            assert!(!message.contains("hunter2"), "{message}");
            assert!(message.contains("NAME=@FILE"), "{message}");
        }
    }

    #[test]
    fn a_parameter_is_json_where_it_can_be() {
        let value = |text: &str| parameter(text).unwrap().1;
        assert_eq!(value("n=5"), serde_json::json!(5));
        assert_eq!(value("n=\"5\""), serde_json::json!("5"));
        assert_eq!(value("n=[1,{}]"), serde_json::json!([1, {}]));
        assert_eq!(value("n=Ada Lovelace"), serde_json::json!("Ada Lovelace"));
        assert_eq!(value("n=a=b"), serde_json::json!("a=b"));
        assert_eq!(value("n="), serde_json::json!(""));
        assert!(parameter("n").is_err());
    }
}

//! The environment of an action: built, never inherited.

use super::home::PrivateHome;
use super::{Policy, SandboxError};
use crate::job::{ExecutionContext, Launch};
use crate::sys::spawn::c_string;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::sync::OnceLock;

/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Taken over from our own environment: language and time zone. By name, since a
/// prefix such as `LC_` is also how sshd lets anything through.
const TAKEN_OVER: [&str; 15] = [
    "LANG",
    "LC_ADDRESS",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_IDENTIFICATION",
    "LC_MEASUREMENT",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NAME",
    "LC_NUMERIC",
    "LC_PAPER",
    "LC_TELEPHONE",
    "LC_TIME",
    "TZ",
];

/// Names that make a loader, a shell or an interpreter run or read something else
/// than the action's author meant.
const HIJACKING: [&str; 45] = [
    "BASHOPTS",
    "BASH_COMPAT",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "BASH_XTRACEFD",
    "CDPATH",
    "CLASSPATH",
    "ENV",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GIO_EXTRA_MODULES",
    "GLIBC_TUNABLES",
    "GLOBIGNORE",
    "HOSTALIASES",
    "IFS",
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LOCALDOMAIN",
    "LOCPATH",
    "MALLOC_TRACE",
    "NIS_PATH",
    "NLSPATH",
    "NODE_CHANNEL_FD",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "NODE_V8_COVERAGE",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PROMPT_COMMAND",
    "PS4",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "RUBYLIB",
    "RUBYOPT",
    "SHELLOPTS",
    "TMPPREFIX",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];
const HIJACKING_PREFIXES: [&str; 4] = ["LD_", "DYLD_", "BASH_FUNC_", "PYTHON"];
/// `PYTHON…` variables that change nothing about what is run.
const HARMLESS: [&str; 5] = [
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
];

/// A variable that an execution may not set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RefusedVariable {
    /// It would hijack a loader or an interpreter.
    #[error(
        "set {0}: it can make a loader or an interpreter run other code; remove it, or allow it by name in the worker's policy"
    )]
    Hijacking(String),
    /// It belongs to the protocol.
    #[error("set {0}: names that begin with ASIDE_ belong to the protocol; choose another")]
    Reserved(String),
    /// It isn't a name that an environment can hold.
    #[error(
        "set the variable {0:?}: a name is not empty and holds neither `=` nor NUL, a value holds no NUL"
    )]
    Malformed(String),
}

/// Whether a variable of this name could hijack a loader or an interpreter.
#[must_use]
pub fn is_hijacking(name: &str) -> bool {
    if HARMLESS.contains(&name) {
        return false;
    }
    HIJACKING.contains(&name) || HIJACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Builds the whole environment as `NAME=value` strings.
pub(super) fn build(
    policy: &Policy,
    context: &ExecutionContext,
    launch: &Launch,
    home: Option<&PrivateHome>,
) -> Result<Vec<CString>, SandboxError> {
    let mut env: BTreeMap<OsString, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: &OsStr| env.insert(name.into(), value.into());
    set("PATH", OsStr::new(PATH));
    set("LANG", OsStr::new("C.UTF-8"));
    for (name, value) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if TAKEN_OVER.contains(&text) {
            set(text, &value);
        }
    }
    set("USER", user_name());
    set("LOGNAME", user_name());
    match home {
        Some(home) => {
            set("HOME", home.path().as_os_str());
            set("TMPDIR", home.tmp().as_os_str());
        }
        None => {
            set("HOME", &std::env::var_os("HOME").unwrap_or_else(|| "/".into()));
            set("TMPDIR", std::env::temp_dir().as_os_str());
        }
    }
    for (name, value) in &context.env {
        check(policy, name, value)?;
        env.insert(name.clone(), value.clone());
    }
    env.extend(launch.env.iter().cloned());
    env.insert("ASIDE_PROTOCOL".into(), "1".into());
    env.insert("ASIDE_EXECUTION_ID".into(), context.execution_id.clone().into());
    env.insert("ASIDE_ACTION".into(), context.action_ref.as_str().into());
    env.insert("ASIDE_RESULT_FD".into(), "3".into());
    env.into_iter()
        .map(|(mut pair, value)| {
            pair.push("=");
            pair.push(value);
            c_string(pair).ok_or(SandboxError::Nul("a variable"))
        })
        .collect()
}

fn check(policy: &Policy, name: &OsStr, value: &OsStr) -> Result<(), RefusedVariable> {
    use std::os::unix::ffi::OsStrExt;
    let shown = name.to_string_lossy().into_owned();
    let bytes = name.as_bytes();
    if bytes.is_empty()
        || bytes.contains(&b'=')
        || bytes.contains(&0)
        || value.as_bytes().contains(&0)
    {
        return Err(RefusedVariable::Malformed(shown));
    }
    if shown.starts_with("ASIDE_") {
        return Err(RefusedVariable::Reserved(shown));
    }
    if is_hijacking(&shown) && !policy.allowed_variables.contains(&shown) {
        return Err(RefusedVariable::Hijacking(shown));
    }
    Ok(())
}

/// Our user's name: `$USER`, else by `/etc/passwd`, else the number.
fn user_name() -> &'static OsStr {
    static NAME: OnceLock<OsString> = OnceLock::new();
    NAME.get_or_init(|| {
        if let Some(user) = std::env::var_os("USER").filter(|user| !user.is_empty()) {
            return user;
        }
        let uid = rustix::process::getuid().as_raw().to_string();
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let named = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == uid).then(|| name.to_owned())
        });
        named.unwrap_or(uid).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hijackers_are_refused_and_look_alikes_are_not() {
        let policy = Policy { allowed_variables: vec!["NODE_OPTIONS".into()], ..Policy::default() };
        let check = |name: &str| check(&policy, name.as_ref(), "1".as_ref());
        for name in ["LD_PRELOAD", "BASH_ENV", "ENV", "PYTHONSTARTUP", "PERL5OPT", "BASH_FUNC_x%%"]
        {
            assert_eq!(check(name), Err(RefusedVariable::Hijacking(name.into())));
        }
        assert_eq!(check("NODE_OPTIONS"), Ok(()));
        assert_eq!(check("ENVIRONMENT"), Ok(()));
        assert_eq!(check("PYTHONUNBUFFERED"), Ok(()));
        assert_eq!(check("ASIDE_X"), Err(RefusedVariable::Reserved("ASIDE_X".into())));
        assert_eq!(check("A=B"), Err(RefusedVariable::Malformed("A=B".into())));
        assert_eq!(check(""), Err(RefusedVariable::Malformed(String::new())));
    }
}

//! The options of `aside run`. Help and the manual are made from this file.

use super::values::{parse_grace, parse_size, parse_timeout};
use crate::cli::exit;
use crate::job::{self, OutputFormat};
use crate::sandbox;
use clap::ValueEnum;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  aside run greet.py --secrets secrets.json --param name=Ada
  vault kv get -format=json -field=data app | aside run deploy.sh --secrets -
  aside run deploy.sh --secret token=@/run/secrets/token --secret key=env:API_KEY
  aside run report.mjs --timeout 1m30s --output json | jq .result
  aside run ./backup --cwd . -- --verbose /srv";

/// Run one action with its secrets on stdin
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(long_about = "\
Run one action with its secrets on stdin.

The action gets its secrets as one JSON line on its stdin, and its parameters as a \
second one; get_secret and get_param in Python, shell and Node read them. What it \
writes is shown with every secret masked, and ended with it is everything that it \
started.")]
pub(in crate::cli) struct Args {
    /// The file to run: .py, .sh, .mjs, .js, or any executable
    ///
    /// The ending of its name decides what runs it; --runtime overrules that.
    pub(super) action: PathBuf,

    /// Arguments for the action
    ///
    /// They stand in the argument list, where every user of the machine can read
    /// them. A secret found in one stops the launch.
    #[arg(last = true, value_name = "ARGS")]
    pub(super) args: Vec<OsString>,

    /// Secrets: a JSON object in FILE, or on standard input (-)
    ///
    /// Each key is a secret's name; a value may be any JSON value. Can be given
    /// several times: a later secret replaces an earlier one of the same name, and
    /// --secret goes before --secrets.
    #[arg(long, value_name = "FILE|-", help_heading = "Secrets")]
    pub(super) secrets: Vec<PathBuf>,

    /// One secret: NAME=@FILE, or NAME=env:VAR
    ///
    /// NAME=@FILE takes the exact bytes of a file, a final newline included;
    /// NAME=env:VAR takes a variable of aside's own environment, which the action
    /// doesn't see. NAME ends at the first `=`. A value itself can't stand here:
    /// the argument list is open to every user of the machine.
    #[arg(long, value_name = "NAME=SOURCE", help_heading = "Secrets")]
    #[arg(allow_hyphen_values = true)]
    pub(super) secret: Vec<OsString>,

    /// Leave secrets readable in output and result
    #[arg(long, help_heading = "Secrets")]
    pub(super) no_redact: bool,

    /// Answer reads of SECRET_* variables inside the action
    ///
    /// A help for moving old actions: os.environ["SECRET_API_KEY"],
    /// $SECRET_API_KEY and process.env.SECRET_API_KEY work, with a warning, inside
    /// the action only. They are never in its real environment.
    #[arg(long, help_heading = "Secrets")]
    pub(super) compat_env_secrets: bool,

    /// One parameter; V is JSON where it can be, else a string
    ///
    /// Can be given several times and replaces what --params says. K ends at the
    /// first `=`. To pass a string that is also JSON, quote it: n='"5"'.
    #[arg(long, value_name = "K=V", help_heading = "Input", allow_hyphen_values = true)]
    pub(super) param: Vec<String>,

    /// Parameters: a JSON object in FILE, or on standard input (-)
    #[arg(long, value_name = "FILE|-", help_heading = "Input")]
    pub(super) params: Option<PathBuf>,

    /// One environment variable for the action
    ///
    /// An action's environment is built, not inherited: PATH, HOME, TMPDIR, LANG,
    /// LC_*, TZ, USER, LOGNAME, ASIDE_* and what is given here. Variables that
    /// make a loader or an interpreter run other code (LD_PRELOAD, BASH_ENV,
    /// PYTHONPATH, NODE_OPTIONS…) are refused.
    #[arg(long, value_name = "K=V", help_heading = "Input")]
    pub(super) env: Vec<OsString>,

    /// End the action after this time, for example 30s, 1m30s, 500ms, 2h
    ///
    /// Counted from the start, preparation included. Without it there is no limit.
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout, help_heading = "Limits")]
    #[arg(allow_hyphen_values = true)]
    pub(super) timeout: Option<Duration>,

    /// How long the action may take to end before it is killed
    ///
    /// It begins with the TERM signal, after a timeout or Ctrl-C; also, what an
    /// action leaves running when it exits has this long. 0s kills at once.
    #[arg(long, value_name = "DURATION", value_parser = parse_grace, help_heading = "Limits")]
    #[arg(default_value = "5s", allow_hyphen_values = true)]
    pub(super) grace: Duration,

    /// How much of stdout and of stderr --output json keeps, each
    ///
    /// For example 512KiB, 10MiB, or a number of bytes. Of longer output the first
    /// and the last half of this are kept, and a line between says how much is
    /// missing.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Limits")]
    #[arg(default_value = "10MiB")]
    pub(super) max_output: usize,

    /// The action's working directory; its private home when not given
    ///
    /// `--cwd .` runs it where you are, and so does `--home inherit` without it.
    #[arg(long, value_name = "DIR", help_heading = "Surroundings")]
    pub(super) cwd: Option<PathBuf>,

    /// Whose HOME and TMPDIR the action gets
    #[arg(long, value_enum, default_value = "private", help_heading = "Surroundings")]
    pub(super) home: Home,

    /// What runs the action; by its file's ending when not given
    #[arg(long, value_enum, help_heading = "Surroundings")]
    pub(super) runtime: Option<Runtime>,

    /// The Python interpreter, a virtual environment's too; python3 on the PATH
    /// when not given
    #[arg(long, value_name = "PATH", help_heading = "Surroundings")]
    pub(super) python: Option<PathBuf>,

    /// How the outcome is told
    #[arg(long, value_enum, default_value = "human", help_heading = "Output")]
    pub(super) output: Output,

    /// What the action's stdout is; all but text make it the result
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    pub(super) output_format: Format,

    /// How much aside says about itself on stderr
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Output")]
    #[arg(default_value = "warn")]
    pub(super) log: Log,
}

/// Whose home an action gets.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Home {
    /// An empty one, removed afterwards
    Private,
    /// Yours
    Inherit,
}

impl From<Home> for sandbox::HomeMode {
    fn from(home: Home) -> Self {
        match home {
            Home::Private => Self::Private,
            Home::Inherit => Self::Inherit,
        }
    }
}

/// A runtime by name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Runtime {
    /// CPython 3.8 or later
    Python,
    /// bash
    Shell,
    /// Node.js
    Node,
    /// The file itself, which reads its stdin itself
    Native,
}

impl Runtime {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Shell => "shell",
            Self::Node => "node",
            Self::Native => "native",
        }
    }
}

/// How an outcome is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// The action's stdout and stderr as they come, then one line on stderr
    Human,
    /// One JSON document on stdout
    Json,
}

/// What an action's stdout is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// Logs; a result comes from set_result or descriptor 3
    Text,
    /// One JSON document
    Json,
    /// JSON documents, one after the other
    Jsonl,
    /// One YAML document
    Yaml,
}

impl From<Format> for job::OutputFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => OutputFormat::Text,
            Format::Json => OutputFormat::Json,
            Format::Jsonl => OutputFormat::Jsonl,
            Format::Yaml => OutputFormat::Yaml,
        }
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Log {
    /// Nothing
    Off,
    /// What failed
    Error,
    /// What should be looked at
    Warn,
    /// What is done
    Info,
    /// What is done, in detail
    Debug,
    /// Everything
    Trace,
}

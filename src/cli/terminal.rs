//! Where a person may be watching: output as it comes, a note of the time that
//! passes, and our own lines, all without spoiling one another.

use super::output::Out;
use crate::executor::{LiveChunk, Stream};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

const CLEAR_LINE: &str = "\r\x1b[K";

/// Whether the indicator stands on the terminal now; the log looks at it too.
static INDICATED: AtomicBool = AtomicBool::new(false);

/// Our stdout and stderr, the only writer to both while an action runs.
#[derive(Debug)]
pub(super) struct Screen {
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    indicates: bool,
    coloured: bool,
    /// The cursor stands at the beginning of a line, as far as we know.
    at_line_start: bool,
}

impl Screen {
    pub(super) fn open() -> Self {
        let stderr_is_terminal = Out::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            stdout_is_terminal: Out::stdout().is_terminal(),
            stderr_is_terminal,
            indicates: stderr_is_terminal && !dumb,
            coloured: stderr_is_terminal && !dumb && !plain,
            at_line_start: true,
        }
    }

    /// Whether a person reads our stderr.
    pub(super) fn is_watched(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Whether escape sequences may be used in our own lines.
    pub(super) fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Whether the indicator would disturb nothing.
    pub(super) fn has_room(&self) -> bool {
        self.indicates && self.at_line_start
    }

    /// Passes on what the action wrote, to the byte.
    pub(super) fn pass(&mut self, chunk: &LiveChunk) -> io::Result<()> {
        erase();
        let (mut out, shown) = match chunk.stream {
            Stream::Stdout => (Out::stdout(), self.stdout_is_terminal),
            Stream::Stderr => (Out::stderr(), self.stderr_is_terminal),
        };
        if shown && let Some(&last) = chunk.bytes.last() {
            self.at_line_start = last == b'\n';
        }
        out.write_all(&chunk.bytes)
    }

    /// Shows `text` for now, on one line, in place of what was shown before.
    pub(super) fn indicate(&mut self, text: &str) {
        if !self.has_room() {
            return;
        }
        // A line that wraps can't be erased. Most characters are one column wide,
        // and none is wider than two.
        let room = Out::stderr().columns().unwrap_or(80) / 2;
        let text: String = text.chars().take(room).collect();
        let (dim, normal) = if self.coloured { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        INDICATED.store(true, Ordering::Relaxed);
        let _ = Out::stderr().write_all(format!("{CLEAR_LINE}{dim}{text}{normal}").as_bytes());
    }

    /// Writes a line of our own to stderr.
    pub(super) fn say(&mut self, line: &str) {
        erase();
        // Not behind half a line of the action's.
        let before = if self.at_line_start || !self.stderr_is_terminal { "" } else { "\n" };
        self.at_line_start = true;
        // Where nobody listens, nothing is said.
        let _ = Out::stderr().write_all(format!("{before}{line}\n").as_bytes());
    }
}

/// Takes the indicator away, if there is one.
fn erase() {
    if INDICATED.swap(false, Ordering::Relaxed) {
        let _ = Out::stderr().write_all(CLEAR_LINE.as_bytes());
    }
}

/// A way to stderr for the log, which doesn't run into the indicator.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogLine;

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        erase();
        Out::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

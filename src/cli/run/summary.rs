//! The outcome in one line, for people.

use crate::job::{JobState, Outcome};
use serde_json::Value;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

/// The most characters of a result that are shown.
const RESULT_LENGTH: usize = 200;

/// How the line is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// For files and pipes.
    Plain,
    /// For a terminal.
    Terminal,
    /// For a terminal with colours.
    Coloured,
}

/// The line, without its end.
pub(super) fn line(outcome: &Outcome, style: Style, redacted: bool) -> String {
    if let (JobState::Error | JobState::Lost, Some(error)) = (outcome.state, &outcome.error) {
        return format!("aside: {}", printable(&error.message));
    }
    let succeeded = outcome.state == JobState::Succeeded;
    let took = elapsed(outcome.timings.total);
    let end = match outcome.state {
        JobState::Succeeded => format!("succeeded in {took}"),
        JobState::TimedOut => format!("timed out after {took}"),
        JobState::Cancelled => format!("was cancelled after {took}"),
        _ => match (outcome.exit_code, outcome.signal) {
            (_, Some(signal)) => format!("failed ({}) in {took}", signal_name(signal)),
            (Some(code), _) => format!("failed (exit {code}) in {took}"),
            (None, None) => format!("failed in {took}"),
        },
    };
    let mark = match (style, succeeded) {
        (Style::Plain, _) => "aside:",
        (Style::Terminal, true) => "✓",
        (Style::Terminal, false) => "✗",
        (Style::Coloured, true) => "\x1b[32m✓\x1b[0m",
        (Style::Coloured, false) => "\x1b[31m✗\x1b[0m",
    };
    let separator = if style == Style::Plain { ";" } else { " ·" };
    let mut line = format!("{mark} {} {end}", printable(&outcome.action));
    let mut add = |text: &str| {
        let _ = write!(line, "{separator} {text}");
    };
    if let (JobState::Failed, Some(error)) = (outcome.state, &outcome.error) {
        add(&printable(&error.message));
    }
    if let Some(result) = &outcome.result {
        add(&format!("result {}", short(result)));
    }
    if !redacted {
        add("secrets not masked: --no-redact");
    } else if !outcome.unmasked.is_empty() {
        let names: Vec<String> = outcome.unmasked.iter().map(|name| shown(name)).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        add(&format!("{} secret{plural} not masked: {}", names.len(), names.join(", ")));
    }
    line
}

fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "HUP",
        libc::SIGINT => "INT",
        libc::SIGQUIT => "QUIT",
        libc::SIGILL => "ILL",
        libc::SIGTRAP => "TRAP",
        libc::SIGABRT => "ABRT",
        libc::SIGBUS => "BUS",
        libc::SIGFPE => "FPE",
        libc::SIGKILL => "KILL",
        libc::SIGSEGV => "SEGV",
        libc::SIGPIPE => "PIPE",
        libc::SIGALRM => "ALRM",
        libc::SIGTERM => "TERM",
        libc::SIGXCPU => "XCPU",
        libc::SIGXFSZ => "XFSZ",
        libc::SIGSYS => "SYS",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal}, {name}")
}

/// A name as it is where it is plain, else in quotes with escapes.
fn shown(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { format!("{name:?}") }
}

/// Without anything that would move the cursor or begin a new line.
fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c.is_control() {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
        out
    })
}

/// The beginning of a result as compact JSON. Not more of it is written than shown.
fn short(result: &Value) -> String {
    struct Beginning(Vec<u8>);
    impl io::Write for Beginning {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Four bytes make the longest character.
            if self.0.len() > RESULT_LENGTH * 4 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            let room = (RESULT_LENGTH * 4 + 1 - self.0.len()).min(bytes.len());
            self.0.extend_from_slice(&bytes[..room]);
            Ok(room)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut beginning = Beginning(Vec::new());
    let whole = serde_json::to_writer(&mut beginning, result).is_ok();
    let text = String::from_utf8_lossy(&beginning.0);
    if whole && text.chars().count() <= RESULT_LENGTH {
        return printable(&text);
    }
    let cut: String = text.chars().take(RESULT_LENGTH - 1).collect();
    format!("{}…", printable(&cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_readable() {
        let cases = [(12, "12 ms"), (1234, "1.2 s"), (61_000, "1 min 01 s")];
        for (millis, text) in cases {
            assert_eq!(elapsed(Duration::from_millis(millis)), text);
        }
        assert_eq!(elapsed(Duration::from_secs(7260)), "2 h 01 min");
    }

    #[test]
    fn a_result_is_cut_and_never_moves_the_cursor() {
        assert_eq!(short(&json!({"a": [1, "x"]})), r#"{"a":[1,"x"]}"#);
        assert_eq!(short(&json!("\u{9b}31m")), "\"\\u{9b}31m\"");
        for long in [json!("é".repeat(5000)), json!("x".repeat(200)), json!(vec!["🎭"; 999])] {
            let text = short(&long);
            assert_eq!(text.chars().count(), RESULT_LENGTH, "{text}");
            assert!(text.ends_with('…') && !text.contains('\u{fffd}'));
        }
        assert_eq!(short(&json!("x".repeat(198))).chars().count(), RESULT_LENGTH);
    }

    #[test]
    fn odd_names_are_quoted() {
        assert_eq!(shown("api_key"), "api_key");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("a\nb, c"), "\"a\\nb, c\"");
    }
}

//! What a person sees: on a real pseudo-terminal, which `script` (util-linux) makes.

use crate::support::{ASIDE, Aside, Done, Place};
use std::io::Write;
use std::process::Stdio;

/// Runs `aside run WORDS` on a terminal.
fn on_terminal(place: &Place, words: &str, env: &[(&str, &str)]) -> Done {
    command(place, words, env).done()
}

fn command(place: &Place, words: &str, env: &[(&str, &str)]) -> Aside {
    let mut script = Aside::new("script").arg("-qec").arg(format!("{ASIDE} run {words}"));
    script.command.arg("/dev/null").current_dir(place.path()).env("TERM", "xterm");
    env.iter().fold(script, |script, (name, value)| script.env(name, value))
}

/// What is on the screen in the end: a terminal as far as we use one.
fn screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (mut lines, mut column) = (vec![Vec::new()], 0);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let line = lines.last_mut().unwrap();
        match c {
            '\r' => column = 0,
            '\n' => {
                lines.push(Vec::new());
                column = 0;
            }
            '\u{1b}' => {
                let sequence: String = rest.by_ref().take_while(|c| !c.is_alphabetic()).collect();
                if sequence == "[" {
                    // The one that ends in K, since colours have numbers.
                    line.truncate(column);
                }
            }
            c => {
                line.truncate(column.max(line.len()));
                if column < line.len() {
                    line[column] = c
                } else {
                    line.push(c)
                }
                column += 1;
            }
        }
    }
    lines.iter().map(|line| line.iter().collect()).collect()
}

#[test]
fn the_summary_has_a_mark_and_colours() {
    let place = Place::new();
    place.action("greet", "echo hello; exit $1");
    let done = on_terminal(&place, "greet -- 0", &[]);
    let text = done.exits(0).stdout();
    assert!(text.starts_with("hello\r\n\u{1b}[32m✓\u{1b}[0m greet succeeded in "), "{text:?}");
    let done = on_terminal(&place, "greet -- 3", &[("NO_COLOR", "1")]);
    let text = done.exits(3).stdout();
    assert!(text.starts_with("hello\r\n✗ greet failed (exit 3) in "), "{text:?}");
    let done = on_terminal(&place, "greet -- 3", &[("TERM", "dumb")]);
    assert!(!done.exits(3).stdout().contains('\u{1b}'), "{done:?}");
}

#[test]
fn the_time_is_shown_in_silence_and_gone_before_output() {
    let place = Place::new();
    place.action("quiet", "echo one; sleep 1.7; echo two; sleep 1.3");
    let done = on_terminal(&place, "quiet", &[]);
    let text = done.exits(0).stdout();
    assert!(text.contains("quiet · 1 s"), "{text:?}");
    assert!(text.contains("quiet · 2 s") || text.contains("quiet · 3 s"), "{text:?}");
    let screen = screen(&done.stdout);
    assert_eq!(screen[..2], ["one", "two"], "{text:?}");
    assert!(screen[2].contains("✓ quiet succeeded in 3."), "{screen:?}");
    assert_eq!(screen[3..], [""], "{screen:?}");
}

#[test]
fn half_a_line_is_left_alone() {
    let place = Place::new();
    place.action("prompt", "printf 'downloading... '; sleep 1.6; printf done");
    let done = on_terminal(&place, "prompt", &[]);
    let text = done.exits(0).stdout();
    assert!(text.starts_with("downloading... done\r\n"), "{text:?}");
    assert!(!text.contains("prompt ·") && !text.contains("\u{1b}[K"), "{text:?}");
}

#[test]
fn where_only_stderr_is_a_terminal_stdout_stays_pure() {
    let place = Place::new();
    place.action("quiet", "printf half; sleep 1.3; echo end");
    let done = on_terminal(&place, "quiet > out", &[]);
    assert!(done.exits(0).stdout().contains("quiet · 1 s"), "{done:?}");
    let out = std::fs::read_to_string(place.path().join("out")).unwrap();
    assert_eq!(out, "halfend\n");
}

#[test]
fn nothing_moves_where_nobody_watches_or_a_document_is_made() {
    let place = Place::new();
    let action = place.action("quiet", "sleep 1.3; echo end");
    let done = place.run(&action).env("TERM", "xterm").done();
    assert!(!done.stderr.contains('\u{1b}') && !done.stderr.contains('\r'), "{done:?}");
    let done = on_terminal(&place, "quiet --output json > out", &[]);
    assert_eq!(done.exits(0).stdout(), "");
}

#[test]
fn ctrl_c_says_how_to_go_on() {
    let place = Place::new();
    let body = "trap 'echo cleaning up' TERM; touch ready; while :; do sleep 0.1; done";
    place.action("stubborn", body);
    let mut run = command(&place, "stubborn --cwd . --grace 50s", &[]);
    run.command.stdin(Stdio::piped());
    let mut started = run.start();
    started.until(&place.path().join("ready"));
    let mut keyboard = started.child.stdin.take().unwrap();
    keyboard.write_all(b"\x03").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    keyboard.write_all(b"\x03").unwrap();
    let done = started.done();
    let text = done.exits(130).stdout();
    assert!(text.contains("aside: cancelling; press Ctrl-C again to kill\r\n"), "{text:?}");
    assert!(text.contains("cleaning up\r\n"), "{text:?}");
    assert!(text.contains("stubborn was cancelled after"), "{text:?}");
}

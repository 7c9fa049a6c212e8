//! Help, manual and completions come from one definition and say the same.

use crate::support::Place;
use std::fs;

const OPTIONS: [&str; 18] = [
    "--secrets",
    "--secret",
    "--param",
    "--params",
    "--env",
    "--timeout",
    "--grace",
    "--cwd",
    "--runtime",
    "--python",
    "--output",
    "--output-format",
    "--max-output",
    "--no-redact",
    "--compat-env-secrets",
    "--home",
    "--log",
    "--help",
];

/// Words without layout, hyphens as the manual writes them undone.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Manual source without its markup.
fn plain(roff: &str) -> String {
    let lines = roff.lines().map(|line| {
        let line = line.strip_prefix(".TP").or(line.strip_prefix(".RS")).unwrap_or(line);
        let line = line.strip_prefix(".SH ").unwrap_or(line);
        if line.starts_with('.') { "" } else { line }
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    ["\\fB", "\\fI", "\\fR", "\\&"]
        .iter()
        .fold(text, |text, markup| text.replace(markup, ""))
        .replace("\\-", "-")
        .replace("\\*(Aq", "'")
        .replace("\\(aq", "'")
        .replace("\\\\", "\\")
}

fn options(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let starts = text
        .match_indices("--")
        .filter(|(at, _)| text[..*at].chars().next_back().is_none_or(char::is_whitespace));
    let mut found: Vec<String> = starts
        .map(|(at, _)| text[at..].chars().take_while(|c| is_part(*c)).collect::<String>())
        .filter(|name| name.len() > 2)
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn help_lists_every_option_and_nothing_else() {
    let place = Place::new();
    let help = place.aside().with("run --help").done();
    let lines = help
        .stdout()
        .lines()
        .filter(|line| line.trim_start().starts_with("--") || line.trim_start().starts_with("-h"));
    let listed: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut expected = OPTIONS.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(options(&listed), expected);
    for heading in ["Secrets:", "Input:", "Limits:", "Surroundings:", "Output:", "Exit codes:"] {
        assert!(help.stdout().lines().any(|line| line == heading), "{heading}");
    }
    for code in ["124", "125", "126", "127", "128+n"] {
        assert!(help.stdout().contains(&format!("  {code}")), "{code}");
    }
    let short = place.aside().with("run -h").done();
    assert!(short.stdout().contains("Examples:") && !short.stdout().contains("Exit codes:"));
}

#[test]
fn the_manual_says_all_that_help_says() {
    let place = Place::new();
    place.aside().with("man man1").done().exits(0);
    for (page, command) in [
        ("aside.1", "--help"),
        ("aside-run.1", "run --help"),
        ("aside-man.1", "man --help"),
        ("aside-completions.1", "completions --help"),
    ] {
        let roff = fs::read_to_string(place.path().join("man1").join(page)).unwrap();
        let manual = words(&plain(&roff)).join(" ");
        let help = place.aside().with(command).env("COLUMNS", "1000").done();
        for line in help.exits(0).stdout().lines().map(str::trim) {
            let is_text = line.len() > 40 && line.contains(' ') && !line.starts_with("Usage:");
            // These are laid out in another way.
            let lists = ["-", "<", "[", "run ", "completions ", "man "];
            let listed = lists.iter().any(|start| line.starts_with(start));
            if is_text && !listed {
                let line = words(line).join(" ");
                assert!(manual.contains(&line), "{page}: {line:?} is not in {manual}");
            }
        }
        for option in options(help.stdout()) {
            assert!(manual.contains(&option), "{page}: {option}");
        }
    }
    let all = place.aside().arg("man").done();
    for page in ["aside.1", "aside-run.1", "aside-completions.1", "aside-man.1"] {
        let text = fs::read_to_string(place.path().join("man1").join(page)).unwrap();
        assert!(all.exits(0).stdout().contains(text.trim_end()), "{page}");
    }
}

#[test]
fn completions_know_every_option() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = place.aside().arg("completions").arg(shell).done();
        for option in OPTIONS {
            let name = option.trim_start_matches('-');
            assert!(done.exits(0).stdout().contains(name), "{shell}: {option}");
        }
    }
    // The script is one that bash takes.
    let script = place.aside().with("completions bash").done();
    place.file("script", &script.stdout);
    let script = place.path().join("script");
    let check = std::process::Command::new("bash").arg("-n").arg(script).status();
    assert!(check.unwrap().success());
}

#[test]
fn the_version_is_the_packages() {
    let done = Place::new().aside().arg("--version").done();
    assert_eq!(done.exits(0).stdout(), concat!("aside ", env!("CARGO_PKG_VERSION"), "\n"));
}

//! Links, options, tests and files that a page names exist.

use crate::page::{Kind, Page};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Names {
    root: PathBuf,
    options: BTreeSet<String>,
    /// Every `fn name` of the sources, on one line each.
    functions: String,
}

impl Names {
    pub(crate) fn collect(root: &str) -> Self {
        let help = Command::new(env!("CARGO_BIN_EXE_aside")).args(["run", "--help"]).output();
        let options = options_in(&String::from_utf8(help.unwrap().stdout).unwrap());
        let mut functions = String::new();
        for dir in ["src", "tests"] {
            collect_functions(&Path::new(root).join(dir), &mut functions);
        }
        Self { root: root.into(), options, functions }
    }

    pub(crate) fn problems(&self, page: &Page) -> Vec<String> {
        let mut problems = Vec::new();
        for (line, span) in page.spans() {
            problems.extend(self.span(span).map(|what| page.problem(line, what)));
        }
        for (line, text) in &page.prose {
            for target in links(text) {
                problems.extend(self.link(page, target).map(|what| page.problem(*line, what)));
            }
            if page.path.ends_with("SECURITY.md")
                && let Some(proof) = text.strip_suffix('|').and_then(|row| row.rsplit('|').next())
            {
                let named = proof.split('`').skip(1).step_by(2).filter(|name| !name.contains('/'));
                let missing = named.filter(|name| name.contains('_') && !self.is_test(name));
                problems.extend(missing.map(|name| page.problem(*line, no_test(name))));
            }
        }
        for block in &page.blocks {
            if matches!(block.kind, Kind::Console | Kind::NotRun) {
                for command in block.body.replace("\\\n", " ").lines() {
                    let wrong = self.command(command);
                    problems.extend(wrong.map(|what| page.problem(block.line, what)));
                }
            }
        }
        problems.dedup();
        problems
    }

    fn span(&self, span: &str) -> Option<String> {
        let word = span.split([' ', '=']).next().unwrap_or_default();
        if word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic)) {
            return (!self.options.contains(word)).then(|| format!("aside has no option {word}"));
        }
        let is_name =
            span.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if is_name && !span.starts_with('_') && span.matches('_').count() >= 3 {
            return (!self.is_test(span)).then(|| no_test(span));
        }
        let rooms = ["src/", "docs/", "tests/", "examples/", "benches/", "fuzz/", ".ci/"];
        let is_path = span.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
        if is_path && rooms.iter().any(|room| span.starts_with(room)) {
            return (!self.root.join(span).exists()).then(|| format!("there is no file {span}"));
        }
        self.command(span)
    }

    /// What stands in a command line before the action's own arguments.
    fn command(&self, command: &str) -> Option<String> {
        let at = ["aside run ", "--release -- run "]
            .iter()
            .find_map(|start| command.find(start).map(|at| at + start.len()))?;
        let ours = command[at..].split(" -- ").next().unwrap_or_default();
        let ours = ours.split(['|', ';']).next().unwrap_or_default();
        let wrong = options_in(ours).into_iter().find(|option| !self.options.contains(option));
        wrong.map(|option| format!("aside run has no option {option}"))
    }

    /// Whether a function of that name exists; `fault_20_…` stands for a beginning.
    fn is_test(&self, name: &str) -> bool {
        match name.strip_suffix('…') {
            Some(start) => self.functions.lines().any(|function| function.starts_with(start)),
            None => self.functions.lines().any(|function| function == name),
        }
    }

    fn link(&self, page: &Page, target: &str) -> Option<String> {
        if target.contains("://") || target.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let file = match path {
            "" => self.root.join(&page.path),
            path => self.root.join(&page.path).parent().unwrap().join(path),
        };
        if !file.exists() {
            return Some(format!("the link {target} leads nowhere"));
        }
        if anchor.is_empty() {
            return None;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        let there = text.lines().filter(|line| line.starts_with('#')).any(|h| slug(h) == anchor);
        (!there).then(|| format!("the link {target} leads to no heading"))
    }
}

fn no_test(name: &str) -> String {
    format!("there is no test {name}")
}

fn collect_functions(path: &Path, into: &mut String) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect_functions(&entry.unwrap().path(), into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        for line in fs::read_to_string(path).unwrap().lines() {
            if let Some((_, rest)) = line.split_once("fn ") {
                let name: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                into.push_str(&name);
                into.push('\n');
            }
        }
    }
}

/// Every `--option` in a text.
fn options_in(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("--").filter(|(at, _)| {
        !text[..*at].ends_with(|c: char| !c.is_whitespace() && !"`([".contains(c))
    });
    let name = |at: usize| -> String {
        text[at + 2..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
    };
    starts.map(|(at, _)| name(at)).filter(|n| !n.is_empty()).map(|n| format!("--{n}")).collect()
}

/// The targets of a line's links; code spans hold none.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((target, behind)) = after.split_once(')') else { break };
        if before.matches('`').count().is_multiple_of(2) {
            found.push(target);
        }
        rest = behind;
    }
    found
}

/// A heading's anchor, as GitHub makes it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

//! A page of Markdown, as far as its examples and names go.

use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Page {
    /// From the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) blocks: Vec<Block>,
    /// Lines outside of fences, numbered from 1.
    pub(crate) prose: Vec<(usize, String)>,
}

#[derive(Debug)]
pub(crate) struct Block {
    /// The line of its fence.
    pub(crate) line: usize,
    pub(crate) kind: Kind,
    pub(crate) body: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Console,
    File(String),
    NotRun,
    Picture,
    /// Nobody said what it is.
    Unmarked(String),
}

impl Kind {
    fn of(info: &str) -> Self {
        let mut words = info.split_whitespace();
        match words.next() {
            Some("console") => return Self::Console,
            Some("text") => return Self::Picture,
            _ => {}
        }
        for word in words {
            if word == "norun" {
                return Self::NotRun;
            }
            if let Some(name) = word.strip_prefix("file=") {
                return Self::File(name.to_owned());
            }
        }
        Self::Unmarked(info.to_owned())
    }
}

impl Page {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let (mut blocks, mut prose) = (Vec::new(), Vec::new());
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let Some(info) = line.trim_start().strip_prefix("```") else {
                prose.push((index + 1, line.to_owned()));
                continue;
            };
            let body: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            let body = body.iter().map(|line| format!("{line}\n")).collect();
            blocks.push(Block { line: index + 1, kind: Kind::of(info), body });
        }
        Self { path: path.to_owned(), blocks, prose }
    }

    pub(crate) fn problem(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{line}: {what}", self.path.display())
    }

    /// Every `code span` outside of fences.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose
            .iter()
            .flat_map(|(at, line)| line.split('`').skip(1).step_by(2).map(|span| (*at, span)))
    }
}

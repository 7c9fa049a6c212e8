//! The rooms and who may enter which, read off the sources.
//!
//! Imports run downward only, siblings don't import each other, and unsafe code is
//! in one room. `docs/architecture.md` draws the same picture.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms by layer, the lowest first.
const LAYERS: [&[&str]; 6] = [
    &["sys"],
    &["secret"],
    &["job", "wrappers"],
    &["sandbox", "provider"],
    &["runtime"],
    &["executor"],
];
/// Above all others.
const TOP: &str = "cli";

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text refers to by `crate::room`.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            // `crate::{a, b}` would hide names from this test; nobody needs it.
            assert!(!part.starts_with('{'), "name one room per import: {line}");
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.push(name);
        }
    }
    found
}

fn violations(files: &[(String, String)]) -> Vec<String> {
    let layer: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(number, rooms)| rooms.iter().map(move |&room| (room, number)))
        .chain([(TOP, LAYERS.len())])
        .collect();
    let mut found = Vec::new();
    for (from, text) in files {
        for to in imports(text) {
            if &to == from {
                continue;
            }
            match (layer.get(from.as_str()), layer.get(to.as_str())) {
                (Some(above), Some(below)) if above > below => {}
                (None, _) => found.push(format!("the room {from} has no layer")),
                (_, None) => found.push(format!("{from} imports {to}, which has no layer")),
                _ => found.push(format!("{from} imports {to}")),
            }
        }
    }
    found
}

fn rooms() -> Vec<(String, String)> {
    sources(Path::new("src"))
        .into_iter()
        .filter(|path| !["src/main.rs", "src/lib.rs"].iter().any(|root| path == Path::new(root)))
        .map(|path| (room(&path), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn imports_run_downward_only() {
    assert_eq!(violations(&rooms()), Vec::<String>::new());
}

#[test]
fn an_import_upward_or_sideways_would_be_seen() {
    let planted = |from: &str, text: &str| violations(&[(from.to_owned(), text.to_owned())]).len();
    assert_eq!(planted("secret", "use crate::executor::Executor;"), 1);
    assert_eq!(planted("provider", "let x = crate::sandbox::confine();"), 1);
    assert_eq!(planted("attic", "use crate::job::Job;"), 1);
    assert_eq!(planted("executor", "use crate::job::Job;"), 0);
}

#[test]
fn unsafe_code_is_in_sys_only() {
    for path in sources(Path::new("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let has =
            code.into_iter().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(!has || room(&path) == "sys", "{path:?}");
    }
}

#[test]
fn files_stay_readable_and_nobody_opens_a_junk_room() {
    for path in sources(Path::new("src")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{path:?} has {lines} lines: is it one room?");
        for name in ["common", "utils", "util", "types", "helpers", "misc"] {
            assert!(path.file_stem().unwrap() != name, "{path:?}");
        }
    }
}

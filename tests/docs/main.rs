//! Every example in README.md, `docs/` and `benches/README.md` does what its page
//! says, and every name, link and option in them exists.
//!
//! What a page may hold, by the words behind its fence:
//!
//! - `console`: lines that begin with `$ ` are run by bash in an empty directory
//!   beside a copy of `examples/`; what follows must be their output (see
//!   [`transcript`]).
//! - `LANGUAGE file=NAME`: the file NAME, for the commands that follow. If `examples/`
//!   has it, both must be the same.
//! - `LANGUAGE norun`: can't be run here; the page says why.
//! - `text`: a picture or a format, and no commands.
//!
//! Anything else is a mistake: no example goes untested unnoticed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod encodings;
#[path = "../../examples/library.rs"]
#[expect(unreachable_pub, reason = "it is a program of its own as well")]
mod library;
mod names;
mod page;
mod planted;
mod transcript;

use names::Names;
use page::Page;
use std::fs;
use std::path::{Path, PathBuf};
use transcript::Workshop;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where every example is run.
const TESTED: [&str; 3] = ["README.md", "docs", "benches/README.md"];
/// Where names and links are looked at as well.
const READ: [&str; 3] = ["SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn pages(of: &[&str]) -> Vec<Page> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = of.iter().map(PathBuf::from).collect();
    while let Some(path) = todo.pop() {
        let absolute = Path::new(ROOT).join(&path);
        if absolute.is_dir() {
            let entries = fs::read_dir(&absolute).unwrap();
            todo.extend(entries.map(|entry| path.join(entry.unwrap().file_name())));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(Page::new(&path, &fs::read_to_string(&absolute).unwrap()));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_example_does_what_its_page_says() {
    let pages = pages(&TESTED);
    assert!(pages.len() >= 7 && pages.iter().map(|page| page.blocks.len()).sum::<usize>() > 50);
    let problems: Vec<String> =
        pages.iter().flat_map(|page| Workshop::open(ROOT).problems(page)).collect();
    assert_none(&problems);
}

#[test]
fn every_name_link_and_option_exists() {
    let names = Names::collect(ROOT);
    let all = pages(&[&TESTED[..], &READ].concat());
    let problems: Vec<String> = all.iter().flat_map(|page| names.problems(page)).collect();
    assert_none(&problems);
}

#[test]
fn the_library_example_runs() {
    library::main().unwrap();
}

#[test]
fn the_table_of_encodings_is_true() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/security.md")).unwrap();
    let (rows, problems) = encodings::problems(&text);
    assert!(rows > 40, "{rows} rows");
    assert_none(&problems);
}

//! Runs the commands of a page and compares what they print.
//!
//! - A line that begins with `$ ` is a command; one that ends with `\` goes on.
//! - A command must succeed, unless it ends with `; echo $?`.
//! - What is written to stdout and to stderr may be told in any order.
//! - `…` on a line of its own stands for any lines.
//! - Durations, execution ids, private homes and the page's directory, which is
//!   `/home/ada` in the docs, are not compared.
//! - `cargo run --release --` is the built command, and `http://127.0.0.1:8080` is
//!   `examples/service.py`.

use crate::page::{Kind, Page};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

const SERVICE: &str = "http://127.0.0.1:8080";

/// A program that is being written can't be executed, and a process that another
/// thread is just starting holds what we write open: one page at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A directory where one page's examples are run.
pub(crate) struct Workshop {
    dir: TempDir,
    examples: PathBuf,
    service: Option<Service>,
    _guard: MutexGuard<'static, ()>,
}

impl Workshop {
    pub(crate) fn open(root: &str) -> Self {
        let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let examples = Path::new(root).join("examples");
        for name in ["home", "bin", "work/examples"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for entry in fs::read_dir(&examples).unwrap() {
            let name = entry.unwrap().file_name();
            fs::copy(examples.join(&name), dir.path().join("work/examples").join(&name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_aside"), dir.path().join("bin/aside")).unwrap();
        let cargo = "[ \"$1 $2 $3\" = 'run --release --' ] && shift 3 && exec aside \"$@\"";
        write(&dir.path().join("bin/cargo"), &format!("#!/bin/bash\n{cargo}\n"));
        Self { dir, examples, service: None, _guard: guard }
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Does all that the page says and returns what came out otherwise.
    pub(crate) fn problems(&mut self, page: &Page) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, block) in page.blocks.iter().enumerate() {
            let mut add = |what: String| problems.push(page.problem(block.line, what));
            match &block.kind {
                Kind::Unmarked(info) => {
                    add(format!("nobody runs this block; mark {info:?} with file=NAME or norun"));
                }
                Kind::NotRun => {}
                Kind::Picture => {
                    let mut lines = block.body.lines();
                    if lines.any(|line| line.starts_with("$ ") || line.contains("aside run ")) {
                        add("a text block holds a command; make it a console block".into());
                    }
                }
                Kind::File(name) => {
                    let stem = Path::new(name).file_stem().unwrap().to_str().unwrap();
                    let used = |other: &crate::page::Block| other.body.contains(stem);
                    match name.strip_prefix("examples/") {
                        Some(shared) => {
                            if fs::read_to_string(self.examples.join(shared)).ok().as_ref()
                                != Some(&block.body)
                            {
                                add(format!("this is not the text of {name}"));
                            }
                        }
                        None if page.blocks[index + 1..].iter().any(used) => {
                            write(&self.work().join(name), &block.body);
                        }
                        None => add(format!("nothing on this page uses {name}")),
                    }
                }
                Kind::Console => self.console(&block.body, &mut add),
            }
        }
        problems
    }

    fn console(&mut self, body: &str, add: &mut dyn FnMut(String)) {
        let mut lines = body.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else {
                return add(format!("output without a command: {line}"));
            };
            let mut command = first.to_owned();
            while command.ends_with('\\') {
                command.push('\n');
                command.push_str(lines.next().unwrap_or_default());
            }
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push(line.to_owned());
            }
            if let Err(what) = self.run(&command, &expected) {
                add(what);
            }
        }
    }

    fn run(&mut self, command: &str, expected: &[String]) -> Result<(), String> {
        let mut real = command.to_owned();
        if command.contains(SERVICE) {
            let examples = self.examples.clone();
            let service = self.service.get_or_insert_with(|| Service::start(&examples));
            real = real.replace(SERVICE, &service.address);
        }
        let bin = self.dir.path().join("bin");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("timeout")
            .args(["-k", "5", "60", "bash", "-c", &real])
            .current_dir(self.work())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.dir.path().join("home"))
            .env("ASIDE_CACHE_DIR", self.dir.path().join("cache"))
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let lines = |bytes: &[u8]| -> Vec<String> {
            String::from_utf8_lossy(bytes).lines().map(|line| self.plain(line)).collect()
        };
        let (out, err) = (lines(&output.stdout), lines(&output.stderr));
        let expected: Vec<String> = expected.iter().map(|line| self.plain(line)).collect();
        let shown = || format!("$ {command}\n{}", [out.join("\n"), err.join("\n")].join("\n"));
        if !output.status.success() {
            return Err(format!("it failed ({}):\n{}", output.status, shown()));
        }
        if !interleaves(&expected, &out, &err) {
            return Err(format!("expected:\n{}\nfound:\n{}", expected.join("\n"), shown()));
        }
        Ok(())
    }

    /// A line without what differs from run to run.
    fn plain(&self, line: &str) -> String {
        let mut line = line.replace(self.work().to_str().unwrap(), "/home/ada");
        if let Some(service) = &self.service {
            line = line.replace(&service.address, SERVICE);
        }
        let mut plain = String::new();
        let mut rest = line.as_str();
        while let Some(next) = rest.chars().next() {
            let found = [(duration as Scan, "N ms"), (id, "ID"), (home, "HOME")]
                .into_iter()
                .find_map(|(scan, name)| scan(rest).filter(|&n| n > 0).map(|n| (n, name)));
            match found {
                Some((length, name)) if !plain.ends_with(|c: char| c.is_ascii_alphanumeric()) => {
                    plain.push_str(name);
                    rest = &rest[length..];
                }
                _ => {
                    plain.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        plain.trim_end().to_owned()
    }
}

/// The length of what stands at the beginning of a text, if it is that.
type Scan = fn(&str) -> Option<usize>;

/// `48 ms`, `1.2 s`, or the number after `"duration_ms":`.
fn duration(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("\"duration_ms\":") {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        return Some(text.len() - rest.len() + digits);
    }
    let number = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let unit = [" ms", " s"].into_iter().find(|unit| text[number..].starts_with(unit))?;
    let end = number + unit.len();
    let cut = text[end..].starts_with(|c: char| c.is_ascii_alphanumeric());
    (number > 0 && !cut).then_some(end)
}

/// A UUID.
fn id(text: &str) -> Option<usize> {
    let head = text.get(..36)?;
    let fits = head.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    });
    fits.then_some(36)
}

/// `/dev/shm/aside-` or `/tmp/aside-` and 32 hexadecimal digits.
fn home(text: &str) -> Option<usize> {
    let rest = ["/dev/shm/aside-", "/tmp/aside-"].into_iter().find_map(|p| text.strip_prefix(p))?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    (digits == 32).then_some(text.len() - rest.len() + digits)
}

/// Whether the lines of both streams, in some order that keeps each one's own, are
/// what is expected.
fn interleaves(expected: &[String], out: &[String], err: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return out.is_empty() && err.is_empty();
    };
    let take = |lines: &[String]| lines.first() == Some(first);
    if first == "…" {
        return interleaves(rest, out, err)
            || (!out.is_empty() && interleaves(expected, &out[1..], err))
            || (!err.is_empty() && interleaves(expected, out, &err[1..]));
    }
    (take(out) && interleaves(rest, &out[1..], err))
        || (take(err) && interleaves(rest, out, &err[1..]))
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let mode = if text.starts_with("#!") { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// `examples/service.py` on a port of its own.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start(examples: &Path) -> Self {
        let mut process = Command::new("python3")
            .arg(examples.join("service.py"))
            .arg("0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { process, address }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

//! Short questions to an interpreter of our choice. No action's code is involved.

use super::RuntimeError;
use crate::sandbox::{Orphans, Tree, spawning};
use crate::sys::spawn::{self, Command, c_string};
use crate::sys::{self};
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};

/// No interpreter takes this long to say who it is.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs `program` in our own environment with `input` on stdin and returns its stdout.
pub(super) async fn ask(
    program: &Path,
    args: &[&str],
    input: Vec<u8>,
) -> Result<Vec<u8>, RuntimeError> {
    let bad = |reason: String| RuntimeError::BadInterpreter { path: program.into(), reason };
    let io = |error: std::io::Error| bad(error.to_string());
    let nul = || bad("its path holds a NUL byte".to_owned());
    let variables = std::env::vars_os().filter_map(|(mut name, value): (OsString, OsString)| {
        name.push("=");
        name.push(value);
        c_string(name)
    });
    let words = [program.as_os_str()].into_iter().chain(args.iter().map(AsRef::as_ref));
    let command = Command {
        program: c_string(program).ok_or_else(nul)?,
        args: words.filter_map(c_string).collect(),
        env: variables.collect(),
        cwd: c_string("/").ok_or_else(nul)?,
        limits: Vec::new(),
        die_with_parent: false,
    };
    let (theirs_in, ours_in) = sys::pipe_in().map_err(io)?;
    let (ours_out, theirs_out) = sys::pipe_out().map_err(io)?;
    let (ours_err, theirs_err) = sys::pipe_out().map_err(io)?;
    let spawn_guard = spawning();
    let fds = [theirs_in.as_fd(), theirs_out.as_fd(), theirs_err.as_fd()];
    let child = spawn::spawn(&command, &fds).map_err(|e| RuntimeError::spawn(program, e))?;
    let mut tree = Tree::new(child.pid, "probe", Orphans::Attributed);
    drop((spawn_guard, theirs_in, theirs_out, theirs_err));

    let mut stdin = Sender::from_owned_fd(ours_in).map_err(io)?;
    let mut stdout = Receiver::from_owned_fd(ours_out).map_err(io)?;
    let mut stderr = Receiver::from_owned_fd(ours_err).map_err(io)?;
    let (mut answer, mut complaint) = (Vec::new(), Vec::new());
    let feed = async move {
        // One that doesn't read shows itself by its answer.
        let _ = stdin.write_all(&input).await;
    };
    let talk = async {
        tokio::join!(feed, stdout.read_to_end(&mut answer), stderr.read_to_end(&mut complaint))
    };
    let talked = tokio::time::timeout(LIMIT, talk).await;
    tree.end(Duration::from_millis(100), std::future::pending()).await;
    let status = tree.reap().map_err(io)?;
    let complaint = String::from_utf8_lossy(&complaint);
    let last = complaint.lines().last().unwrap_or_default();
    match talked {
        Err(_) => Err(bad(format!("no answer within {} s", LIMIT.as_secs()))),
        Ok(_) if !status.success() => Err(bad(format!("{status}: {last}"))),
        Ok(_) => Ok(answer),
    }
}

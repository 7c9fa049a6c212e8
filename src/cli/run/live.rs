//! The action's output as it comes.
//!
//! Writing to a terminal or a pipe can block for as long as its reader likes, so it
//! happens on a thread of its own, which is started with the first byte. Timeouts
//! and signals are never kept waiting by it.

use crate::cli::terminal::Screen;
use crate::executor::{LiveChunk, Stream};
use std::io;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Chunks that may wait for a slow reader, at most 64 KiB each.
pub(super) const WAITING: usize = 16;

/// The indicator comes after this long without output, and then moves on as often.
const QUIET: Duration = Duration::from_secs(1);

/// How long a blocked reader may take once the action has been killed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Shows one action's output.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) chunks: mpsc::Receiver<LiveChunk>,
    pub(super) name: String,
    pub(super) cancel: CancellationToken,
    pub(super) kill: CancellationToken,
    /// Only absent while the thread has it, or when it never came back.
    pub(super) screen: Option<Screen>,
    pub(super) trouble: Trouble,
}

/// What became of the two streams.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Somebody closed the other end.
    pub(super) reader_left: bool,
    /// Output was lost for another reason.
    pub(super) lost: Option<io::Error>,
    stdout_closed: bool,
    stderr_closed: bool,
}

impl Live {
    /// Runs until the action's streams have ended.
    pub(super) async fn show(&mut self) {
        let started = Instant::now();
        let mut next_note = started + QUIET;
        let mut waiting = Vec::with_capacity(WAITING);
        let mut told = false;
        while let Some(screen) = &self.screen {
            let (watched, has_room) = (screen.is_watched(), screen.has_room());
            tokio::select! {
                biased;
                () = self.cancel.cancelled(), if !told => {
                    told = true;
                    if watched && !self.trouble.reader_left {
                        let note = "aside: cancelling; press Ctrl-C again to kill";
                        self.on_thread(|screen| screen.say(note)).await;
                    }
                }
                count = self.chunks.recv_many(&mut waiting, WAITING) => {
                    if count == 0 {
                        return;
                    }
                    self.pass(std::mem::take(&mut waiting)).await;
                    next_note = Instant::now() + QUIET;
                }
                () = tokio::time::sleep_until(next_note.into()), if has_room => {
                    let note = format!("{} · {} s", self.name, started.elapsed().as_secs());
                    self.on_thread(move |screen| screen.indicate(&note)).await;
                    next_note += QUIET;
                }
            }
        }
        // The reader is stuck for good; whoever waits to send is let go.
        self.chunks.close();
        while self.chunks.recv().await.is_some() {}
    }

    async fn pass(&mut self, chunks: Vec<LiveChunk>) {
        let closed = [self.trouble.stdout_closed, self.trouble.stderr_closed];
        let open = move |stream: Stream| !closed[usize::from(stream == Stream::Stderr)];
        let failures = self.on_thread(move |screen| {
            let mut failures = Vec::new();
            for chunk in chunks.iter().filter(|chunk| open(chunk.stream)) {
                if failures.iter().any(|(stream, _)| *stream == chunk.stream) {
                    continue;
                }
                if let Err(error) = screen.pass(chunk) {
                    failures.push((chunk.stream, error));
                }
            }
            failures
        });
        for (stream, error) in failures.await.unwrap_or_default() {
            match stream {
                Stream::Stdout => self.trouble.stdout_closed = true,
                Stream::Stderr => self.trouble.stderr_closed = true,
            }
            if error.kind() == io::ErrorKind::BrokenPipe {
                // As with any program whose reader leaves: nobody wants the rest.
                self.trouble.reader_left = true;
                self.cancel.cancel();
            } else {
                self.trouble.lost.get_or_insert(error);
            }
        }
    }

    /// Does something with the screen that may block. `None` when it still blocks a
    /// while after the kill; the screen is then given up.
    pub(super) async fn on_thread<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Screen) -> T + Send + 'static,
    ) -> Option<T> {
        let mut screen = self.screen.take()?;
        let done = tokio::task::spawn_blocking(move || {
            let answer = work(&mut screen);
            (screen, answer)
        });
        let patience = async {
            self.kill.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            biased;
            done = done => {
                let (screen, answer) = done.ok()?;
                self.screen = Some(screen);
                Some(answer)
            }
            () = patience => None,
        }
    }
}

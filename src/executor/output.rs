//! The streams of a running action: fed, read, redacted and kept, all at once.

use super::capture::Capture;
use super::controls::{LiveChunk, Stream};
use crate::job::{Captured, Limits, OutputFormat};
use crate::runtime::Streams;
use crate::secret::{RedactionStream, Redactor};
use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

/// The tasks that serve one action's streams. They end when this is dropped.
#[derive(Debug)]
pub(super) struct Output {
    feed: AbortOnDropHandle<io::Result<()>>,
    stdout: AbortOnDropHandle<(Captured, Option<Bounded>)>,
    stderr: AbortOnDropHandle<(Captured, Option<Bounded>)>,
    result: AbortOnDropHandle<Bounded>,
    /// The tree is gone: what can't be read at once will never come.
    tree_gone: CancellationToken,
    /// Nobody waits any longer: what hasn't been redacted and taken by now is dropped.
    give_up: CancellationToken,
}

/// Everything that an action said.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    /// What it wrote to descriptor 3; not redacted yet.
    pub(super) result: Bounded,
    /// Its stdout as it was, when that is to be parsed; not redacted yet.
    pub(super) document: Option<Bounded>,
}

/// Bytes up to a limit.
#[derive(Debug)]
pub(super) struct Bounded {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    limit: usize,
    pub(super) exceeded: bool,
}

impl Bounded {
    fn new(limit: usize) -> Self {
        Self { bytes: Zeroizing::new(Vec::new()), limit, exceeded: false }
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = self.limit - self.bytes.len();
        self.exceeded |= bytes.len() > room;
        self.bytes.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }
}

impl Output {
    pub(super) fn begin(
        streams: Streams,
        redactor: &Redactor,
        limits: &Limits,
        format: OutputFormat,
        live: Option<mpsc::Sender<LiveChunk>>,
    ) -> Self {
        let Streams { feed, stdout, stderr, result } = streams;
        let (tree_gone, give_up) = (CancellationToken::new(), CancellationToken::new());
        let document = (format != OutputFormat::Text).then(|| Bounded::new(limits.max_result));
        let pump = |reader, stream, document, live| {
            let sink = Sink {
                redaction: redactor.stream(),
                capture: Capture::new(limits.max_output),
                document,
                live,
                stream,
                give_up: give_up.clone(),
            };
            AbortOnDropHandle::new(tokio::spawn(sink.drain(reader, tree_gone.clone())))
        };
        Self {
            stdout: pump(stdout, Stream::Stdout, document, live.clone()),
            stderr: pump(stderr, Stream::Stderr, None, live),
            result: AbortOnDropHandle::new(tokio::spawn(collect(
                result,
                Bounded::new(limits.max_result),
                tree_gone.clone(),
            ))),
            feed: AbortOnDropHandle::new(tokio::spawn(feed.write())),
            tree_gone,
            give_up,
        }
    }

    /// Takes what is left in the streams, now that no process of the action is
    /// alive. Somebody else who holds them open delays nothing. When `patience` ends,
    /// what is left is dropped and counted: a listener that is stuck, or output that
    /// takes long to redact, mustn't stretch a timeout.
    pub(super) async fn drain(self, patience: impl Future<Output = ()>) -> io::Result<Collected> {
        self.tree_gone.cancel();
        // Nobody is left to read the frame.
        drop(self.feed);
        let give_up = self.give_up;
        let collect = async {
            let (stdout, document) = self.stdout.await?;
            let (stderr, _) = self.stderr.await?;
            Ok(Collected { stdout, stderr, result: self.result.await?, document })
        };
        let mut collect = std::pin::pin!(collect);
        tokio::select! {
            biased;
            collected = &mut collect => return collected,
            () = patience => give_up.cancel(),
        }
        collect.await
    }
}

/// What is done with one output stream.
struct Sink {
    redaction: RedactionStream,
    capture: Capture,
    document: Option<Bounded>,
    live: Option<mpsc::Sender<LiveChunk>>,
    stream: Stream,
    give_up: CancellationToken,
}

/// How long redaction may go on without a pause. There are secrets and outputs for
/// which it takes long; in between, deadlines and signals get their turn.
const TURN: Duration = Duration::from_millis(2);

/// How many bytes are redacted at a time: to begin with, and where it goes fast.
const SLICES: std::ops::Range<usize> = 1 << 10..16 << 10;

impl Sink {
    async fn drain(
        mut self,
        reader: Receiver,
        tree_gone: CancellationToken,
    ) -> (Captured, Option<Bounded>) {
        let mut raw = Zeroizing::new(Vec::new());
        let mut out = Vec::new();
        let mut slice_size = SLICES.start;
        while read(&reader, &tree_gone, |bytes| raw.extend_from_slice(bytes)).await {
            if let Some(document) = &mut self.document {
                document.push(&raw);
            }
            let mut left = raw.as_slice();
            while !left.is_empty() {
                if self.give_up.is_cancelled() {
                    self.capture.drop_unseen(left.len());
                    break;
                }
                let (slice, rest) = left.split_at(slice_size.min(left.len()));
                left = rest;
                let started = Instant::now();
                self.redaction.push(slice, &mut out);
                if started.elapsed() > TURN {
                    slice_size = (slice_size / 8).max(64);
                    tokio::task::yield_now().await;
                } else {
                    slice_size = (slice_size * 2).min(SLICES.end);
                }
            }
            self.keep(&mut out).await;
            // A waiting execution keeps no buffer.
            raw = Zeroizing::new(Vec::new());
        }
        if !self.give_up.is_cancelled() {
            self.redaction.finish(&mut out);
            self.keep(&mut out).await;
        }
        (self.capture.finish(), self.document)
    }

    async fn keep(&mut self, out: &mut Vec<u8>) {
        if out.is_empty() {
            return;
        }
        self.capture.push(out);
        match &self.live {
            Some(live) => {
                let chunk = LiveChunk { stream: self.stream, bytes: std::mem::take(out) };
                // A listener that has left misses nothing that isn't kept.
                tokio::select! {
                    _ = live.send(chunk) => {}
                    () = self.give_up.cancelled() => {}
                }
            }
            None => out.clear(),
        }
        // A long secret may have been held back; don't keep its room while idle.
        out.shrink_to(BUFFER);
    }
}

async fn collect(reader: Receiver, mut kept: Bounded, tree_gone: CancellationToken) -> Bounded {
    while read(&reader, &tree_gone, |bytes| kept.push(bytes)).await {}
    kept
}

/// What a pipe holds by default.
const BUFFER: usize = 64 << 10;

thread_local! {
    /// Shared by all streams of a thread: a waiting execution needs no buffer.
    static SHARED: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// Waits for bytes and shows them to `take`. `false` at the end of the stream.
async fn read(
    reader: &Receiver,
    tree_gone: &CancellationToken,
    mut take: impl FnMut(&[u8]),
) -> bool {
    loop {
        let last_look = tokio::select! {
            biased;
            ready = reader.readable() => {
                if ready.is_err() {
                    return false;
                }
                false
            }
            () = tree_gone.cancelled() => true,
        };
        let found = SHARED.with_borrow_mut(|buffer| {
            let result = if last_look {
                // The runtime may not have noticed yet that there is something.
                rustix::io::read(reader, buffer.as_mut_slice()).map_err(io::Error::from)
            } else {
                reader.try_read(buffer)
            };
            match result {
                Ok(0) => Some(false),
                Ok(length) => {
                    take(&buffer[..length]);
                    Some(true)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !last_look => None,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
                Err(_) => Some(false),
            }
        });
        if let Some(more) = found {
            return more;
        }
    }
}

//! The redactor applied to bytes as they arrive.

use super::index::{Cursor, Index};
use super::text::common;
use super::verify::{Dialect, Scratch};
use super::{LazyIndex, MASK};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Redacts one stream of bytes, in pieces of any size.
///
/// What comes out depends on the bytes alone, never on how they were split:
/// a byte is masked if and only if it lies in a match, and bytes are held back
/// only as long as more input could make them part of one.
pub struct RedactionStream {
    index: Arc<LazyIndex>,
    /// Bytes that could still become a secret.
    held: Zeroizing<Vec<u8>>,
    masker: Masker,
}

/// What is known besides the bytes held.
#[derive(Default)]
struct Masker {
    /// Where the last masked span ends, counted from the first byte not yet
    /// decided; `None` if it ended before that.
    covered: Option<usize>,
    masked: u64,
    scratch: Scratch,
}

impl RedactionStream {
    pub(super) fn new(index: Arc<LazyIndex>) -> Self {
        Self { index, held: Zeroizing::default(), masker: Masker::default() }
    }

    /// Takes the next bytes and appends to `out` everything that is decided.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if self.index.is_empty() {
            out.extend_from_slice(chunk);
        } else if self.held.is_empty() {
            let decided = self.masker.run(&self.index, chunk, false, out);
            self.held.extend_from_slice(&chunk[decided..]);
        } else {
            self.held.extend_from_slice(chunk);
            let decided = self.masker.run(&self.index, &self.held, false, out);
            self.held.drain(..decided);
        }
    }

    /// Appends what was held back: the input has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.masker.run(&self.index, &held, true, out);
        }
        self.masker.covered = None;
    }

    /// How many masks were written.
    #[must_use]
    pub fn masked(&self) -> u64 {
        self.masker.masked
    }
}

impl fmt::Debug for RedactionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactionStream").field("masked", &self.masked()).finish_non_exhaustive()
    }
}

/// Redacts a whole buffer.
pub(super) fn redact(index: &Index, bytes: &[u8], out: &mut Vec<u8>) -> u64 {
    let mut masker = Masker::default();
    masker.run(index, bytes, true, out);
    masker.masked
}

impl Masker {
    /// Decides as much of `input` as can be decided, writes that, and says how
    /// much it was.
    fn run(&mut self, index: &Index, input: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        let mut cursor = Cursor::default();
        let mut decided = input.len();
        // Everything before this has been written or masked.
        let mut written = self.covered.unwrap_or(0);
        while let Some(at) = index.next(input, &mut cursor) {
            let verdict = index.verify(input, at, &mut self.scratch);
            if verdict.more && !ended {
                decided = at;
                break;
            }
            let Some(mut end) = verdict.end else { continue };
            if let Some((run, next)) = repeated(index, input, at, end) {
                end = run;
                Index::seek(&mut cursor, next);
            }
            // Spans that touch are one: their border is nobody's business.
            if self.covered.is_none_or(|covered| at > covered) {
                out.extend_from_slice(&input[written..at]);
                out.extend_from_slice(MASK);
                self.masked += 1;
            }
            written = written.max(end);
            self.covered = Some(written);
        }
        if written < decided {
            out.extend_from_slice(&input[written..decided]);
        }
        self.covered = self.covered.and_then(|covered| covered.checked_sub(decided));
        decided
    }
}

/// For a secret that repeats itself (`xxxx…`) and input that goes on repeating
/// it: where the repetition ends, and the next position worth verifying. Every
/// position passed over would say what this one said, a period further on; to
/// ask each would cost the secret's length times the input's.
fn repeated(index: &Index, input: &[u8], at: usize, end: usize) -> Option<(usize, usize)> {
    let (Some(pattern), _) = index.only(input, at) else { return None };
    let needle = index.needle(pattern);
    let period = needle.period;
    if period == 0 || pattern.dialect() != Dialect::Text || end - at != needle.len() {
        return None;
    }
    if input[at..end] != needle.bytes[..] {
        return None;
    }
    let run = end + common(&input[end..], &input[end - period..]);
    let alone = (1..period).all(|offset| index.only(input, at + offset).1);
    (alone && run > end).then(|| (run, run - needle.len() + 1))
}

//! Where might a secret begin? A filter in front of verification.
//!
//! The classifier passes over 32 bytes at a time and stops at three that may
//! begin a pattern; a table by those three says which patterns to verify.

use super::encoded::is_lead;
use super::escape::decode;
use super::heads;
use super::lines::Lines;
use super::needle::Needle;
use super::verify::{Dialect, Pattern, Scratch, Verdict};
use crate::sys::classify::{BLOCK, Classifier};

/// The filter over all patterns of a set of needles.
pub(super) struct Index {
    needles: Vec<Needle>,
    lines: Lines,
    /// Which patterns may begin with this byte, not as part of an escape.
    first: Vec<Vec<Pattern>>,
    /// Which patterns may begin with an escape of a character with this first byte.
    escaped: Vec<Vec<Pattern>>,
    classifier: Classifier,
    /// Where each bucket starts in `entries`.
    buckets: Box<[u32]>,
    bucket_shift: u32,
    entries: Box<[Entry]>,
}

/// Three bytes as a number, and a pattern that may begin with them.
type Entry = (u32, Pattern);

/// Where the search for candidates is.
#[derive(Default)]
pub(super) struct Cursor {
    next: usize,
    /// Candidates of the block of 32 bytes that ends at `next`.
    found: u32,
}

impl Index {
    pub(super) fn new(needles: Vec<Needle>, lines: Lines) -> Self {
        let mut pairs = Vec::new();
        let mut escaped = vec![Vec::new(); 256];
        let mut first = vec![Vec::new(); 256];
        let mut escapes = Vec::new();
        for (number, needle) in needles.iter().enumerate() {
            for (dialect_number, dialect) in Dialect::ALL.into_iter().enumerate() {
                let pattern = Pattern::new(number, dialect_number);
                let before = pairs.len();
                heads::each(needle, dialect, &mut |head| {
                    pairs.push((key(head), pattern));
                    let first: &mut Vec<_> = &mut first[usize::from(head[0])];
                    if first.last() != Some(&pattern) {
                        first.push(pattern);
                    }
                });
                pairs[before..].sort_unstable();
                heads::each_escaped(needle, dialect, &mut |byte| {
                    escaped[usize::from(byte)].push(pattern);
                    heads::escapes(byte, &mut |pair| escapes.push(pair));
                    if is_lead(byte) {
                        // As it is, before whatever comes next.
                        escapes.extend((0..=255).map(|next| [byte, next]));
                    }
                });
                heads::each_character(needle, dialect, &mut |pair| escapes.push(pair));
            }
        }
        pairs.dedup();
        let mut plain = Vec::new();
        for line in lines.iter() {
            match *line {
                [lead, next, ..] if is_lead(lead) => escapes.push([lead, next]),
                [a, b, c, ..] => plain.push([a, b, c]),
                _ => {}
            }
        }
        escapes.sort_unstable();
        escapes.dedup();
        let mut classifier = Classifier::for_heads(pairs.len() + plain.len());
        for &(key, pattern) in &pairs {
            let [a, b, c, _] = key.to_le_bytes();
            classifier.add(bucket_for(pattern.dialect(), [a, b, c]), [a, b, c]);
        }
        plain.into_iter().for_each(|head| classifier.add(2, head));
        for pair in escapes {
            classifier.add_pair(u8::from(pair[0] != b'\\'), pair);
        }
        let bucket_shift = 32 - pairs.len().next_power_of_two().ilog2().clamp(4, 24);
        let (buckets, entries) = bucket(&pairs, bucket_shift);
        Self { needles, lines, first, escaped, classifier, buckets, bucket_shift, entries }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty() && self.lines.iter().next().is_none()
    }

    pub(super) fn needle(&self, pattern: Pattern) -> &Needle {
        &self.needles[pattern.needle()]
    }

    /// The next position where a pattern may begin.
    pub(super) fn next(&self, input: &[u8], cursor: &mut Cursor) -> Option<usize> {
        loop {
            if cursor.found != 0 {
                let at = cursor.next - BLOCK + cursor.found.trailing_zeros() as usize;
                cursor.found &= cursor.found - 1;
                return Some(at);
            }
            match self.classifier.find(input, cursor.next) {
                (at, 0) => {
                    let found = (at..input.len()).find(|&at| self.may_begin(input, at));
                    cursor.next = found.map_or(input.len(), |at| at + 1);
                    return found;
                }
                (at, found) => {
                    cursor.next = at + BLOCK;
                    cursor.found = found;
                }
            }
        }
    }

    fn may_begin(&self, input: &[u8], at: usize) -> bool {
        match input[at..] {
            [a, b, c, ..] => self.classifier.passes([a, b, c]),
            [a, ..] if is_lead(a) => true,
            [a, ..] => !self.first[usize::from(a)].is_empty() || self.lines.begin_with(a),
            [] => false,
        }
    }

    /// Goes on at `at`, leaving out candidates before it.
    pub(super) fn seek(cursor: &mut Cursor, at: usize) {
        *cursor = Cursor { next: at, found: 0 };
    }

    /// What all patterns together say about position `at`.
    pub(super) fn verify(&self, input: &[u8], at: usize, scratch: &mut Scratch) -> Verdict {
        let mut verdict = self.lines.verify(input, at);
        let ask = |pattern: Pattern, verdict: &mut Verdict, scratch: &mut Scratch| {
            let said = pattern.verify(&self.needles, input, at, scratch);
            verdict.end = verdict.end.max(said.end);
            verdict.more |= said.more;
        };
        match input[at..] {
            [lead, ..] if is_lead(lead) => {
                let mut found = std::mem::take(&mut scratch.found);
                found.clear();
                if decode(input, at, &mut found).is_some() {
                    found.sort_unstable();
                    found.dedup();
                    for &byte in &found {
                        for &pattern in &self.escaped[usize::from(byte)] {
                            ask(pattern, &mut verdict, scratch);
                        }
                    }
                } else {
                    self.each(|pattern| ask(pattern, &mut verdict, scratch));
                }
                scratch.found = found;
            }
            [a, b, c, ..] => {
                for &(_, pattern) in self.listed(key([a, b, c])) {
                    ask(pattern, &mut verdict, scratch);
                }
            }
            // Too little to look up.
            [a, ..] => {
                for &pattern in &self.first[usize::from(a)] {
                    ask(pattern, &mut verdict, scratch);
                }
            }
            [] => {}
        }
        verdict
    }

    fn each(&self, mut visit: impl FnMut(Pattern)) {
        for number in 0..self.needles.len() {
            (0..Dialect::ALL.len()).for_each(|dialect| visit(Pattern::new(number, dialect)));
        }
    }

    fn listed(&self, key: u32) -> impl Iterator<Item = &Entry> {
        let bucket = (hash(key) >> self.bucket_shift) as usize;
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        self.entries[range].iter().filter(move |entry| entry.0 == key)
    }

    /// The only pattern that may begin at `at`, if there is exactly one; and
    /// whether there is none.
    pub(super) fn only(&self, input: &[u8], at: usize) -> (Option<Pattern>, bool) {
        let Some(&[a, b, c]) = input.get(at..at + 3).and_then(|head| head.first_chunk()) else {
            return (None, false);
        };
        if is_lead(a) || self.lines.begin_with(a) {
            return (None, false);
        }
        let mut patterns = self.listed(key([a, b, c])).map(|entry| entry.1);
        match (patterns.next(), patterns.next()) {
            (None, _) => (None, true),
            (only, None) => (only, false),
            _ => (None, false),
        }
    }
}

fn key(head: [u8; 3]) -> u32 {
    u32::from_le_bytes([head[0], head[1], head[2], 0])
}

fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9e37_79b1)
}

/// Sorts into buckets by counting: two passes, no comparisons.
fn bucket(pairs: &[Entry], shift: u32) -> (Box<[u32]>, Box<[Entry]>) {
    let mut starts = vec![0_u32; (1 << (32 - shift)) + 1];
    for &(key, _) in pairs {
        starts[(hash(key) >> shift) as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut entries = vec![(0, Pattern::new(0, 0)); pairs.len()];
    for &pair in pairs {
        let slot = &mut next[(hash(pair.0) >> shift) as usize];
        entries[*slot as usize] = pair;
        *slot += 1;
    }
    (starts.into(), entries.into())
}

/// Alike heads share a bucket of the classifier.
fn bucket_for(dialect: Dialect, head: [u8; 3]) -> u8 {
    match (head[1], dialect) {
        (b'\r' | b'\n' | 0x1b, _) => 3,
        (b'\\' | b'%' | b'&', _) => 4,
        (_, Dialect::Text) => 2,
        (_, Dialect::Hex) => 5,
        (_, Dialect::Base64(4)) => 6,
        (_, Dialect::Base64(_)) => 7,
    }
}

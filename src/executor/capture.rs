//! A bounded memory of a stream: its head and its tail.

use crate::job::Captured;
use std::collections::VecDeque;

/// Keeps the first half of `limit` bytes and the last half, and counts the rest.
#[derive(Debug)]
pub(super) struct Capture {
    head: Vec<u8>,
    head_limit: usize,
    tail: VecDeque<u8>,
    tail_limit: usize,
    dropped: u64,
}

impl Capture {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            head: Vec::new(),
            head_limit: limit.div_ceil(2),
            tail: VecDeque::new(),
            tail_limit: limit / 2,
            dropped: 0,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        let room = self.head_limit - self.head.len();
        if room > 0 {
            let (first, rest) = bytes.split_at(room.min(bytes.len()));
            self.head.extend_from_slice(first);
            bytes = rest;
        }
        if bytes.len() > self.tail_limit {
            let (lost, last) = bytes.split_at(bytes.len() - self.tail_limit);
            self.dropped += (self.tail.len() + lost.len()) as u64;
            self.tail.clear();
            bytes = last;
        }
        let excess = (self.tail.len() + bytes.len()).saturating_sub(self.tail_limit);
        self.dropped += excess as u64;
        self.tail.drain(..excess);
        self.tail.extend(bytes);
    }

    /// Counts bytes that were dropped before anybody looked at them.
    pub(super) fn drop_unseen(&mut self, count: usize) {
        self.dropped += count as u64;
    }

    /// What was kept. Where something was dropped, no character is cut in half.
    pub(super) fn finish(mut self) -> Captured {
        let mut tail = Vec::from(self.tail);
        if self.dropped == 0 {
            self.head.append(&mut tail);
            return Captured { head: self.head, tail, dropped: 0 };
        }
        let cut = incomplete_end(&self.head);
        self.head.truncate(self.head.len() - cut);
        let begun = tail.iter().take(3).take_while(|&&byte| byte & 0xc0 == 0x80).count();
        tail.drain(..begun);
        Captured { head: self.head, tail, dropped: self.dropped + (cut + begun) as u64 }
    }
}

/// How many bytes at the end begin a UTF-8 character that isn't complete.
fn incomplete_end(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let length = match bytes[bytes.len() - back] {
            0x80..=0xbf => continue,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn head_and_tail_are_exact_however_it_is_cut(
            chunks in prop::collection::vec(prop::collection::vec(0u8..128, 0..40), 0..20),
            limit in 0usize..64,
        ) {
            let mut capture = Capture::new(limit);
            chunks.iter().for_each(|chunk| capture.push(chunk));
            let all = chunks.concat();
            let kept = capture.finish();
            prop_assert_eq!(kept.total(), all.len() as u64);
            prop_assert!(all.starts_with(&kept.head) && all.ends_with(&kept.tail));
            prop_assert!(kept.head.len() + kept.tail.len() <= limit);
            prop_assert_eq!(kept.is_truncated(), all.len() > limit);
        }
    }

    #[test]
    fn no_character_is_cut_in_half() {
        let mut capture = Capture::new(6);
        capture.push("aüüüüüü".as_bytes());
        let kept = capture.finish();
        assert_eq!((kept.head, kept.tail, kept.dropped), ("aü".into(), "ü".into(), 8));
    }
}

//! The lines of values that have very many: found as they are, by dictionary.
//!
//! Every spelling of a hundred thousand lines would take gigabytes of filter,
//! and lines tend to begin alike. The value as a whole, in blocks, is still
//! looked for in every spelling.

use super::super::needles::Wiped;
use super::verify::Verdict;

/// A dictionary of lines.
pub(super) struct Lines {
    sorted: Vec<Wiped>,
    /// For each line the longest other one that it begins with.
    shorter: Vec<Option<u32>>,
    first: [bool; 256],
}

impl Lines {
    pub(super) fn new(mut lines: Vec<Wiped>) -> Self {
        lines.sort_unstable_by(|a, b| a.as_slice().cmp(b));
        let mut shorter: Vec<Option<u32>> = Vec::with_capacity(lines.len());
        let mut first = [false; 256];
        for index in 0..lines.len() {
            first[usize::from(lines[index][0])] = true;
            // Lines that this one begins with stand before it, and each of them
            // begins with the next shorter.
            let mut before = index.checked_sub(1);
            while let Some(other) = before
                && !lines[index].starts_with(&lines[other])
            {
                before = shorter[other].map(|other| other as usize);
            }
            shorter.push(before.map(|other| other as u32));
        }
        Self { sorted: lines, shorter, first }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.sorted.iter().map(|line| line.as_slice())
    }

    pub(super) fn begin_with(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }

    pub(super) fn verify(&self, input: &[u8], at: usize) -> Verdict {
        let rest = &input[at..];
        if rest.first().is_none_or(|&byte| !self.begin_with(byte)) {
            return Verdict { end: None, more: false };
        }
        let after = self.sorted.partition_point(|line| line.as_slice() <= rest);
        let more = self.sorted.get(after).is_some_and(|line| line.starts_with(rest));
        let mut before = after.checked_sub(1);
        while let Some(line) = before {
            if rest.starts_with(&self.sorted[line]) {
                return Verdict { end: Some(at + self.sorted[line].len()), more };
            }
            before = self.shorter[line].map(|line| line as usize);
        }
        Verdict { end: None, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    proptest! {
        #[test]
        fn the_longest_line_is_found(
            lines in prop::collection::btree_set("[ab]{1,5}", 1..12),
            input in "[abc]{0,9}",
        ) {
            let wiped = lines.iter().map(|line| Zeroizing::new(line.clone().into_bytes()));
            let dictionary = Lines::new(wiped.collect());
            let longest = lines.iter().filter(|line| input.starts_with(*line)).map(String::len).max();
            let more = lines.iter().any(|l| l.len() > input.len() && l.starts_with(&input));
            let verdict = dictionary.verify(input.as_bytes(), 0);
            prop_assert_eq!(verdict.end, longest);
            prop_assert_eq!(verdict.more, more && !input.is_empty());
        }
    }
}

//! What a verification says, and the patterns it is asked about.

use super::needle::Needle;
use super::{encoded, text};

/// Whether a pattern stands at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The furthest end of a match, of those found so far.
    pub(super) end: Option<usize>,
    /// More input could make a match, or a longer one.
    pub(super) more: bool,
}

/// Buffers that verifications reuse.
#[derive(Default)]
pub(super) struct Scratch {
    /// Positions reached, by how many bytes further on in the needle.
    pub(super) reached: [Vec<usize>; 5],
    pub(super) here: Vec<usize>,
    pub(super) ends: Vec<usize>,
    /// First bytes that an escape may stand for.
    pub(super) found: Vec<u8>,
}

/// How a needle may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Text,
    Hex,
    /// Base64 whose first character has this many bits before the needle's.
    Base64(usize),
}

impl Dialect {
    pub(super) const ALL: [Self; 5] =
        [Self::Text, Self::Hex, Self::Base64(0), Self::Base64(2), Self::Base64(4)];
}

/// A needle in a dialect, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern(u32);

impl Pattern {
    pub(super) fn new(needle: usize, dialect: usize) -> Self {
        Self((needle * Dialect::ALL.len() + dialect) as u32)
    }

    pub(super) fn needle(self) -> usize {
        self.0 as usize / Dialect::ALL.len()
    }

    pub(super) fn dialect(self) -> Dialect {
        Dialect::ALL[self.0 as usize % Dialect::ALL.len()]
    }

    pub(super) fn verify(
        self,
        needles: &[Needle],
        input: &[u8],
        pos: usize,
        scratch: &mut Scratch,
    ) -> Verdict {
        let needle = &needles[self.needle()];
        match self.dialect() {
            Dialect::Text => text::verify(needle, input, pos, scratch),
            Dialect::Hex => encoded::hexadecimal(needle, input, pos, scratch),
            Dialect::Base64(skip) => encoded::base64(needle, skip, input, pos, scratch),
        }
    }
}

//! One form to look for, prepared for verification.

use super::super::needles::Wiped;

/// A needle.
pub(super) struct Needle {
    pub(super) bytes: Wiped,
    /// For each byte the length of the character that starts there, 0 inside a
    /// character, 1 for a byte that isn't UTF-8. Empty where all is ASCII.
    lengths: Box<[u8]>,
    /// Where a byte stands that could be read in more than one way.
    special: Box<[u32]>,
    /// The smallest period of a needle that repeats itself, or 0.
    pub(super) period: usize,
}

/// One step of a needle: a character, or a line break.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// LF, CR LF or CR; so many bytes.
    Newline(usize),
    /// The byte, and the character that starts with it, if one does: its number
    /// and its length.
    Byte(u8, Option<(u32, usize)>),
}

/// Periods longer than this aren't worth the special case.
const LONGEST_PERIOD: usize = 16;

impl Needle {
    pub(super) fn new(bytes: Wiped) -> Self {
        let special = positions(&bytes);
        let lengths = if bytes.is_ascii() { Box::default() } else { lengths(&bytes) };
        let repeats = |&period: &usize| bytes[period..] == bytes[..bytes.len() - period];
        let period = match special.is_empty() && bytes.len() >= 64 {
            true => (1..=LONGEST_PERIOD).find(repeats).unwrap_or(0),
            false => 0,
        };
        Self { bytes, lengths, special, period }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where the run of bytes that can be read in one way only, and that starts
    /// at `from`, ends.
    pub(super) fn simple_until(&self, from: usize) -> usize {
        if self.special.is_empty() {
            return self.len();
        }
        let next = self.special.partition_point(|&at| (at as usize) < from);
        self.special.get(next).map_or(self.len(), |&at| at as usize)
    }

    pub(super) fn unit(&self, at: usize) -> Unit {
        let byte = self.bytes[at];
        match byte {
            b'\n' => return Unit::Newline(1),
            b'\r' if self.bytes.get(at + 1) == Some(&b'\n') => return Unit::Newline(2),
            b'\r' => return Unit::Newline(1),
            0..0x80 => return Unit::Byte(byte, Some((byte.into(), 1))),
            _ => {}
        }
        let length = usize::from(self.lengths[at]);
        let character = match length {
            0 => None,
            1 => Some((0xdc00 + u32::from(byte), 1)),
            _ => std::str::from_utf8(&self.bytes[at..at + length])
                .ok()
                .and_then(|text| text.chars().next())
                .map(|character| (character.into(), length)),
        };
        Unit::Byte(byte, character)
    }
}

/// An input byte that equals such a byte of the needle may still begin an
/// escape, so both ways have to be followed.
fn positions(bytes: &[u8]) -> Box<[u32]> {
    let special = |byte: &u8| matches!(byte, b'\\' | b'%' | b'&' | b'\'' | b'"' | b'\r' | 0x1b);
    (0_u32..).zip(bytes).filter(|(_, byte)| special(byte)).map(|(at, _)| at).collect()
}

fn lengths(bytes: &[u8]) -> Box<[u8]> {
    let mut lengths = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let length = character.len_utf8();
            lengths.extend((0..length).map(|at| if at == 0 { length as u8 } else { 0 }));
        }
        lengths.extend(chunk.invalid().iter().map(|_| 1));
    }
    lengths.into()
}

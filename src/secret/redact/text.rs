//! Does a value stand here as text, each character of it in any spelling?
//!
//! The needle is walked once. Since a character can be spelled in several ways
//! of different lengths, what is kept is the *set* of input positions that the
//! walk may have reached: the cost is bounded, whatever the input. As long as
//! bytes simply agree, none of that is needed and they are compared in bulk.

use super::escape::{Reader, ascii, byte, character, colour, newline};
use super::needle::{Needle, Unit};
use super::verify::{Scratch, Verdict};

/// So many ways are followed at a time. It takes over twenty backslashes, percent
/// signs or the like in a row, each spelled with four bytes or more, to need them
/// all; without a bound a secret made of such could stop everything.
const WIDTH: usize = 64;

/// Colour codes in a row between two characters.
const COLOURS: usize = 8;

pub(super) fn verify(needle: &Needle, input: &[u8], pos: usize, scratch: &mut Scratch) -> Verdict {
    let mut reader = Reader::new(input);
    let mut at = 0;
    let mut pos = pos;
    loop {
        let same = common(&needle.bytes[at..needle.simple_until(at)], &input[pos..]);
        at += same;
        pos += same;
        if at == needle.len() {
            return Verdict { end: Some(pos), more: reader.more };
        }
        let Some(&next) = input.get(pos) else { return Verdict { end: None, more: true } };
        if next != needle.bytes[at] && !begins_spelling(next) {
            return Verdict { end: None, more: reader.more };
        }
        match branch(needle, &mut reader, &mut at, pos, scratch) {
            Some(Ok(only)) => pos = only,
            Some(Err(end)) => return Verdict { end: Some(end), more: reader.more },
            None => return Verdict { end: None, more: reader.more },
        }
    }
}

/// Follows every way from `pos` until one position is left (`Ok`, with `at`
/// moved there), the needle ends (`Err` with the furthest end), or nothing fits.
fn branch(
    needle: &Needle,
    reader: &mut Reader<'_>,
    at: &mut usize,
    pos: usize,
    scratch: &mut Scratch,
) -> Option<Result<usize, usize>> {
    let Scratch { reached, here, ends, .. } = scratch;
    reached.iter_mut().for_each(Vec::clear);
    reached[0].push(pos);
    loop {
        here.clear();
        for &start in &reached[0] {
            here.push(start);
            let mut start = start;
            // No colour before the first character: it isn't the secret's.
            for _ in 0..if *at == 0 { 0 } else { COLOURS } {
                let Some(end) = colour(reader, start) else { break };
                here.push(end);
                start = end;
            }
        }
        reached[0].clear();
        here.sort_unstable();
        here.dedup();
        for &start in here.iter() {
            match needle.unit(*at) {
                Unit::Newline(length) => {
                    newline(reader, start, &mut reached[length]);
                    if length == 2 {
                        // With a colour code between the two.
                        ascii(reader, b'\r', start, &mut reached[1]);
                    }
                }
                Unit::Byte(value, code) => {
                    byte(reader, value, start, &mut reached[1]);
                    if let Some((code, length)) = code {
                        ends.clear();
                        character(reader, code, start, ends);
                        reached[length].append(ends);
                    }
                }
            }
        }
        reached.rotate_left(1);
        *at += 1;
        reached[0].sort_unstable();
        reached[0].dedup();
        // The first ones: which those are doesn't depend on input still to come.
        reached[0].truncate(WIDTH);
        if *at == needle.len() {
            return reached[0].last().map(|&end| Err(end));
        }
        if reached[1..].iter().all(Vec::is_empty) {
            match reached[0][..] {
                [] => return None,
                [only] => return Some(Ok(only)),
                _ => {}
            }
        }
    }
}

/// Bytes that may begin a spelling of another byte, or a colour code.
fn begins_spelling(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | b'+' | b' ' | b'\n' | b'\r' | 0x1b)
}

/// How many bytes at the start of both are the same.
pub(super) fn common(a: &[u8], b: &[u8]) -> usize {
    const STRIDE: usize = 64;
    let length = a.len().min(b.len());
    let mut same = 0;
    // Slices are compared at memory speed; the rest finds the place.
    while same + STRIDE <= length && a[same..same + STRIDE] == b[same..same + STRIDE] {
        same += STRIDE;
    }
    while same < length && a[same] == b[same] {
        same += 1;
    }
    same
}

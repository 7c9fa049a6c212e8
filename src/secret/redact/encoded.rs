//! Does a value stand here in base64 or hexadecimal?
//!
//! Both are compared bit by bit with the needle, never decoded. In base64 the
//! characters at the edges carry bits of the secret and of its neighbours; they
//! belong to the match, and the bits that are the secret's must agree.

use super::escape::{Reader, ascii};
use super::needle::Needle;
use super::verify::{Scratch, Verdict};

/// Six bits for each character of either alphabet, 0xff for any other byte.
pub(super) const SEXTETS: [u8; 256] = {
    let mut table = [0xff; 256];
    let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut index = 0;
    while index < 64 {
        table[standard[index] as usize] = index as u8;
        index += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// The characters that other encodings escape.
const ESCAPED: [(u8, u8); 4] = [(b'+', 62), (b'-', 62), (b'/', 63), (b'_', 63)];

/// Values shorter than this are looked for in unbroken hexadecimal only: a
/// table of small numbers mustn't be taken for one.
const SEPARATED: usize = 8;

/// The bits of character `index` when the needle starts `skip` bits into the
/// first one: value and mask.
pub(super) fn sextet(bytes: &[u8], skip: usize, index: usize) -> (u8, u8) {
    let window = |at: Option<usize>| at.and_then(|at| bytes.get(at)).map_or((0, 0), |&b| (b, 0xff));
    // The needle's bits begin `skip` bits later, so bit 0 here is bit -skip there.
    let first = index * 6;
    let shifted = first + 8 - skip;
    let (high, high_mask) = window((shifted / 8).checked_sub(1));
    let (low, low_mask) = window(Some(shifted / 8));
    let cut = |high: u8, low: u8| {
        let both = u16::from(high) << 8 | u16::from(low);
        (both << (shifted % 8) >> 10) as u8
    };
    (cut(high, low), cut(high_mask, low_mask))
}

/// How many characters carry bits of a needle of `length` bytes.
fn sextets(length: usize, skip: usize) -> usize {
    (length * 8 + skip).div_ceil(6)
}

pub(super) fn base64(
    needle: &Needle,
    skip: usize,
    input: &[u8],
    pos: usize,
    scratch: &mut Scratch,
) -> Verdict {
    let mut reader = Reader::new(input);
    let end = base64_end(needle, skip, &mut reader, pos, &mut scratch.ends);
    Verdict { end, more: reader.more }
}

fn base64_end(
    needle: &Needle,
    skip: usize,
    reader: &mut Reader<'_>,
    mut pos: usize,
    ends: &mut Vec<usize>,
) -> Option<usize> {
    for index in 0..sextets(needle.len(), skip) {
        let (value, mask) = sextet(&needle.bytes, skip, index);
        if index > 0 {
            pos = wrap(reader, pos, ends);
        }
        let next = reader.at(pos)?;
        let found = SEXTETS[usize::from(next)];
        if found != 0xff {
            if (found ^ value) & mask != 0 {
                return None;
            }
            pos += 1;
            continue;
        }
        if !is_lead(next) {
            return None;
        }
        ends.clear();
        for (escaped, bits) in ESCAPED {
            if (bits ^ value) & mask == 0 {
                ascii(reader, escaped, pos, ends);
            }
        }
        pos = *ends.iter().max()?;
    }
    Some(pos)
}

pub(super) fn hexadecimal(
    needle: &Needle,
    input: &[u8],
    pos: usize,
    scratch: &mut Scratch,
) -> Verdict {
    let mut reader = Reader::new(input);
    let end = hexadecimal_end(needle, &mut reader, pos, &mut scratch.ends);
    Verdict { end, more: reader.more }
}

fn hexadecimal_end(
    needle: &Needle,
    reader: &mut Reader<'_>,
    mut pos: usize,
    ends: &mut Vec<usize>,
) -> Option<usize> {
    for index in 0..needle.len() * 2 {
        let byte = needle.bytes[index / 2];
        let nibble = if index.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
        if index > 0 && needle.len() >= SEPARATED {
            if index.is_multiple_of(2) && matches!(reader.at(pos)?, b':' | b' ') {
                pos += 1;
            }
            pos = wrap(reader, pos, ends);
        }
        if char::from(reader.at(pos)?).to_digit(16)? != u32::from(nibble) {
            return None;
        }
        pos += 1;
    }
    Some(pos)
}

/// Past a line break, if one stands at `pos`, and the next line's indentation.
fn wrap(reader: &mut Reader<'_>, pos: usize, ends: &mut Vec<usize>) -> usize {
    let Some(&next) = reader.input.get(pos) else { return pos };
    match next {
        b'\n' => return indentation(reader.input, pos + 1),
        b'\r' if reader.input.get(pos + 1) == Some(&b'\n') => {
            return indentation(reader.input, pos + 2);
        }
        b'\r' => return indentation(reader.input, pos + 1),
        _ if !is_lead(next) => return pos,
        _ => {}
    }
    ends.clear();
    ascii(reader, b'\r', pos, ends);
    let feed = ends.pop().unwrap_or(pos);
    ascii(reader, b'\n', feed, ends);
    ends.pop().unwrap_or(feed)
}

fn indentation(input: &[u8], pos: usize) -> usize {
    let blanks = input[pos..].iter().take(16).take_while(|&&byte| byte == b' ' || byte == b'\t');
    pos + blanks.count()
}

/// The bytes that begin an escape.
pub(super) fn is_lead(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

//! With which three bytes may a pattern begin?
//!
//! Everything here may say too much, never too little: a head that is missing
//! is a leak, one too many costs a verification. Patterns that begin with an
//! escape aren't listed by bytes (their heads would all be alike) but by the
//! character that the escape stands for: see [`super::escape::decode`].

use super::encoded::{SEXTETS, is_lead, sextet};
use super::escape::{ENTITIES, control};
use super::needle::{Needle, Unit};
use super::verify::Dialect;

/// The first three bytes of a match.
pub(super) type Head = [u8; 3];

/// Calls `visit` with every head of the pattern that doesn't begin with an escape.
pub(super) fn each(needle: &Needle, dialect: Dialect, visit: &mut impl FnMut(Head)) {
    match dialect {
        Dialect::Text => text(needle, visit),
        Dialect::Hex => hexadecimal(needle, visit),
        Dialect::Base64(skip) => base64(needle, skip, visit),
    }
}

/// Calls `visit` with the first byte of every character that the pattern may
/// begin with when that is escaped.
pub(super) fn each_escaped(needle: &Needle, dialect: Dialect, visit: &mut impl FnMut(u8)) {
    match dialect {
        Dialect::Text => match needle.unit(0) {
            Unit::Newline(_) => b"\n\r ".iter().for_each(|&byte| visit(byte)),
            Unit::Byte(byte, _) => visit(byte),
        },
        Dialect::Base64(skip) => {
            let (value, mask) = sextet(&needle.bytes, skip, 0);
            for byte in *b"+-/_" {
                if (SEXTETS[usize::from(byte)] ^ value) & mask == 0 {
                    visit(byte);
                }
            }
        }
        Dialect::Hex => {}
    }
}

/// Calls `visit` with the first two bytes of every escape of a first character
/// that isn't ASCII; those of an ASCII one are its [`escapes`].
pub(super) fn each_character(needle: &Needle, dialect: Dialect, visit: &mut impl FnMut([u8; 2])) {
    if dialect == Dialect::Text
        && let Unit::Byte(_, Some((code, _))) = needle.unit(0)
    {
        character_escapes(code, visit);
    }
}

fn text(needle: &Needle, visit: &mut impl FnMut(Head)) {
    extend(needle, 0, &mut Vec::with_capacity(8), visit);
}

/// Completes `head` with what may stand from byte `at` of the needle on.
fn extend(needle: &Needle, at: usize, head: &mut Vec<u8>, visit: &mut impl FnMut(Head)) {
    if let &[a, b, c, ..] = head.as_slice() {
        return visit([a, b, c]);
    }
    if at == needle.len() {
        return;
    }
    let length = head.len();
    let mut add = |text: &[u8], next: usize| {
        head.extend_from_slice(text);
        extend(needle, next, head, visit);
        head.truncate(length);
    };
    let unit = needle.unit(at);
    match unit {
        Unit::Newline(width) => {
            for text in [&b"\n"[..], b"\r", b"\r\n", b" ", b"+"] {
                add(text, at + width);
            }
            add(b"\r", at + 1);
            escapes(b'\n', &mut |escape| add(&[b'\r', escape[0], escape[1]], at + width));
        }
        Unit::Byte(byte, _) if length > 0 || !is_lead(byte) => {
            add(&[byte], at + 1);
            match byte {
                b' ' => add(b"+", at + 1),
                b'\'' => {
                    add(br"'\'", at + 1);
                    add(br#"'"'"#, at + 1);
                    add(b"''", at + 1);
                }
                b'"' => add(b"\"\"", at + 1),
                _ => {}
            }
        }
        Unit::Byte(..) => {}
    }
    if length > 0 {
        let mut cut = |escape: [u8; 2]| add(&escape, needle.len());
        cut(*b"\x1b[");
        match unit {
            Unit::Newline(_) => b"\n\r ".iter().for_each(|&byte| escapes(byte, &mut cut)),
            Unit::Byte(byte, None) => byte_escapes(byte, &mut cut),
            Unit::Byte(byte, Some((code, _))) => {
                byte_escapes(byte, &mut cut);
                character_escapes(code, &mut cut);
            }
        }
    }
}

/// The first two bytes of every escape of an ASCII character.
pub(super) fn escapes(byte: u8, visit: &mut impl FnMut([u8; 2])) {
    byte_escapes(byte, visit);
    character_escapes(byte.into(), visit);
}

fn byte_escapes(byte: u8, visit: &mut impl FnMut([u8; 2])) {
    let high = char::from_digit(u32::from(byte >> 4), 16).map_or(0, |digit| digit as u8);
    visit([b'%', high]);
    visit([b'%', high.to_ascii_uppercase()]);
    for after in [b'\\', b'x', byte] {
        visit([b'\\', after]);
    }
    for shift in [0, 3, 6] {
        if byte >> shift < 8 || shift == 6 {
            visit([b'\\', b'0' + (byte >> shift)]);
        }
    }
    visit(*b"\\0");
    for letter in b'a'..=b'z' {
        if control(letter) == Some(byte) {
            visit([b'\\', letter]);
            visit([b'\\', letter.to_ascii_uppercase()]);
        }
    }
}

fn character_escapes(code: u32, visit: &mut impl FnMut([u8; 2])) {
    visit(*b"\\\\");
    visit(*b"\\u");
    visit(*b"\\U");
    visit(*b"\\x");
    visit(*b"&#");
    for (name, named) in ENTITIES {
        if *named == code {
            visit([b'&', name.as_bytes()[0]]);
        }
    }
}

fn hexadecimal(needle: &Needle, visit: &mut impl FnMut(Head)) {
    let cases = |index: usize| {
        let byte = needle.bytes[index / 2];
        let nibble = if index.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
        let lower = char::from_digit(nibble.into(), 16).map_or(0, |digit| digit as u8);
        [lower, lower.to_ascii_uppercase()]
    };
    let upper = |index| usize::from(cases(index)[0] != cases(index)[1]);
    for first in &cases(0)[..=upper(0)] {
        for second in &cases(1)[..=upper(1)] {
            for third in &cases(2)[..=upper(2)] {
                visit([*first, *second, *third]);
            }
            for third in b"\n\r\\%&: " {
                visit([*first, *second, *third]);
            }
            broken(&[*second], &mut |a, b| visit([*first, a, b]));
        }
    }
}

fn base64(needle: &Needle, skip: usize, visit: &mut impl FnMut(Head)) {
    let letters = |index| {
        let (value, mask) = sextet(&needle.bytes, skip, index);
        let fits = move |letter: &u8| {
            let bits = SEXTETS[usize::from(*letter)];
            bits != 0xff && (bits ^ value) & mask == 0
        };
        (0..=127_u8).filter(fits).collect::<Vec<_>>()
    };
    let (first, second, third) = (letters(0), letters(1), letters(2));
    let escapable = second.iter().any(|letter| b"+-/_".contains(letter));
    for &a in &first {
        for &b in &second {
            for &c in &third {
                visit([a, b, c]);
            }
            for c in *b"\n\r\\%&" {
                visit([a, b, c]);
            }
        }
        broken(&second, &mut |b, c| visit([a, b, c]));
        if escapable {
            for c in *b"/+-_xuU0125\\" {
                visit([a, b'\\', c]);
            }
            for c in [*b"%2", *b"%5"] {
                visit([a, c[0], c[1]]);
            }
            for c in *b"\\%&" {
                visit([a, b'\n', c]);
                visit([a, b'\r', c]);
            }
        }
    }
}

/// The two bytes of a line break, or the start of one, before one of `next`.
fn broken(next: &[u8], visit: &mut impl FnMut(u8, u8)) {
    for &byte in next.iter().chain(b" \t") {
        visit(b'\n', byte);
        visit(b'\r', byte);
    }
    visit(b'\r', b'\n');
    for byte in *b"\\nruUx01\n\r" {
        visit(b'\\', byte);
    }
    visit(b'%', b'0');
    visit(b'&', b'#');
}

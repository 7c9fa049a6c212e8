//! How one character may be written: as itself, or in any of the escapes of
//! JSON, C, Python, shells, URLs and HTML.

/// The longest run of backslashes that counts as one: text that was quoted
/// three times over.
pub(super) const RUN: usize = 8;

/// Reads input and notes whether its end cut a decision short.
pub(super) struct Reader<'a> {
    pub(super) input: &'a [u8],
    /// Something that matched so far ran into the end of the input.
    pub(super) more: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, more: false }
    }

    /// The byte at `pos`. To be asked only when all before it matched.
    pub(super) fn at(&mut self, pos: usize) -> Option<u8> {
        let byte = self.input.get(pos).copied();
        self.more |= byte.is_none();
        byte
    }

    pub(super) fn literal(&mut self, pos: usize, text: &[u8]) -> Option<usize> {
        for (offset, &expected) in text.iter().enumerate() {
            if self.at(pos + offset)? != expected {
                return None;
            }
        }
        Some(pos + text.len())
    }

    /// Exactly `digits` digits that spell `value`, in either case.
    fn number(&mut self, pos: usize, base: u32, digits: u32, value: u32) -> Option<usize> {
        let mut weight = base.checked_pow(digits.checked_sub(1)?)?;
        let mut rest = value;
        let mut at = pos;
        while weight > 0 {
            let digit = char::from(self.at(at)?).to_digit(base)?;
            if digit != rest / weight {
                return None;
            }
            rest %= weight;
            weight /= base;
            at += 1;
        }
        Some(at)
    }

    fn hex(&mut self, pos: usize, digits: u32, value: u32) -> Option<usize> {
        // A number too large for its digits isn't spelled by them.
        if digits < 8 && value >> (4 * digits) != 0 {
            return None;
        }
        let mut at = pos;
        for place in (0..digits).rev() {
            let digit = char::from(self.at(at)?).to_digit(16)?;
            if digit != (value >> (4 * place)) & 15 {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// How many backslashes stand at `pos`, up to [`RUN`].
    pub(super) fn run(&self, pos: usize) -> usize {
        self.input[pos..].iter().take(RUN).take_while(|&&byte| byte == b'\\').count()
    }
}

/// Every end of a spelling of the byte `byte` that starts at `pos`.
pub(super) fn byte(reader: &mut Reader<'_>, byte: u8, pos: usize, ends: &mut Vec<usize>) {
    let Some(lead) = reader.at(pos) else { return };
    if lead == byte {
        ends.push(pos + 1);
    }
    match lead {
        b'\\' => backslash(reader, byte, pos, ends),
        b'%' => ends.extend(reader.hex(pos + 1, 2, byte.into())),
        b'+' if byte == b' ' => ends.push(pos + 1),
        b'\'' if byte == b'\'' => {
            ends.extend(reader.literal(pos, br"'\''"));
            ends.extend(reader.literal(pos, br#"'"'"'"#));
            ends.extend(reader.literal(pos, b"''"));
        }
        b'"' if byte == b'"' => ends.extend(reader.literal(pos, b"\"\"")),
        _ => {}
    }
}

fn backslash(reader: &mut Reader<'_>, byte: u8, pos: usize, ends: &mut Vec<usize>) {
    let body = pos + reader.run(pos);
    if byte == b'\\' {
        ends.extend(pos + 2..=body);
    }
    // At the end of input either more backslashes or the body may follow.
    let Some(first) = reader.at(body) else { return };
    if first == byte && byte != b'\\' {
        ends.push(body + 1);
    }
    match first {
        b'x' => ends.extend(reader.hex(body + 1, 2, byte.into())),
        b'0'..=b'7' => {
            let shortest = 1 + u32::from(byte > 0o7) + u32::from(byte > 0o77);
            for digits in shortest..=3 {
                ends.extend(reader.number(body, 8, digits, byte.into()));
            }
        }
        _ if control(first) == Some(byte) => ends.push(body + 1),
        _ => {}
    }
}

/// What a letter after a backslash stands for.
pub(super) fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'e' | b'E' => 0x1b,
        _ => return None,
    })
}

/// Every end of a spelling of a whole character by its number. (A byte that
/// isn't UTF-8 is passed as the lone surrogate that Python writes for it.)
pub(super) fn character(reader: &mut Reader<'_>, code: u32, pos: usize, ends: &mut Vec<usize>) {
    match reader.input.get(pos) {
        Some(b'\\') => {
            let body = pos + reader.run(pos);
            match reader.at(body) {
                Some(b'u') => {
                    ends.extend(utf16(reader, code, body + 1));
                    ends.extend(braces(reader, code, body + 1));
                }
                Some(b'U') => ends.extend(reader.hex(body + 1, 8, code)),
                Some(b'x') => {
                    if (0x80..0x100).contains(&code) {
                        ends.extend(reader.hex(body + 1, 2, code));
                    }
                    ends.extend(braces(reader, code, body + 1));
                }
                _ => {}
            }
        }
        Some(b'&') => entity(reader, code, pos + 1, ends),
        _ => {}
    }
}

fn utf16(reader: &mut Reader<'_>, code: u32, pos: usize) -> Option<usize> {
    let Some(astral) = code.checked_sub(0x1_0000) else { return reader.hex(pos, 4, code) };
    let second = reader.hex(pos, 4, 0xd800 + (astral >> 10))?;
    if reader.at(second)? != b'\\' {
        return None;
    }
    let body = second + reader.run(second);
    let body = reader.literal(body, b"u")?;
    reader.hex(body, 4, 0xdc00 + (astral & 0x3ff))
}

/// `{e9}`, with up to six digits.
fn braces(reader: &mut Reader<'_>, code: u32, pos: usize) -> Option<usize> {
    if reader.at(pos)? != b'{' {
        return None;
    }
    (1..=6).find_map(|digits| {
        let end = reader.hex(pos + 1, digits, code)?;
        reader.literal(end, b"}")
    })
}

fn entity(reader: &mut Reader<'_>, code: u32, pos: usize, ends: &mut Vec<usize>) {
    if reader.at(pos) == Some(b'#') {
        for digits in 1..=7 {
            if let Some(end) = reader.number(pos + 1, 10, digits, code) {
                ends.extend(reader.literal(end, b";"));
            }
        }
        if matches!(reader.at(pos + 1), Some(b'x' | b'X')) {
            for digits in 1..=6 {
                if let Some(end) = reader.hex(pos + 2, digits, code) {
                    ends.extend(reader.literal(end, b";"));
                }
            }
        }
    }
    for (name, named) in ENTITIES {
        if *named == code {
            ends.extend(reader.literal(pos, name.as_bytes()));
        }
    }
}

/// The named entities that escaping functions write.
pub(super) const ENTITIES: &[(&str, u32)] = &[
    ("amp;", 0x26),
    ("AMP;", 0x26),
    ("lt;", 0x3c),
    ("LT;", 0x3c),
    ("gt;", 0x3e),
    ("GT;", 0x3e),
    ("quot;", 0x22),
    ("QUOT;", 0x22),
    ("apos;", 0x27),
    ("nbsp;", 0xa0),
];

/// Every spelling of an ASCII character.
pub(super) fn ascii(reader: &mut Reader<'_>, wanted: u8, pos: usize, ends: &mut Vec<usize>) {
    byte(reader, wanted, pos, ends);
    character(reader, wanted.into(), pos, ends);
}

/// Every end of a line break at `pos`, which a space may stand for.
pub(super) fn newline(reader: &mut Reader<'_>, pos: usize, ends: &mut Vec<usize>) {
    let before = ends.len();
    ascii(reader, b'\r', pos, ends);
    for index in before..ends.len() {
        let after = ends[index];
        ascii(reader, b'\n', after, ends);
    }
    ascii(reader, b'\n', pos, ends);
    ascii(reader, b' ', pos, ends);
}

/// A colour code at `pos`: `ESC [ … m` or `K`, at most 32 bytes.
pub(super) fn colour(reader: &mut Reader<'_>, pos: usize) -> Option<usize> {
    let start = reader.literal(pos, b"\x1b[")?;
    for at in start..pos + 32 {
        match reader.at(at)? {
            b'm' | b'K' => return Some(at + 1),
            0x20..=0x3f => {}
            _ => return None,
        }
    }
    None
}

/// The characters that an escape at `pos` may stand for, by the first byte of
/// each in UTF-8; `None` if the end of the input leaves that open. It says too
/// much rather than too little: verification decides.
pub(super) fn decode(input: &[u8], pos: usize, found: &mut Vec<u8>) -> Option<()> {
    found.push(input[pos]);
    let digits = |at: usize, base: u32, most: usize| {
        let text = &input[at.min(input.len())..(at + most).min(input.len())];
        let mut value = 0_u32;
        let mut count = 0;
        for &digit in text {
            let Some(digit) = char::from(digit).to_digit(base) else { break };
            value = value.wrapping_mul(base).wrapping_add(digit);
            count += 1;
        }
        // Cut short by the end of the input rather than by another byte?
        (count, value, count < most && at + count >= input.len())
    };
    match input[pos] {
        b'\\' => {
            let body = pos + Reader::new(input).run(pos);
            let first = *input.get(body)?;
            found.push(first);
            found.extend(control(first));
            if matches!(first, b'x' | b'u' | b'U') {
                let brace = input.get(body + 1)? == &b'{';
                let most = match first {
                    _ if brace => 6,
                    b'x' => 2,
                    b'u' => 4,
                    _ => 8,
                };
                let (count, value, cut) = digits(body + 1 + usize::from(brace), 16, most);
                if cut {
                    return None;
                }
                if count > 0 {
                    push_first(value, first == b'x' && !brace, found);
                }
            }
            for most in 1..=3 {
                let (count, value, cut) = digits(body, 8, most);
                if cut {
                    return None;
                }
                if count == most {
                    found.extend(u8::try_from(value));
                }
            }
        }
        b'%' => {
            let (count, value, cut) = digits(pos + 1, 16, 2);
            if cut {
                return None;
            }
            if count == 2 {
                found.extend(u8::try_from(value));
            }
        }
        _ => {
            let first = *input.get(pos + 1)?;
            if first == b'#' {
                let hexadecimal = matches!(input.get(pos + 2)?, b'x' | b'X');
                let (count, value, cut) = match hexadecimal {
                    true => digits(pos + 3, 16, 6),
                    false => digits(pos + 2, 10, 7),
                };
                if cut {
                    return None;
                }
                if count > 0 {
                    push_first(value, false, found);
                }
            }
            for (name, code) in ENTITIES {
                let rest = &input[pos + 1..];
                if rest.starts_with(name.as_bytes()) {
                    push_first(*code, false, found);
                } else if name.as_bytes().starts_with(rest) {
                    return None;
                }
            }
        }
    }
    Some(())
}

/// The first byte of a character in UTF-8; for the halves of a surrogate pair
/// that of the pair, and the byte that Python's `\udcXX` stands for.
fn push_first(code: u32, byte_too: bool, found: &mut Vec<u8>) {
    if byte_too {
        found.extend(u8::try_from(code));
    }
    let code = match code {
        0xd800..0xdc00 => 0x1_0000 + ((code - 0xd800) << 10),
        0xdc80..=0xdcff => {
            found.extend(u8::try_from(code - 0xdc00));
            return;
        }
        _ => code,
    };
    if let Some(character) = char::from_u32(code) {
        found.push(character.encode_utf8(&mut [0; 4]).as_bytes()[0]);
    }
}

//! What holds for every set of secrets and every output.

use super::super::index::Index;
use super::super::lines::Lines;
use super::super::needle::Needle;
use super::super::verify::{Dialect, Pattern, Scratch};
use super::{in_pieces, redactor, shown};
use proptest::prelude::*;
use zeroize::Zeroizing;

/// Values from few characters, so that they meet, repeat and overlap.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let few = prop::sample::select(&b"ab\\%&'\" +\n\r41nux;\xc3\xa9"[..]);
    prop_oneof![
        prop::collection::vec(few, 4..9),
        prop::collection::vec(any::<u8>(), 4..9),
        "[ -~äé€🔑\n]{4,10}".prop_map(String::into_bytes),
    ]
}

/// A value, each character in some spelling.
fn spelled(value: &[u8], choices: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut choices = choices.iter().copied().cycle();
    let mut pick = move || choices.next().unwrap_or(0);
    for (index, chunk) in units(value).into_iter().enumerate() {
        if index > 0 && pick() % 8 == 0 {
            out.extend_from_slice(b"\x1b[0;31m");
        }
        let run = "\\".repeat(1 + usize::from(pick() % 3));
        let by_byte =
            |form: &dyn Fn(u8) -> String| chunk.iter().map(|&b| form(b)).collect::<String>();
        let code = str::from_utf8(chunk).ok().and_then(|text| text.chars().next()).map(u32::from);
        let spelling = match (pick() % 10, code) {
            (0, _) => by_byte(&|b| format!("%{b:02x}")),
            (1, _) => by_byte(&|b| format!("%{b:02X}")),
            (2, _) => by_byte(&|b| format!("{run}x{b:02x}")),
            (3, _) => by_byte(&|b| format!("{run}{b:03o}")),
            (4, Some(code)) if code < 0x1_0000 => format!("{run}u{code:04x}"),
            (4 | 5, Some(code)) => format!("{run}u{{{code:X}}}"),
            (6, Some(code)) => format!("&#{code};"),
            (7, Some(code)) => format!("&#x{code:x};"),
            (8, Some(code)) => format!("{run}U{code:08X}"),
            _ => {
                out.extend_from_slice(chunk);
                continue;
            }
        };
        out.extend_from_slice(spelling.as_bytes());
    }
    out
}

fn units(value: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    for chunk in value.utf8_chunks() {
        let valid = chunk.valid();
        let starts = valid.char_indices().map(|(at, c)| &valid.as_bytes()[at..at + c.len_utf8()]);
        units.extend(starts);
        units.extend(chunk.invalid().chunks(1));
    }
    units
}

fn encoded(value: &[u8], choices: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let first = choices.first().copied().unwrap_or(0);
    let shift = &b"zz"[..usize::from(first / 8 % 3)];
    match first % 8 {
        0 => STANDARD.encode([shift, value].concat()).into_bytes(),
        1 => URL_SAFE_NO_PAD.encode([shift, value].concat()).into_bytes(),
        2 => value.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect(),
        3 => value.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect(),
        4 => value.to_vec(),
        _ => spelled(value, choices),
    }
}

/// Secrets, and output that holds them and parts of them.
fn situation() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<u8>)> {
    prop::collection::vec(value(), 1..4).prop_flat_map(|values| {
        let texts = values.clone();
        let choice = (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..12));
        let piece = prop_oneof![
            3 => (choice, any::<bool>(), any::<prop::sample::Index>()).prop_map(
                move |((which, choices), whole, cut)| {
                    let mut text = encoded(&texts[which.index(texts.len())], &choices);
                    if !whole {
                        text.truncate(cut.index(text.len() + 1));
                    }
                    text
                }
            ),
            1 => prop::collection::vec(any::<u8>(), 0..6),
            1 => "[ab\\\\%&'\" +\n41nu]{0,6}".prop_map(String::into_bytes),
        ];
        let output = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
        (Just(values), output)
    })
}

fn index(values: &[Vec<u8>]) -> (Index, usize) {
    let needle = |value: &Vec<u8>| Needle::new(Zeroizing::new(value.clone()));
    (Index::new(values.iter().map(needle).collect(), Lines::new(Vec::new())), values.len())
}

fn patterns(needles: usize) -> impl Iterator<Item = Pattern> {
    (0..needles).flat_map(|n| (0..Dialect::ALL.len()).map(move |d| Pattern::new(n, d)))
}

/// Every pattern at every position, and then the masks.
fn oracle(values: &[Vec<u8>], input: &[u8]) -> Vec<u8> {
    let needles: Vec<Needle> =
        values.iter().map(|value| Needle::new(Zeroizing::new(value.clone()))).collect();
    let mut scratch = Scratch::default();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for at in 0..input.len() {
        let ends = patterns(needles.len())
            .filter_map(|pattern| pattern.verify(&needles, input, at, &mut scratch).end);
        let Some(end) = ends.max() else { continue };
        match spans.last_mut() {
            Some(last) if at <= last.1 => last.1 = last.1.max(end),
            _ => spans.push((at, end)),
        }
    }
    let mut out = Vec::new();
    let mut written = 0;
    for (start, end) in spans {
        out.extend_from_slice(&input[written..start]);
        out.extend_from_slice(b"***");
        written = end;
    }
    out.extend_from_slice(&input[written..]);
    out
}

fn by_index(index: &Index, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    super::super::stream::redact(index, input, &mut out);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_split_gives_the_same((values, input) in situation(), lengths in prop::collection::vec(0_usize..9, 1..9)) {
        let redactor = redactor(&values);
        let whole = redactor.redact(&input);
        prop_assert_eq!(&in_pieces(&redactor, &input, 1), &whole);
        let mut stream = redactor.stream();
        let mut out = Vec::new();
        let mut rest = &input[..];
        for &length in lengths.iter().cycle().take(300) {
            let (piece, after) = rest.split_at(length.min(rest.len()));
            stream.push(piece, &mut out);
            rest = after;
        }
        stream.push(rest, &mut out);
        stream.finish(&mut out);
        prop_assert_eq!(&out, &whole);
        for cut in 0..=input.len() {
            let mut stream = redactor.stream();
            let mut out = Vec::new();
            stream.push(&input[..cut], &mut out);
            stream.push(&input[cut..], &mut out);
            stream.finish(&mut out);
            prop_assert_eq!(&out, &whole, "cut at {}", cut);
        }
    }

    #[test]
    fn the_filter_passes_over_no_match((values, input) in situation()) {
        let (index, _) = index(&values);
        prop_assert_eq!(by_index(&index, &input), oracle(&values, &input));
    }

    #[test]
    fn whatever_the_spelling_the_value_is_masked(value in value(), choices in prop::collection::vec(any::<u8>(), 1..12)) {
        let (index, _) = index(std::slice::from_ref(&value));
        let text = spelled(&value, &choices);
        let out = by_index(&index, &[b"<", &text[..], b">"].concat());
        prop_assert_eq!(&out, b"<***>", "{} as {}", shown(&value), shown(&text));
        let text = encoded(&value, &choices);
        let out = by_index(&index, &[b"<", &text[..], b">"].concat());
        prop_assert!(out.windows(3).any(|window| window == b"***"), "{}", shown(&text));
    }

    #[test]
    fn output_without_secrets_is_the_same(
        values in prop::collection::vec("[a-z]{8,12}".prop_map(String::into_bytes), 1..5),
        input in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        // Random bytes don't hold eight letters that were drawn apart from them.
        let redactor = redactor(&values);
        prop_assert_eq!(&redactor.redact(&input), &input);
        prop_assert_eq!(&in_pieces(&redactor, &input, 7), &input);
    }

    #[test]
    fn held_back_is_only_what_could_become_a_secret((values, input) in situation()) {
        let (index, count) = index(&values);
        let needles: Vec<Needle> =
            values.iter().map(|value| Needle::new(Zeroizing::new(value.clone()))).collect();
        let mut scratch = Scratch::default();
        // The first position from which a pattern runs into the end.
        let open = (0..input.len()).find(|&at| {
            patterns(count).any(|pattern| pattern.verify(&needles, &input, at, &mut scratch).more)
        });
        let mut stream = super::super::RedactionStream::new(std::sync::Arc::new(
            super::super::LazyIndex::new(Box::new(move || index)),
        ));
        let mut out = Vec::new();
        stream.push(&input, &mut out);
        let decided = open.unwrap_or(input.len());
        let whole = oracle(&values, &input);
        let mut rest = Vec::new();
        stream.finish(&mut rest);
        prop_assert_eq!(&[&out[..], &rest[..]].concat(), &whole);
        prop_assert!(rest.len() <= (input.len() - decided).max(3), "{} held of {}", rest.len(), input.len());
        if open.is_none() {
            prop_assert!(rest.is_empty());
        }
    }
}

#[test]
fn what_begins_no_secret_is_never_delayed() {
    let redactor = redactor(&["k3y-value", "0123-4567"]);
    let mut stream = redactor.stream();
    for (pushed, expected) in [
        ("working on it, ...", "working on it, ..."),
        (" k3y-valu", " "),
        (".", "k3y-valu."),
        ("100% & \\\\ ", "100% & \\\\ "),
        ("\\u006", ""),
        // A `1` may begin base64.
        ("1", "\\u006"),
        ("~0123-456", "1~"),
        ("7", "***"),
        ("!", "!"),
    ] {
        let mut out = Vec::new();
        stream.push(pushed.as_bytes(), &mut out);
        assert_eq!(shown(&out), shown(expected.as_bytes()), "after {pushed}");
    }
}

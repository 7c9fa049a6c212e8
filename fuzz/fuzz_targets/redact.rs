//! Any secrets, any output, any split: the same bytes come out, and no secret.
#![no_main]

use aside::secret::{Redactor, Secret, SecretSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Two secrets, how to split, and the output; a zero byte ends each.
    let mut parts = data.splitn(4, |&byte| byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let values = [next(), next()];
    let (lengths, noise) = (next(), next());
    let secrets: SecretSet = ["a", "b"]
        .into_iter()
        .zip(values)
        .map(|(name, value)| (name, Secret::from_bytes(value.to_vec())))
        .collect();
    let redactor = Redactor::new(&secrets);
    let output = [noise, values[0], noise, values[1], values[0], noise].concat();

    let whole = redactor.redact(&output);
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    let mut rest = &output[..];
    for &length in lengths {
        let (piece, after) = rest.split_at(usize::from(length).min(rest.len()));
        stream.push(piece, &mut out);
        rest = after;
    }
    rest.chunks(3).for_each(|piece| stream.push(piece, &mut out));
    stream.finish(&mut out);
    assert_eq!(out, whole, "a split changed the output");

    for (name, value) in ["a", "b"].into_iter().zip(values) {
        // A secret with a mask's own characters could be put together by masking.
        let masked = !redactor.unmasked().iter().any(|unmasked| unmasked == name);
        if masked && !value.contains(&b'*') {
            let found = whole.windows(value.len()).any(|window| window == value);
            assert!(!found, "a secret came through");
        }
    }
});

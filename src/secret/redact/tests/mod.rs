//! What the redactor owes, one file each: every encoding, the faults seen
//! elsewhere, and properties that hold for any input.

mod encodings;
mod faults;
mod properties;
mod scale;
mod vectors;

use super::Redactor;
use crate::secret::{Secret, SecretSet};

/// A redactor for nameless values.
fn redactor<V: AsRef<[u8]>>(values: &[V]) -> Redactor {
    Redactor::new(&set(values))
}

fn set<V: AsRef<[u8]>>(values: &[V]) -> SecretSet {
    let secret = |value: &V| Secret::from_bytes(value.as_ref().to_vec());
    values.iter().enumerate().map(|(index, value)| (format!("s{index}"), secret(value))).collect()
}

/// Pushes pieces of this length, and the rest at the end.
fn in_pieces(redactor: &Redactor, input: &[u8], length: usize) -> Vec<u8> {
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    input.chunks(length.max(1)).for_each(|piece| stream.push(piece, &mut out));
    stream.finish(&mut out);
    out
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

//! The taint guard: no secret may stand where a launch would show it.

use super::SecretSet;
use super::needles::{SHORTEST_PART, Wiped, raw};
use std::fmt;

/// Finds secrets, as they are, in what a child would be started with.
///
/// Only values of 8 bytes or longer count; shorter ones meet ordinary words too
/// often to refuse a launch.
pub struct TaintGuard {
    /// By the first eight bytes, sorted.
    needles: Vec<(u64, String, Wiped)>,
    /// Which bytes a value begins with.
    first: Box<[bool; 256]>,
}

impl TaintGuard {
    /// Prepares to look for these secrets.
    #[must_use]
    pub fn new(secrets: &SecretSet) -> Self {
        let mut first = Box::new([false; 256]);
        let mut needles = Vec::new();
        for (name, bytes) in raw(secrets) {
            if let Some(head) = bytes.first_chunk() {
                first[usize::from(bytes[0])] = true;
                needles.push((u64::from_le_bytes(*head), name, bytes));
            }
        }
        needles.sort_by_key(|needle| needle.0);
        Self { needles, first }
    }

    /// The name of a secret that stands in `haystack`.
    #[must_use]
    pub fn find(&self, haystack: &[u8]) -> Option<&str> {
        haystack.windows(SHORTEST_PART).enumerate().find_map(|(at, window)| {
            if !self.first[usize::from(window[0])] {
                return None;
            }
            let head = u64::from_le_bytes(*window.first_chunk()?);
            let from = self.needles.partition_point(|needle| needle.0 < head);
            let alike = self.needles[from..].iter().take_while(|needle| needle.0 == head);
            let mut here = alike.filter(|needle| haystack[at..].starts_with(&needle.2));
            here.next().map(|needle| needle.1.as_str())
        })
    }
}

impl fmt::Debug for TaintGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaintGuard")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn guard() -> TaintGuard {
        let mut set = SecretSet::parse(
            br#"{"db":{"user":"app","password":"correct horse"},"number":1234567890}"#,
        )
        .unwrap();
        set.insert("token", Secret::from_bytes(b"tok-1234\n".to_vec()));
        set.insert("binary", Secret::from_bytes(b"\xff\xfe\x00\x01\x02\x03\x04\x05".to_vec()));
        set.insert("short", Secret::from_bytes(b"1234567".to_vec()));
        set.insert("blank", Secret::from_bytes(b"          ".to_vec()));
        TaintGuard::new(&set)
    }

    #[test]
    fn names_the_secret_that_stands_there() {
        let guard = guard();
        let cases: [(&[u8], Option<&str>); 10] = [
            (b"--token=tok-1234", Some("token")),
            (b"tok-1234", Some("token")),
            (b"tok-123", None),
            (b"postgres://app:correct horse@db", Some("db")),
            (br#"x{"user":"app","password":"correct horse"}"#, Some("db")),
            (b"n=1234567890", Some("number")),
            (b"\x00\xff\xfe\x00\x01\x02\x03\x04\x05", Some("binary")),
            (b"1234567", None),
            (b"                    ", None),
            (b"", None),
        ];
        for (haystack, expected) in cases {
            assert_eq!(guard.find(haystack), expected, "{}", String::from_utf8_lossy(haystack));
        }
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", guard()), "TaintGuard");
    }
}

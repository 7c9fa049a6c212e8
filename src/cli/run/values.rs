//! Times, sizes and pairs as they are written on a command line.

use jiff::SignedDuration;
use std::time::Duration;

/// A limit on time.
pub(super) fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => {
            Err("no action ends in no time; leave --timeout out for no limit".to_owned())
        }
        timeout => Ok(timeout),
    }
}

/// A time that may be none at all.
pub(super) fn parse_grace(text: &str) -> Result<Duration, String> {
    parse_duration(text)
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if number {
        return Err(format!("it has no unit; write {text}s for seconds"));
    }
    let duration: SignedDuration =
        text.parse().map_err(|_| "write it like 30s, 1m30s, 500ms or 2h".to_owned())?;
    Duration::try_from(duration).map_err(|_| "it is negative; write it like 30s".to_owned())
}

const UNITS: [(&str, usize); 11] = [
    ("", 1),
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

/// A number of bytes, with a unit or without.
pub(super) fn parse_size(text: &str) -> Result<usize, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let size = number.parse::<usize>().ok().zip(factor);
    size.and_then(|(number, factor)| number.checked_mul(factor))
        .ok_or_else(|| "write it like 512KiB, 10MiB or 1048576".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let cases = [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("2h", 7_200_000),
            ("1.5s", 1500),
            ("1h 30m", 5_400_000),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_timeout(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse_grace("0s"), Ok(Duration::ZERO));
        assert!(parse_timeout("0s").unwrap_err().contains("leave --timeout out"));
        assert!(parse_timeout("30").unwrap_err().contains("write 30s"));
        assert!(parse_timeout("-5s").unwrap_err().contains("negative"));
        for text in ["", "s", "5 parsecs", "1x", "99999999999999999999s", "--grace"] {
            assert!(parse_timeout(text).unwrap_err().contains("write it like"), "{text}");
        }
    }

    #[test]
    fn sizes_have_units_or_not() {
        let cases = [
            ("0", 0),
            ("17", 17),
            ("10MiB", 10 << 20),
            ("10mib", 10 << 20),
            ("5 kB", 5000),
            ("2G", 2 << 30),
        ];
        for (text, size) in cases {
            assert_eq!(parse_size(text), Ok(size), "{text}");
        }
        for text in ["", "MiB", "-1", "1.5MiB", "10 parsecs", "99999999999999GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}

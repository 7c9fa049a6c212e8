//! How fast output is redacted, beside copying it in the same run.
//!
//! `cargo bench --bench redact` measures; as part of `cargo test --benches` it
//! only checks that everything runs. Rounds are interleaved, so that a busy
//! machine disturbs all alike; trust the ratios, and the best round.

#![expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use aside::secret::{Redactor, Secret, SecretSet};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A generator of repeatable noise.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self, letters: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/";

fn secrets(count: usize) -> SecretSet {
    let mut noise = Noise(0x5eed);
    (0..count)
        .map(|index| {
            let length = 16 + noise.below(25);
            let value = noise.text(ALPHANUMERIC, length).into_bytes();
            (format!("secret_{index}"), Secret::from_bytes(value))
        })
        .collect()
}

/// What services write: times, levels, sentences, ids, paths, some JSON.
fn log(size: usize) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "request",
        "finished",
        "connection",
        "from",
        "upstream",
        "retrying",
        "in",
        "with",
        "status",
        "handler",
        "cache",
        "miss",
        "for",
        "worker",
        "queue",
        "deployed",
    ];
    let mut noise = Noise(0x106);
    let mut text = String::with_capacity(size + 200);
    while text.len() < size {
        let second = noise.below(60);
        let _ = write!(
            text,
            "2026-11-22T03:{second:02}:17.{:06}Z INFO  api::http: ",
            noise.below(1_000_000)
        );
        for _ in 0..4 + noise.below(8) {
            text.push_str(WORDS[noise.below(16)]);
            text.push(' ');
        }
        match noise.below(4) {
            0 => {
                let id = noise.text(b"0123456789abcdef", 32);
                let _ = writeln!(text, "trace_id={id} path=/api/v1/items/{}", noise.below(9999));
            }
            1 => {
                let _ = writeln!(
                    text,
                    r#"{{"level":"info","msg":"say \"hi\"\n","n":{}}}"#,
                    noise.below(99)
                );
            }
            2 => {
                let _ = writeln!(
                    text,
                    "GET /search?q=caf%C3%A9&page={} 200 {}ms",
                    noise.below(50),
                    noise.below(900)
                );
            }
            _ => text.push('\n'),
        }
    }
    text.truncate(size);
    text.into_bytes()
}

struct Case {
    name: String,
    redactor: Option<Redactor>,
    input: Vec<u8>,
    best: Duration,
}

const CHUNK: usize = 64 * 1024;

fn main() {
    let measure = std::env::args().any(|argument| argument == "--bench");
    let (size, rounds) = if measure { (16 << 20, 15) } else { (1 << 18, 1) };
    let text = log(size);
    let mut cases = vec![Case {
        name: "copying".to_owned(),
        redactor: None,
        input: text.clone(),
        best: Duration::MAX,
    }];
    for count in [1, 10, 100] {
        let redactor = Redactor::new(&secrets(count));
        cases.push(Case {
            name: format!("{count} secrets, log"),
            redactor: Some(redactor.clone()),
            input: text.clone(),
            best: Duration::MAX,
        });
        cases.push(Case {
            name: format!("{count} secrets, no candidate"),
            redactor: Some(redactor),
            input: vec![b'.'; size],
            best: Duration::MAX,
        });
    }
    let mut out = Vec::with_capacity(2 * CHUNK);
    for _ in 0..rounds {
        for case in &mut cases {
            let started = Instant::now();
            match &case.redactor {
                None => case.input.chunks(CHUNK).for_each(|chunk| {
                    out.clear();
                    out.extend_from_slice(black_box(chunk));
                    black_box(&out);
                }),
                Some(redactor) => {
                    let mut stream = redactor.stream();
                    for chunk in case.input.chunks(CHUNK) {
                        out.clear();
                        stream.push(black_box(chunk), &mut out);
                        black_box(&out);
                    }
                    stream.finish(&mut out);
                    assert_eq!(stream.masked(), 0, "nothing secret is in this text");
                }
            }
            case.best = case.best.min(started.elapsed());
        }
    }
    let copying = cases[0].best;
    println!("{:<28} {:>9} {:>9}", "", "MB/s", "× copying");
    for case in &cases {
        let rate = size as f64 / case.best.as_secs_f64() / 1e6;
        let ratio = case.best.as_secs_f64() / copying.as_secs_f64();
        println!("{:<28} {rate:>9.0} {ratio:>9.1}", case.name);
    }
    for count in [1, 10, 100] {
        let set = secrets(count);
        let build = || {
            let started = Instant::now();
            // The first byte is what builds it.
            black_box(Redactor::new(black_box(&set)).redact(b"x"));
            started.elapsed()
        };
        let best = (0..rounds).map(|_| build()).min().unwrap_or_default();
        println!("building for {count:>3} secrets: {best:?}");
    }
}

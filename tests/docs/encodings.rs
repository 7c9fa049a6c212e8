//! The tables of `docs/security.md` that say what the redactor masks.

use aside::secret::{Redactor, Secret, SecretSet};

/// Checks the rows `| name | before | after |` below each line `secret: …`, with ⏎
/// for a newline and ␛ for an escape character. Returns how many there are.
pub(crate) fn problems(text: &str) -> (usize, Vec<String>) {
    let (mut rows, mut problems) = (0, Vec::new());
    let mut redactor = None;
    for line in text.lines() {
        if line.starts_with('#') {
            redactor = None;
        }
        if let Some(rest) = line.strip_prefix("The secret is ") {
            redactor = spans(rest).next().map(|secret| redactor_for(&secret));
        }
        let (Some(redactor), Some(cells)) = (&redactor, cells(line)) else { continue };
        let [_, before, after] = cells.as_slice() else { continue };
        let (Some(before), Some(after)) = (spans(before).next(), spans(after).next()) else {
            continue;
        };
        rows += 1;
        let found = redactor.redact_str(&before);
        if found != after {
            problems.push(format!("{line}\n  found: {}", found.replace('\n', "⏎")));
        }
    }
    (rows, problems)
}

fn redactor_for(secret: &str) -> Redactor {
    let secret = Secret::from_bytes(secret.as_bytes().to_vec());
    Redactor::new(&SecretSet::from_iter([("secret", secret)]))
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

fn spans(text: &str) -> impl Iterator<Item = String> {
    let real = |span: &str| span.replace('⏎', "\n").replace('␛', "\u{1b}");
    text.split('`').skip(1).step_by(2).map(real)
}

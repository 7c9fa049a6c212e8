//! The twins: mistakes are planted in a page, and each must be found.

use crate::names::Names;
use crate::page::Page;
use crate::transcript::Workshop;
use crate::{ROOT, encodings};
use std::path::Path;

/// What is wrong with a page, examples and names.
fn problems(text: &str) -> String {
    let page = Page::new(Path::new("docs/planted.md"), text);
    let mut found = Workshop::open(ROOT).problems(&page);
    found.extend(Names::collect(ROOT).problems(&page));
    found.join("\n")
}

const RIGHT: &str = "\
```python file=hello.py
print('hello', get_secret('api_token'))
```

```console
$ aside run hello.py --secrets - < examples/secrets.json
hello ***
aside: hello succeeded in 48 ms
$ aside run missing.py; echo $?
aside: failed to find the action \"missing.py\": no such file; check the path
127
$ seq 5
1
…
5
```

`--timeout`, [the protocol](protocol.md), `src/executor.rs`,
`no_runtime_leaves_its_secret_anywhere`
";

#[test]
fn a_page_without_mistakes_has_none() {
    assert_eq!(problems(RIGHT), "");
}

#[test]
fn every_planted_mistake_is_found() {
    for (from, to, found) in [
        // Output
        ("hello ***", "hello example-not-a-real-api-token", "expected:"),
        ("hello ***\n", "", "expected:"),
        ("127\n", "126\n", "expected:"),
        ("…\n5", "…\n6", "expected:"),
        ("succeeded in 48 ms", "failed (exit 1) in 48 ms", "expected:"),
        ("aside run hello.py", "exit 3; aside run hello.py", "it failed"),
        // Blocks
        ("```console", "```sh", "nobody runs this block"),
        ("python file=hello.py", "python", "nobody runs this block"),
        ("```console", "```text", "a text block holds a command"),
        ("file=hello.py", "file=unused.py", "nothing on this page uses"),
        ("file=hello.py", "file=examples/greet.py", "this is not the text of"),
        // Names
        ("`--timeout`", "`--timeuot`", "no option --timeuot"),
        ("run missing.py", "run missing.py --secretz=-", "no option --secretz"),
        ("(protocol.md)", "(protokol.md)", "leads nowhere"),
        ("(protocol.md)", "(protocol.md#nothing-here)", "leads to no heading"),
        ("executor.rs", "executer.rs", "there is no file"),
        ("no_runtime_leaves", "no_runtime_loses", "there is no test"),
    ] {
        let planted = RIGHT.replace(from, to);
        assert_ne!(planted, RIGHT, "{from}");
        let problems = problems(&planted);
        assert!(problems.contains(found), "{to}: {problems}");
    }
}

#[test]
fn a_missing_proof_in_the_threat_model_is_found() {
    let names = Names::collect(ROOT);
    let page = |name: &str| {
        let row = format!("| who | what | why | `{name}`, `fault_20_…` |\n");
        names.problems(&Page::new(Path::new("SECURITY.md"), &row))
    };
    assert_eq!(page("fault_14_names_and_values_are_never_evaluated"), [""; 0]);
    assert_eq!(page("fault_14_never_evaluated").len(), 1);
    assert_eq!(page("not_one").len(), 1);
}

#[test]
fn a_wrong_row_of_a_table_is_found() {
    let table = "The secret is `hunter2-hunter2`.\n| raw | `<hunter2-hunter2>` | `<***>` |\n";
    assert_eq!(encodings::problems(table), (1, vec![]));
    for wrong in [table.replace("<***>", "***"), table.replace("<hunter2-", "<hunter2")] {
        assert_eq!(encodings::problems(&wrong).1.len(), 1, "{wrong}");
    }
}

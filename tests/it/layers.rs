//! The layers inside `service/`: no circle between the top modules of a crate, but for the arrows listed
//! here. The list may only shrink: an arrow that closes no circle any more fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 8] =
    ["kernel", "terms", "ledger", "comms", "identity", "accounts", "payments", "agency"];

/// Arrows that close a circle: crate, from, to. None in kernel, terms, ledger, comms, identity; at most
/// five in all.
const KNOWN: [(&str, &str, &str); 5] = [
    // An entry on a debt that bears interest posts the interest before it.
    ("accounts", "debt_entries", "interest"),
    // What the gateway answered is routed to the noun that asked.
    ("payments", "gateway", "credits"),
    ("payments", "gateway", "payments"),
    ("payments", "gateway", "payouts"),
    // A returned payment takes back the credit that it made.
    ("payments", "payments", "credits"),
];

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_circle_between_the_top_modules_of_a_crate() {
    assert!(KNOWN.len() <= 5, "the list of known circles may only shrink");
    for name in CRATES {
        let mut arrows = arrows_of(name);
        assert!(!arrows.is_empty(), "{name} has modules");
        for (_, from, to) in KNOWN.iter().filter(|(of, _, _)| *of == name) {
            let cut = arrows.get_mut(*from).is_some_and(|targets| targets.remove(*to));
            assert!(
                cut,
                "{name}: there is no arrow from {from} to {to} any more; take it off the list"
            );
            assert!(
                reaches(&arrows, to, from),
                "{name}: {from} -> {to} closes no circle; take it off"
            );
        }
        for (from, targets) in &arrows {
            for to in targets {
                assert!(
                    !reaches(&arrows, to, from),
                    "{name}: {from} uses {to}, and {to} reaches {from}"
                );
            }
        }
    }
}

fn reaches(arrows: &Arrows, from: &str, to: &str) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            next.extend(arrows.get(at).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// Which top module of a crate names which other one.
fn arrows_of(name: &str) -> Arrows {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("service").join(name).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    let top = |file: &Path| {
        let first = file.strip_prefix(&root).expect("a file below").components().next();
        let first = first.expect("a name").as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    let tops: BTreeSet<String> = found.iter().map(|file| top(file)).collect();
    let mut arrows: Arrows = tops.iter().map(|one| (one.clone(), BTreeSet::new())).collect();
    for file in found.iter().filter(|file| !file.ends_with("lib.rs")) {
        let text = fs::read_to_string(file).expect("a source file");
        let from = top(file);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for rest in line.split("crate::").skip(1) {
                let to: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                assert!(
                    !rest.starts_with('{'),
                    "{}: one `use crate::` a line, so that the layers can be read",
                    file.display()
                );
                if to != from && tops.contains(&to) {
                    arrows.entry(from.clone()).or_default().insert(to);
                }
            }
        }
    }
    arrows
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

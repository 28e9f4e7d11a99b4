//! What sources and papers say of each other is true: rules that are cited stand in `docs/rules`, each
//! once; tests that `docs/invariants.md` names exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are not read for citations: what is built, fetched or written while running.
const APART: [&str; 3] = ["target", "node_modules", "var"];

/// Prefixes of our own ids; a number with dots follows.
const OWN: [&str; 4] = ["DOM-", "MON-", "PLC-", "CMP-"];

/// Collections of law; a section follows.
const LAW: [&str; 9] = [
    "Reg F ", "Reg E ", "FDCPA ", "11 USC ", "15 USC ", "50 USC ", "12 CFR ", "47 CFR ", "209 CMR ",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with('.') && !APART.contains(&&*name) {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// The text with its comments, one line each: a citation may be broken over two lines.
fn flowing(text: &str) -> String {
    let mut flow = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_start();
        let said = ["///", "//!", "//"].iter().find_map(|mark| line.strip_prefix(mark));
        match said {
            Some(said) => flow.push_str(said.trim_start()),
            None => {
                flow.push('\n');
                flow.push_str(line);
            }
        }
        flow.push(' ');
    }
    flow
}

/// A section of a law: `1006.34(c)(2)`, `1692h`. The brackets belong to it as long as they close.
fn section(text: &str) -> &str {
    let mut end = 0;
    let mut open = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' if open.is_none() => open = Some(at),
            ')' if open.is_some() => {
                open = None;
                end = at + 1;
            }
            '.' if open.is_none() => {}
            // `1681s-2` is one section, `(4)-(5)` are two.
            '-' if end == at && !text[..at].ends_with(')') => {}
            letter if letter.is_ascii_alphanumeric() => {
                if open.is_none() {
                    end = at + 1;
                }
            }
            _ => break,
        }
    }
    &text[..end]
}

fn number(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}

/// Every rule that a text cites.
fn cited(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for prefix in OWN {
        for (at, _) in text.match_indices(prefix) {
            let number = number(&text[at + prefix.len()..]);
            if !number.is_empty() {
                ids.insert(format!("{prefix}{number}"));
            }
        }
    }
    for law in LAW {
        for (at, _) in text.match_indices(law) {
            let section = section(&text[at + law.len()..]);
            if section.starts_with(|first: char| first.is_ascii_digit()) {
                let law = match law {
                    "FDCPA " => "15 USC ",
                    "12 CFR " if section.starts_with("1006.") => "Reg F ",
                    "12 CFR " if section.starts_with("1005.") => "Reg E ",
                    law => law,
                };
                ids.insert(format!("{law}{section}"));
            }
        }
    }
    ids
}

/// Every worked example that a text cites: `E4`, `E4 g`.
fn examples(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.len() == 2 && word.starts_with('E'))
        .filter(|word| word.ends_with(|last: char| last.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Every rule that stands in `docs/rules`, with how often.
fn defined() -> BTreeMap<String, usize> {
    let mut pages = Vec::new();
    files(&root().join("docs/rules"), &mut pages);
    let mut rules = BTreeMap::new();
    for page in pages {
        for line in fs::read_to_string(page).expect("a page").lines() {
            let heading = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim());
            let item = line.strip_prefix("- **").and_then(|rest| rest.split("**").next());
            let Some(start) = heading.or(item) else { continue };
            let all = cited(start).into_iter().chain(examples(start));
            for id in all.filter(|id| start.starts_with(id.as_str())) {
                *rules.entry(id).or_default() += 1;
            }
        }
    }
    rules
}

#[test]
fn every_rule_has_one_place() {
    let rules = defined();
    assert!(rules.len() > 150, "docs/rules has {} rules", rules.len());
    for (id, places) in rules {
        assert_eq!(places, 1, "{id} stands {places} times in docs/rules");
    }
}

#[test]
fn every_rule_that_is_cited_stands_in_the_rules() {
    let rules = defined();
    let mut sources = Vec::new();
    files(root(), &mut sources);
    let mut citations = 0;
    let mut missing = Vec::new();
    for source in sources {
        let is_rust = source.extension().is_some_and(|extension| extension == "rs");
        // Landed migrations are not edited, and this file cites what it invents.
        if source.starts_with(root().join("migration/src/sql")) || source.ends_with("it/rules.rs") {
            continue;
        }
        // Pictures, workbooks and the like cite nothing.
        let Ok(text) = fs::read_to_string(&source) else { continue };
        let text = flowing(&text);
        let mut ids = cited(&text);
        if is_rust {
            ids.extend(examples(&text));
        }
        citations += ids.len();
        let unknown = ids.into_iter().filter(|id| !rules.contains_key(id));
        missing.extend(unknown.map(|id| format!("{}: {id}", source.display())));
    }
    assert!(citations > 100, "only {citations} citations were found");
    assert!(missing.is_empty(), "not in docs/rules:\n{}", missing.join("\n"));
}

/// `docs/invariants.md` names the test that holds each promise, by its function.
#[test]
fn every_test_that_the_invariants_name_is_there() {
    let mut sources = Vec::new();
    files(root(), &mut sources);
    let mut functions = BTreeSet::new();
    for source in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = fs::read_to_string(source).expect("a source");
        let names = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
        functions.extend(names.map(str::to_owned));
    }
    let page = fs::read_to_string(root().join("docs/invariants.md")).expect("the invariants");
    let quoted = page.split('`').skip(1).step_by(2);
    let tests: Vec<&str> = quoted.filter(|word| word.matches('_').count() > 1).collect();
    assert!(tests.len() > 80, "docs/invariants.md names {} tests", tests.len());
    for test in tests {
        assert!(functions.contains(test), "docs/invariants.md names {test}, which is no function");
    }
}

/// The scan itself: what it must find, and where a citation ends.
#[test]
fn a_citation_is_found_however_it_is_written() {
    let text = flowing(
        "/// Rounded (MON-17, DOM-2.5.6). E4 g, and (Reg F\n    /// 1006.34(c)(2)(viii)), 15 USC\n/// 1692h;\n\
         // MON-19 to MON-21.\n",
    );
    let expected =
        ["15 USC 1692h", "DOM-2.5.6", "MON-17", "MON-19", "MON-21", "Reg F 1006.34(c)(2)(viii)"];
    assert_eq!(cited(&text), expected.map(str::to_owned).into());
    assert_eq!(cited("15 USC 1681s-2(a)(6)"), BTreeSet::from(["15 USC 1681s-2(a)(6)".to_owned()]));
    assert_eq!(cited("12 CFR 1006.6(d)(4)-(5)"), BTreeSet::from(["Reg F 1006.6(d)(4)".to_owned()]));
    assert_eq!(examples(&text), BTreeSet::from(["E4".to_owned()]));
    assert_eq!(
        cited("\"a disputed debt (FDCPA 1692h)\""),
        BTreeSet::from(["15 USC 1692h".to_owned()])
    );
}

//! The papers speak of things that exist.

use std::fs;
use std::path::{Path, PathBuf};

const PAPERS: [&str; 7] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/glossary.md",
    "docs/invariants.md",
    "docs/operations.md",
    "docs/rules/README.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Everything between backticks, outside of code blocks.
fn quoted(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut words = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            words.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    words
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_that_the_papers_name_is_there() {
    for paper in PAPERS {
        let text = fs::read_to_string(root().join(paper)).expect(paper);
        for word in quoted(&text) {
            let is_path = word.contains('/')
                && !word.starts_with(['/', '$', '~', '*'])
                && !word.contains([' ', ':', '…', '{', '*'])
                && !word.starts_with("var/");
            if is_path {
                assert!(root().join(&word).exists(), "{paper} speaks of {word}");
            }
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") {
                let base = root().join(paper).parent().expect("a folder").to_owned();
                assert!(base.join(link).exists(), "{paper} links to {link}");
            }
        }
    }
}

/// The folder of a crate: at the top, or a layer of `service`.
fn home(krate: &str) -> Option<PathBuf> {
    let homes = [root().join(krate), root().join("service").join(krate)];
    homes.into_iter().find(|home| home.join("src").is_dir())
}

#[test]
fn every_verb_that_the_walks_name_is_there() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("the walks");
    let mut seen = 0;
    for word in quoted(&text) {
        let parts: Vec<&str> = word.split("::").collect();
        let (Some(home), Some(last)) = (home(parts[0]), parts.last()) else {
            continue;
        };
        if parts.len() < 3 {
            continue;
        }
        seen += 1;
        let module = home.join("src").join(parts[1]);
        let mut files = vec![module.with_extension("rs")];
        sources(&module, &mut files);
        let named = ["fn", "struct", "enum"].map(|kind| format!("{kind} {last}"));
        let there = files
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .any(|source| named.iter().any(|name| source.contains(name)));
        assert!(there, "docs/architecture.md speaks of {word}");
    }
    assert!(seen >= 10, "the walks name their verbs as crate::module::verb");
}

#[test]
fn every_module_that_the_papers_name_is_there() {
    let mut seen = 0;
    for paper in ["CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"] {
        let text = fs::read_to_string(root().join(paper)).expect(paper);
        for word in quoted(&text) {
            let Some((krate, module)) = word.split_once("::") else { continue };
            let is_module = |c: char| c.is_lowercase() || c == '_' || c == ':';
            let (Some(home), true) = (home(krate), module.chars().all(is_module)) else {
                continue;
            };
            seen += 1;
            // A module, or an item of one.
            let path = home.join("src").join(module.replace("::", "/"));
            let file = path.with_extension("rs");
            let around = path.parent().expect("src").with_extension("rs");
            assert!(file.exists() || around.exists(), "{paper} speaks of {word}");
        }
    }
    assert!(seen >= 100, "the glossary says where each word lives");
}

#[test]
fn every_decision_is_listed() {
    let folder = root().join("docs/decisions");
    let list = fs::read_to_string(folder.join("README.md")).expect("a list");
    for entry in fs::read_dir(&folder).expect("decisions").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || list.contains(&name), "{name} is not in the list");
    }
}

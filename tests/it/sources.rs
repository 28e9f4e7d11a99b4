//! The sources themselves: each rule of the house that a compiler does not hold.

use std::path::{Path, PathBuf};

/// Every Rust file below a folder of the workspace.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        rust_files(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100, "the sources are there");
    found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source");
            (path.display().to_string(), text)
        })
        .collect()
}

/// Whether a line reads the table `restriction` or its entity.
fn reads_restrictions(line: &str) -> bool {
    let sql = ["FROM restriction", "JOIN restriction", "UPDATE restriction", "INTO restriction"];
    sql.iter().any(|part| line.contains(part))
        || line.contains("restriction::in_agency")
        || line.contains("restriction::Entity")
        || line.contains("restriction::Column")
}

/// What stands on an account is read in one place. The others write, or need the days on which a
/// restriction stood, or read it in the one trip that posts a payment; the list only shrinks.
const READ_RESTRICTIONS: [&str; 7] = [
    "accounts/case.rs",
    "lifecycle/restrictions.rs",
    "payments/src/packets.rs",
    "placements/insert/entries.rs",
    "interest/history.rs",
    "interest/many.rs",
    "payments/grounds.rs",
];

#[test]
fn restrictions_are_read_by_one_reader() {
    let mut readers = Vec::new();
    for (path, text) in sources(&["service", "api", "portal", "src"]) {
        if text.lines().any(reads_restrictions) {
            readers.push(path);
        }
    }
    let strangers: Vec<&String> = readers
        .iter()
        .filter(|path| !READ_RESTRICTIONS.iter().any(|known| path.ends_with(known)))
        .collect();
    assert!(strangers.is_empty(), "read them through accounts::case: {strangers:?}");
    for known in READ_RESTRICTIONS {
        assert!(
            readers.iter().any(|path| path.ends_with(known)),
            "{known} reads none any more; take it off the list"
        );
    }
}

/// The tree of creditors is climbed by `creditors::path`. The others need it within their one trip, for
/// all creditors at once, or downwards; the list only shrinks.
const CLIMB: [&str; 4] =
    ["terms/src/creditors.rs", "payments/grounds.rs", "interest/history.rs", "close_runs/due.rs"];

#[test]
fn the_tree_of_creditors_is_climbed_in_one_place() {
    let climbs = |text: &str| text.contains("JOIN up ON c.id = up.parent_id");
    let mut climbing = Vec::new();
    for (path, text) in sources(&["service", "api", "portal", "src"]) {
        if climbs(&text) {
            climbing.push(path);
        }
    }
    let strangers: Vec<&String> =
        climbing.iter().filter(|path| !CLIMB.iter().any(|known| path.ends_with(known))).collect();
    assert!(strangers.is_empty(), "climb by creditors::path: {strangers:?}");
    for known in CLIMB {
        assert!(climbing.iter().any(|path| path.ends_with(known)), "{known} climbs no more");
    }
}

#[test]
fn statuses_are_listed_in_one_table() {
    let codes: Vec<String> = domain::account::AccountStatus::ALL
        .iter()
        .map(|status| format!("'{}'", status.code()))
        .collect();
    for (path, text) in sources(&["service", "api", "portal", "src"]) {
        let listed: Vec<&String> = codes.iter().filter(|code| text.contains(*code)).collect();
        assert!(listed.is_empty(), "{path} names {listed:?}; bind AccountStatus::codes");
    }
}

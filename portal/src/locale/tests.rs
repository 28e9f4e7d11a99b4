use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_owned();
            if path.is_dir() {
                open.push(path);
            } else if endings.contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    found
}

/// Key to the variables it uses, for one language.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(&format!("locales/{language}"), &["ftl"]) {
        let mut current = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if line.starts_with('#') {
                continue;
            }
            let starts = line.split_once(" =").filter(|_| !line.starts_with([' ', '}', '[', '*']));
            if let Some((key, _)) = starts {
                current = key.to_owned();
                let twice = texts.insert(current.clone(), BTreeSet::new()).is_some();
                assert!(!twice, "{current} twice in {language}");
            }
            let mut rest = line;
            while let Some((_, after)) = rest.split_once('$') {
                let end = after.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                let name = &after[..end.unwrap_or(after.len())];
                if !name.is_empty() {
                    texts.get_mut(&current).unwrap().insert(name.to_owned());
                }
                rest = after;
            }
        }
    }
    texts
}

/// Every quoted word of templates and code that looks like a key.
fn quoted(endings: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src", "templates"] {
        for file in files(folder, endings) {
            if file.ends_with("tests.rs") {
                continue;
            }
            for word in fs::read_to_string(&file).unwrap().split('"') {
                if word.contains('-')
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
                {
                    found.insert(word.to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn both_languages_say_the_same_things_about_the_same_variables() {
    let (en, es) = (texts("en"), texts("es"));
    assert!(en.len() > 20);
    for (key, variables) in &en {
        assert_eq!(Some(variables), es.get(key), "{key} differs or is missing in Spanish");
    }
    assert_eq!(en.len(), es.len(), "Spanish has texts that English lacks");
}

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let known = texts("en");
    let used = quoted(&["html", "rs"]);
    for key in known.keys() {
        assert!(used.contains(key), "{key} is in the .ftl files and nowhere else");
    }
    for file in files("templates", &["html"]).into_iter().chain(files("src", &["rs"])) {
        if file.ends_with("tests.rs") {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let source: String = lines.collect::<Vec<_>>().join("\n");
        for call in [".t(", ".ta(", ".n("] {
            for after in source.split(call).skip(1) {
                let Some(word) = after.trim_start().strip_prefix('"') else { continue };
                let key = word.split('"').next().unwrap();
                assert!(known.contains_key(key), "{key} in {} has no text", file.display());
            }
        }
    }
}

#[test]
fn money_and_dates_are_written_as_people_write_them() {
    let (en, es) = (Loc::new(Language::English), Loc::new(Language::Spanish));
    let date = NaiveDate::from_ymd_opt(2026, 12, 28).unwrap();
    assert_eq!(en.date(&date), "December 28, 2026");
    assert_eq!(es.date(&date), "28 de diciembre de 2026");
    assert_eq!(en.money(&Money::from_minor(228_456)), "$2,284.56");
    assert_eq!(en.change(&Money::from_minor(-5_000)), "\u{2212}$50.00");
    assert_eq!(es.change(&Money::from_minor(7_500)), "+$75.00");
    let at = DateTime::parse_from_rfc3339("2026-11-20T19:02:00Z").unwrap().to_utc();
    assert_eq!(en.moment(&at, chrono_tz::America::New_York), "Nov 20, 2026, 2:02 PM");
    assert_eq!(es.time(&at, chrono_tz::America::New_York), "2:02 p. m.");
}

#[test]
fn the_browser_is_asked_for_its_language() {
    assert_eq!(accepted("es-MX,es;q=0.9,en;q=0.8"), Language::Spanish);
    assert_eq!(accepted("fr-FR, en;q=0.5, es;q=0.7"), Language::Spanish);
    assert_eq!(accepted("de"), Language::English);
    assert_eq!(accepted("es;q=0, en"), Language::English);
}

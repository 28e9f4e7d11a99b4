//! Yes and no as files write them, and words that restrict an account.

use super::cell::{Cell, unwrapped};

/// What a flag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFlag {
    /// Yes.
    Yes,
    /// No, or blank.
    No,
    /// Something else: a restriction is set all the same (fail closed), a consent is not.
    Unreadable,
}

/// Reads a flag.
pub fn read(cell: Cell<'_>) -> ReadFlag {
    let Some(text) = cell.code() else { return ReadFlag::No };
    match text.to_lowercase().as_str() {
        "y" | "yes" | "true" | "t" | "1" => ReadFlag::Yes,
        "n" | "no" | "false" | "f" | "0" | "none" | "n/a" | "na" => ReadFlag::No,
        _ => ReadFlag::Unreadable,
    }
}

/// Whether the text of a column that names a fact (an attorney, a chapter) says that there is none.
pub fn says_none(text: &str) -> bool {
    matches!(
        unwrapped(text).to_lowercase().as_str(),
        "" | "n" | "no" | "none" | "n/a" | "na" | "0" | "false" | "-" | "null"
    )
}

/// Whether notes speak of what restricts an account: death, bankruptcy, an attorney, a wish not to
/// be contacted, a dispute, identity theft, military duty.
pub fn notes_mention_restriction(notes: &str) -> bool {
    const WORDS: [&str; 27] = [
        "deceased",
        "died",
        "death",
        "estate of",
        "bankrupt",
        "bankruptcy",
        "chapter 7",
        "chapter 11",
        "chapter 13",
        "ch 7",
        "ch 13",
        "ch7",
        "ch13",
        "bk",
        "attorney",
        "atty",
        "lawyer",
        "represented by",
        "cease",
        "do not call",
        "do not contact",
        "dispute",
        "disputed",
        "disputes",
        "identity theft",
        "id theft",
        "active duty",
    ];
    const STEMS: [&str; 2] = ["fraud", "military"];
    let words: String = notes
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' })
        .collect();
    let padded = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    WORDS.iter().any(|word| padded.contains(&format!(" {word} ")))
        || STEMS.iter().any(|stem| padded.contains(&format!(" {stem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_that_cannot_be_read_is_neither_yes_nor_no() {
        for text in ["Y", "yes", " TRUE ", "1", "=\"Y\""] {
            assert_eq!(read(Cell::Text(text)), ReadFlag::Yes, "{text}");
        }
        for text in ["N", "no", "0", "FALSE", "", "  "] {
            assert_eq!(read(Cell::Text(text)), ReadFlag::No, "{text}");
        }
        for text in ["maybe", "X", "?", "2025-01-01", "YN"] {
            assert_eq!(read(Cell::Text(text)), ReadFlag::Unreadable, "{text}");
        }
        assert_eq!(read(Cell::Flag(true)), ReadFlag::Yes);
    }

    #[test]
    fn notes_that_need_somebody_to_look() {
        for notes in [
            "DECEASED 3/4",
            "Pt. is deceased",
            "filed Ch 13",
            "BK",
            "ATTY: Smith",
            "fraudulent use",
        ] {
            assert!(notes_mention_restriction(notes), "{notes}");
        }
        for notes in ["Self pay", "INS: denied, not covered", "Carpet, unit 2C", "bkfst room", ""] {
            assert!(!notes_mention_restriction(notes), "{notes}");
        }
    }
}

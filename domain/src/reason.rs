//! Why a person did something, in the person's words.

/// At most so many characters.
pub const LONGEST: usize = 500;

/// The trimmed text, where it is a reason: not empty, at most [`LONGEST`] characters.
pub fn reason(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= LONGEST).then(|| text.to_owned())
}

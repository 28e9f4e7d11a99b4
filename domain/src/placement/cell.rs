//! One value of a record, typed as far as its file types it.

use chrono::NaiveDate;
use std::borrow::Cow;

/// A value: text in a CSV file; a workbook has numbers, dates and booleans too.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Cell<'a> {
    /// Nothing.
    #[default]
    Blank,
    /// Text.
    Text(&'a str),
    /// A number of a workbook.
    Number(f64),
    /// A date of a workbook.
    Date(NaiveDate),
    /// A boolean of a workbook.
    Flag(bool),
}

/// Text without the outer spaces of spreadsheets: no-break and zero-width ones included.
pub fn tidy(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
    })
}

/// The text inside `="…"`, by which exports keep spreadsheets from touching a value, or after the
/// apostrophe that marks text in a spreadsheet.
pub fn unwrapped(text: &str) -> &str {
    let text = tidy(text);
    let inner = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    tidy(inner.unwrap_or_else(|| text.strip_prefix('\'').unwrap_or(text)))
}

impl<'a> Cell<'a> {
    /// Whether nothing is there but spaces.
    pub fn is_blank(self) -> bool {
        match self {
            Self::Blank => true,
            Self::Text(text) => tidy(text).is_empty(),
            Self::Number(_) | Self::Date(_) | Self::Flag(_) => false,
        }
    }

    /// The value as text without outer spaces; none when blank.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Blank => None,
            Self::Text(text) => {
                let text = tidy(text);
                (!text.is_empty()).then_some(Cow::Borrowed(text))
            }
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Date(date) => Some(Cow::Owned(date.to_string())),
            Self::Flag(flag) => Some(Cow::Borrowed(if flag { "Y" } else { "N" })),
        }
    }

    /// The value as text, out of its spreadsheet wrapping (`="001"`); none when blank.
    pub fn code(self) -> Option<Cow<'a, str>> {
        let text = match self.text()? {
            Cow::Borrowed(text) => Cow::Borrowed(unwrapped(text)),
            Cow::Owned(text) => Cow::Owned(text),
        };
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_wrapping_of_spreadsheets_fall_away() {
        assert_eq!(Cell::Text("\u{a0} x\u{200b} ").text().as_deref(), Some("x"));
        assert_eq!(Cell::Text("=\"001\"").code().as_deref(), Some("001"));
        assert_eq!(Cell::Text("'001").code().as_deref(), Some("001"));
        assert_eq!(Cell::Text("=\"\"").code(), None);
        assert!(Cell::Text(" \u{a0}\t").is_blank());
        assert_eq!(Cell::Number(12345.0).text().as_deref(), Some("12345"));
    }

    #[test]
    fn text_that_looks_like_a_formula_stays_as_it_came() {
        assert_eq!(Cell::Text("=HYPERLINK(\"x\")").text().as_deref(), Some("=HYPERLINK(\"x\")"));
    }
}

//! Social security numbers and tax ids: nine digits that are never shown in clear.

use super::cell::unwrapped;
use std::fmt;

/// A social security number (or individual taxpayer number): nine digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ssn(String);

/// An employer identification number: nine digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TaxId(String);

impl Ssn {
    /// Reads nine digits, bare or as `123-45-6789`; none when no such number can exist.
    pub fn read(text: &str) -> Option<Self> {
        let digits = nine_digits(text, &[3, 5])?;
        let part = |range| digits.get(range).unwrap_or_default();
        let never = matches!(part(0..3), "000" | "666")
            || part(3..5) == "00"
            || part(5..9) == "0000"
            || digits.starts_with('9') && !is_individual_taxpayer(part(3..5))
            || all_alike(&digits)
            || matches!(digits.as_str(), "123456789" | "987654321" | "078051120" | "219099999");
        (!never).then_some(Self(digits))
    }

    /// The nine digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The last four digits.
    pub fn last_four(&self) -> &str {
        self.0.get(5..).unwrap_or_default()
    }
}

impl TaxId {
    /// Reads nine digits, bare or as `12-3456789`.
    pub fn read(text: &str) -> Option<Self> {
        let digits = nine_digits(text, &[2]).or_else(|| nine_digits(text, &[3, 5]))?;
        (!all_alike(&digits)).then_some(Self(digits))
    }

    /// The nine digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ssn(*****)")
    }
}

impl fmt::Debug for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaxId(*****)")
    }
}

/// Nine digits, bare or with one hyphen or space after each of these places.
fn nine_digits(text: &str, breaks: &[usize]) -> Option<String> {
    let text = unwrapped(text);
    let mut digits = String::with_capacity(9);
    let mut separators = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '-' | ' ' | '\u{2010}'..='\u{2013}' => {
                (breaks.get(separators) == Some(&digits.len())).then_some(())?;
                separators += 1;
            }
            _ => return None,
        }
    }
    (digits.len() == 9 && (separators == 0 || separators == breaks.len())).then_some(digits)
}

/// The middle digits that the revenue service gives to people without a social security number.
fn is_individual_taxpayer(group: &str) -> bool {
    matches!(group.parse::<u8>(), Ok(50..=65 | 70..=88 | 90..=92 | 94..=99))
}

fn all_alike(digits: &str) -> bool {
    let first = digits.chars().next();
    digits.chars().all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn social_security_numbers_of_spreadsheets() {
        for (text, expected) in [
            ("895-82-8946", Some("895828946")),
            ("895828946", Some("895828946")),
            ("895 82 8946", Some("895828946")),
            ("=\"012345678\"", Some("012345678")),
            ("912-70-1234", Some("912701234")),
            ("912-10-1234", None),
            ("000-12-3456", None),
            ("666-12-3456", None),
            ("895-00-8946", None),
            ("895-82-0000", None),
            ("111111111", None),
            ("123-45-6789", None),
            ("12345678", None),
            ("89-582-8946", None),
            ("XXX-XX-8946", None),
            ("8.95829E+08", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(Ssn::read(text).as_ref().map(Ssn::digits), expected, "{text:?}");
        }
    }

    #[test]
    fn tax_ids_of_spreadsheets() {
        for (text, expected) in [
            ("00-6282261", Some("006282261")),
            ("006282261", Some("006282261")),
            ("0-06282261", None),
            ("000000000", None),
            ("pending", None),
        ] {
            assert_eq!(TaxId::read(text).as_ref().map(TaxId::digits), expected, "{text:?}");
        }
    }

    #[test]
    fn a_log_shows_none_of_it() {
        let shown = format!("{:?}{:?}", Ssn::read("895-82-8946"), TaxId::read("00-6282261"));
        assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (Ssn::read(&text), TaxId::read(&text));
        }
    }
}

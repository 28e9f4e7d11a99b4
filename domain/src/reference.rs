//! The agency's own account reference, which debtors read from a letter and type.
//!
//! Twelve random base-32 digits (60 bits: nobody guesses the next) and a check digit, shown as
//! `XXXX-XXXX-XXXX-C`.

use crate::base32;
use std::fmt;
use std::str::FromStr;

/// An account reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(u64);

/// Why a text is no account reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReference {
    /// Not thirteen letters and digits.
    #[error("An account number has thirteen letters and digits, such as 7K3M-9QX2-4T8D-N.")]
    Malformed,
    /// The check digit says that something is mistyped.
    #[error("This account number is mistyped: check each letter and digit.")]
    CheckDigit,
}

const DIGITS: u32 = 12;

impl Reference {
    /// From random bits, of which the lowest 60 count.
    pub fn from_random(bits: u64) -> Self {
        Self(bits & ((1 << 60) - 1))
    }

    /// Thirteen letters and digits without hyphens: the form in the database.
    pub fn compact(self) -> String {
        let digits: Vec<u8> = self.digits().collect();
        digits
            .iter()
            .copied()
            .chain(std::iter::once(check_digit(&digits)))
            .map(|digit| base32::digit(digit).to_ascii_uppercase())
            .collect()
    }

    fn digits(self) -> impl Iterator<Item = u8> {
        (0..DIGITS).rev().map(move |at| u8::try_from((self.0 >> (at * 5)) & 31).unwrap_or(0))
    }
}

/// A weighted sum over the field of 32 elements: notices every single mistyped digit and every two
/// digits that changed places.
fn check_digit(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |sum, digit| doubled(sum ^ digit))
}

/// Times the generator of the field with 32 elements (x⁵ + x² + 1).
fn doubled(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 32 == 0 { shifted & 31 } else { (shifted ^ 0b10_0101) & 31 }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, digit) in self.compact().chars().enumerate() {
            if matches!(at, 4 | 8 | 12) {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    /// Reads what a person types: any case, spaces and hyphens, the look-alikes I, L and O.
    fn from_str(text: &str) -> Result<Self, NotAReference> {
        if text.len() > 64 {
            return Err(NotAReference::Malformed);
        }
        let typed: Vec<u8> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2014}'))
            .map(base32::value)
            .collect::<Option<_>>()
            .ok_or(NotAReference::Malformed)?;
        let Some((check, digits)) = typed.split_last().filter(|(_, digits)| digits.len() == 12)
        else {
            return Err(NotAReference::Malformed);
        };
        if check_digit(digits) != *check {
            return Err(NotAReference::CheckDigit);
        }
        Ok(Self(digits.iter().fold(0, |bits, digit| (bits << 5) | u64::from(*digit))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bits: u64) {
            let reference = Reference::from_random(bits);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(reference.compact().parse(), Ok(reference));
            prop_assert_eq!(reference.to_string().to_lowercase().parse(), Ok(reference));
        }

        #[test]
        fn one_mistyped_digit_is_noticed(bits: u64, at in 0_usize..13, other in 0_u8..32) {
            let mut typed: Vec<char> = Reference::from_random(bits).compact().chars().collect();
            let other = base32::digit(other).to_ascii_uppercase();
            prop_assume!(typed[at] != other);
            typed[at] = other;
            let typed: String = typed.into_iter().collect();
            prop_assert_eq!(typed.parse::<Reference>(), Err(NotAReference::CheckDigit));
        }

        #[test]
        fn two_digits_that_changed_places_are_noticed(bits: u64, a in 0_usize..13, b in 0_usize..13) {
            let mut typed: Vec<char> = Reference::from_random(bits).compact().chars().collect();
            prop_assume!(typed[a] != typed[b]);
            typed.swap(a, b);
            let typed: String = typed.into_iter().collect();
            prop_assert_eq!(typed.parse::<Reference>(), Err(NotAReference::CheckDigit));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Reference>();
        }
    }

    #[test]
    fn it_is_shown_in_groups_of_four() {
        let shown = Reference::from_random(u64::MAX).to_string();
        assert_eq!(shown.len(), 16);
        assert!(shown.starts_with("ZZZZ-ZZZZ-ZZZZ-"));
        assert_eq!("".parse::<Reference>(), Err(NotAReference::Malformed));
        assert_eq!("7K3M-9QX2".parse::<Reference>(), Err(NotAReference::Malformed));
    }
}

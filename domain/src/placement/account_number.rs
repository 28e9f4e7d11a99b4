//! The creditor's own account number.

use super::MAX_ACCOUNT_NUMBER_CHARS;
use super::cell::Cell;
use super::finding::Code;

/// A creditor's account number: shown as it came, compared trimmed and without case, leading
/// zeros kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountNumber {
    shown: String,
    key: String,
}

impl AccountNumber {
    /// Reads a cell; blank is none. `="001"` is unwrapped.
    pub fn read(cell: Cell<'_>) -> Result<Option<Self>, Code> {
        if let Cell::Number(number) = cell
            && (number.abs() >= 1e15 || number.fract() != 0.0)
        {
            return Err(Code::AccountNumberImprecise);
        }
        let Some(text) = cell.code() else { return Ok(None) };
        if is_scientific(&text) {
            return Err(Code::AccountNumberScientific);
        }
        if text.chars().count() > MAX_ACCOUNT_NUMBER_CHARS {
            return Err(Code::AccountNumberTooLong);
        }
        Ok(Some(Self { key: text.to_uppercase(), shown: text.into_owned() }))
    }

    /// As it came.
    pub fn as_shown(&self) -> &str {
        &self.shown
    }

    /// What two equal account numbers share.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// `4.11E+15` and the like: digits, perhaps a fraction, an exponent.
pub fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mantissa = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole)
        && digits(fraction)
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_of_spreadsheets() {
        for (text, expected) in [
            ("001", Ok("001")),
            (" 001 ", Ok("001")),
            ("=\"001\"", Ok("001")),
            ("FE41-000001", Ok("FE41-000001")),
            ("A'; DROP TABLE account;--", Ok("A'; DROP TABLE account;--")),
            ("4.11E+15", Err(Code::AccountNumberScientific)),
            ("1e10", Err(Code::AccountNumberScientific)),
            ("=\"4,11E+15\"", Err(Code::AccountNumberScientific)),
            ("12E4X", Ok("12E4X")),
        ] {
            let read = AccountNumber::read(Cell::Text(text)).map(Option::unwrap);
            assert_eq!(
                read.as_ref().map(AccountNumber::as_shown),
                expected.as_ref().copied(),
                "{text}"
            );
        }
        assert_eq!(AccountNumber::read(Cell::Text(" ")), Ok(None));
        assert!(AccountNumber::read(Cell::Text(&"9".repeat(64))).is_ok());
        assert_eq!(
            AccountNumber::read(Cell::Text(&"9".repeat(65))),
            Err(Code::AccountNumberTooLong)
        );
        assert_eq!(
            AccountNumber::read(Cell::Number(4_111_111_111_111_111.0)),
            Err(Code::AccountNumberImprecise)
        );
    }

    #[test]
    fn case_and_spaces_do_not_make_another_account() {
        let key = |text| AccountNumber::read(Cell::Text(text)).unwrap().unwrap().key().to_owned();
        assert_eq!(key("ab-01 "), key("AB-01"));
        assert_ne!(key("01"), key("1"));
    }
}

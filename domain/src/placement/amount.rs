//! Amounts as spreadsheets write them.

use super::account_number::is_scientific;
use super::cell::Cell;
use super::finding::Code;
use crate::money::Money;

/// What separates cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DecimalMark {
    /// `1,234.56`
    #[default]
    Point,
    /// `1.234,56`
    Comma,
}

impl DecimalMark {
    fn of_cents(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn of_thousands(self) -> char {
        match self {
            Self::Point => ',',
            Self::Comma => '.',
        }
    }
}

/// Digits before the decimal mark.
const MAX_WHOLE_DIGITS: usize = 10;

/// Reads an amount that is not negative; blank is none. Accepts `1234.56`, sound grouping, `$` and
/// spaces; refuses everything that is not exactly an amount.
pub fn read(cell: Cell<'_>, mark: DecimalMark) -> Result<Option<Money>, Code> {
    match cell {
        Cell::Number(number) => typed(number).map(Some),
        Cell::Date(_) | Cell::Flag(_) => Err(Code::AmountMalformed),
        Cell::Blank | Cell::Text(_) => match cell.code() {
            Some(text) => written(&text, mark).map(Some),
            None => Ok(None),
        },
    }
}

/// A number of a workbook, exact to the cent but for the noise of binary fractions.
fn typed(number: f64) -> Result<Money, Code> {
    if !number.is_finite() || number >= 1e10 {
        return Err(Code::AmountTooLarge);
    }
    if number < 0.0 {
        return Err(Code::AmountNegative);
    }
    let written = format!("{number:.6}");
    let (whole, fraction) = written.split_once('.').ok_or(Code::AmountMalformed)?;
    let (cents, rest) = fraction.split_at_checked(2).ok_or(Code::AmountMalformed)?;
    if rest != "0000" {
        return Err(Code::AmountDecimals);
    }
    minor(whole, cents)
}

fn written(text: &str, mark: DecimalMark) -> Result<Money, Code> {
    let text = text.trim();
    if is_scientific(text) {
        return Err(Code::AmountScientific);
    }
    if text.chars().any(char::is_alphabetic) {
        return Err(Code::AmountLetters);
    }
    let negative = text.starts_with(['-', '(', '−', '–'])
        || text.ends_with(['-', ')'])
        || text.starts_with("$-")
        || text.starts_with("$(");
    if negative && text.chars().any(|c| c.is_ascii_digit()) {
        return Err(Code::AmountNegative);
    }
    let text = text.strip_prefix('$').or_else(|| text.strip_suffix('$')).unwrap_or(text).trim();
    let (whole, cents) = text.split_once(mark.of_cents()).unwrap_or((text, "0"));
    if text.is_empty() || whole.is_empty() && cents.is_empty() {
        return Err(Code::AmountMalformed);
    }
    let whole = ungrouped(whole, mark)?;
    if cents.is_empty() || !cents.bytes().all(|b| b.is_ascii_digit()) {
        return Err(if cents.contains(mark.of_thousands()) || cents.contains(mark.of_cents()) {
            Code::AmountGrouping
        } else {
            Code::AmountMalformed
        });
    }
    if cents.len() > 2 {
        return Err(Code::AmountDecimals);
    }
    minor(&whole, &format!("{cents:0<2}"))
}

/// The digits without their separators of thousands, which must be of one kind and stand every
/// three digits.
fn ungrouped(whole: &str, mark: DecimalMark) -> Result<String, Code> {
    let grouping =
        |c: char| c == mark.of_thousands() || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'');
    let Some(separator) = whole.chars().find(|c| grouping(*c)) else {
        return match whole {
            "" => Ok("0".to_owned()),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(digits.to_owned()),
            _ => Err(Code::AmountMalformed),
        };
    };
    if !whole.chars().all(|c| c.is_ascii_digit() || grouping(c)) {
        return Err(Code::AmountMalformed);
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let sound = groups.iter().enumerate().all(|(at, group)| {
        group.bytes().all(|b| b.is_ascii_digit())
            && if at == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }
    });
    if sound { Ok(groups.concat()) } else { Err(Code::AmountGrouping) }
}

fn minor(whole: &str, cents: &str) -> Result<Money, Code> {
    let whole = whole.trim_start_matches('0');
    if whole.len() > MAX_WHOLE_DIGITS {
        return Err(Code::AmountTooLarge);
    }
    format!("{whole}{cents}").parse().map(Money::from_minor).map_err(|_| Code::AmountMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cents(text: &str, mark: DecimalMark) -> Result<Option<i64>, Code> {
        read(Cell::Text(text), mark).map(|money| money.map(Money::minor))
    }

    #[test]
    fn amounts_of_spreadsheets() {
        use DecimalMark::{Comma, Point};
        for (text, mark, expected) in [
            ("1234.56", Point, Ok(Some(123_456))),
            ("1,234.56", Point, Ok(Some(123_456))),
            ("$1,234.56", Point, Ok(Some(123_456))),
            (" $ 1,234.56 ", Point, Ok(Some(123_456))),
            ("1234", Point, Ok(Some(123_400))),
            ("1234.5", Point, Ok(Some(123_450))),
            (".50", Point, Ok(Some(50))),
            ("0.00", Point, Ok(Some(0))),
            ("007.10", Point, Ok(Some(710))),
            ("=\"12.00\"", Point, Ok(Some(1_200))),
            ("1.234,56", Comma, Ok(Some(123_456))),
            ("1 234,56", Comma, Ok(Some(123_456))),
            ("1234,5", Comma, Ok(Some(123_450))),
            ("9,999,999,999.99", Point, Ok(Some(999_999_999_999))),
            ("", Point, Ok(None)),
            ("\u{a0}", Point, Ok(None)),
            ("1,2O4.50", Point, Err(Code::AmountLetters)),
            ("12.00 CR", Point, Err(Code::AmountLetters)),
            ("USD 12.00", Point, Err(Code::AmountLetters)),
            ("1.2E+03", Point, Err(Code::AmountScientific)),
            ("12.345", Point, Err(Code::AmountDecimals)),
            ("12.000", Point, Err(Code::AmountDecimals)),
            ("12,34.56", Point, Err(Code::AmountGrouping)),
            ("1,23456", Point, Err(Code::AmountGrouping)),
            (",123.00", Point, Err(Code::AmountGrouping)),
            ("1.234,56", Point, Err(Code::AmountGrouping)),
            ("1.2.3", Point, Err(Code::AmountGrouping)),
            ("(12.00)", Point, Err(Code::AmountNegative)),
            ("-12.00", Point, Err(Code::AmountNegative)),
            ("12.00-", Point, Err(Code::AmountNegative)),
            ("$-12.00", Point, Err(Code::AmountNegative)),
            ("\u{2212}12.00", Point, Err(Code::AmountNegative)),
            ("12345678901.00", Point, Err(Code::AmountTooLarge)),
            ("99999999999999999999999999", Point, Err(Code::AmountTooLarge)),
            ("-", Point, Err(Code::AmountMalformed)),
            ("$", Point, Err(Code::AmountMalformed)),
            (".", Point, Err(Code::AmountMalformed)),
            ("12.", Point, Err(Code::AmountMalformed)),
            ("#REF!", Point, Err(Code::AmountLetters)),
            ("12%", Point, Err(Code::AmountMalformed)),
            ("+12.00", Point, Err(Code::AmountMalformed)),
        ] {
            assert_eq!(cents(text, mark), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_of_a_workbook_are_exact_to_the_cent() {
        let typed = |n| read(Cell::Number(n), DecimalMark::Point).map(|m| m.map(Money::minor));
        assert_eq!(typed(1_204.5), Ok(Some(120_450)));
        assert_eq!(typed(0.1 + 0.2), Ok(Some(30)));
        assert_eq!(typed(12.345), Err(Code::AmountDecimals));
        assert_eq!(typed(-1.0), Err(Code::AmountNegative));
        assert_eq!(typed(f64::NAN), Err(Code::AmountTooLarge));
    }

    proptest! {
        #[test]
        fn what_money_writes_is_read(minor in 0_i64..=999_999_999_999) {
            let money = Money::from_minor(minor);
            prop_assert_eq!(read(Cell::Text(&money.to_decimal()), DecimalMark::Point), Ok(Some(money)));
            let shown = money.to_display(crate::Currency::Usd);
            prop_assert_eq!(read(Cell::Text(&shown), DecimalMark::Point), Ok(Some(money)));
        }

        #[test]
        fn anything_else_is_refused_without_panic(text in ".*") {
            let _ = read(Cell::Text(&text), DecimalMark::Comma);
        }
    }
}

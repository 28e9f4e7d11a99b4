//! Amounts with a sign, as banks write them.

use crate::money::{Money, TooLarge};
use crate::placement::amount::{DecimalMark, read};
use crate::placement::cell::{Cell, unwrapped};
use crate::placement::finding::Code;

/// Reads an amount with its sign; none when blank. A minus stands before or after, parentheses are
/// a minus, `CR` is plus and `DR` minus; two signs are refused.
pub(super) fn read_signed(text: &str, mark: DecimalMark) -> Result<Option<Money>, Code> {
    let mut rest = unwrapped(text);
    let mut negative = None;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        (negative, rest) = (Some(true), inner.trim());
    }
    for (sign, is_negative) in [("CR", false), ("DR", true)] {
        let cut = rest.len().saturating_sub(sign.len());
        if let (Some(head), Some(tail)) = (rest.get(..cut), rest.get(cut..))
            && tail.eq_ignore_ascii_case(sign)
        {
            set_sign(&mut negative, is_negative)?;
            rest = head.trim_end();
        }
    }
    for currency in [false, true] {
        if currency && let Some(after) = rest.strip_prefix('$') {
            rest = after.trim_start();
        }
        for (sign, is_negative) in [('-', true), ('−', true), ('–', true), ('+', false)] {
            let cut = rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign));
            if let Some(cut) = cut {
                if cut.trim().is_empty() {
                    return if negative.is_none() { Ok(None) } else { Err(Code::AmountMalformed) };
                }
                set_sign(&mut negative, is_negative)?;
                rest = cut.trim();
            }
        }
    }
    // A minus that is left is a second sign: what reads refuses it.
    let Some(money) = read(Cell::Text(rest), mark)? else {
        return if negative.is_none() { Ok(None) } else { Err(Code::AmountMalformed) };
    };
    let signed = if negative == Some(true) { money.negated() } else { Ok(money) };
    signed.map(Some).map_err(|TooLarge| Code::AmountTooLarge)
}

fn set_sign(negative: &mut Option<bool>, is: bool) -> Result<(), Code> {
    match negative.replace(is) {
        None => Ok(()),
        Some(_) => Err(Code::AmountMalformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_banks_write_them() {
        for (text, minor) in [
            ("1,234.56", Some(123_456)),
            ("-1,234.56", Some(-123_456)),
            ("+5.00", Some(500)),
            ("5.00-", Some(-500)),
            ("(5.00)", Some(-500)),
            ("($5.00)", Some(-500)),
            ("$5.00", Some(500)),
            ("-$5.00", Some(-500)),
            ("$-5.00", Some(-500)),
            ("− 5", Some(-500)),
            ("5.00 CR", Some(500)),
            ("5.00DR", Some(-500)),
            ("\u{a0}7.5 ", Some(750)),
            ("", None),
            ("-", None),
            ("0.00", Some(0)),
        ] {
            let read = read_signed(text, DecimalMark::Point);
            assert_eq!(read, Ok(minor.map(Money::from_minor)), "{text:?}");
        }
        let comma = read_signed("-1.234,56", DecimalMark::Comma);
        assert_eq!(comma, Ok(Some(Money::from_minor(-123_456))));
        for text in [
            "--5.00", "-5.00-", "(-5.00)", "-5.00 CR", "5.005", "five", "1e5", "12,34.00", "CR",
            "()",
        ] {
            assert!(read_signed(text, DecimalMark::Point).is_err(), "{text:?}");
        }
    }
}

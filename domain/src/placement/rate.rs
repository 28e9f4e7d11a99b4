//! Interest rates in percent a year.

use super::cell::Cell;
use super::finding::Code;
use crate::rate::Rate;
use rust_decimal::Decimal;

/// Reads a rate in percent a year (`9`, `9%`, `9.0`, `18.990000`), up to four decimals that count,
/// from 0 to 100; blank is none.
pub fn read(cell: Cell<'_>) -> Result<Option<Rate>, Code> {
    let Some(text) = cell.code() else { return Ok(None) };
    let text = text.strip_suffix('%').unwrap_or(&text).trim();
    let plain = !text.is_empty()
        && text.len() <= 20
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.starts_with(|c: char| c.is_ascii_digit())
        && !text.ends_with('.');
    if !plain {
        return Err(Code::RateMalformed);
    }
    text.parse::<Decimal>()
        .ok()
        .and_then(|percent| percent.checked_div(Decimal::ONE_HUNDRED))
        .and_then(|share| Rate::new(share).ok())
        .map(Some)
        .ok_or(Code::RateMalformed)
}

/// Whether it is above zero and below one percent: most likely a share written as a percentage.
pub fn is_below_one_percent(rate: Rate) -> bool {
    rate > Rate::ZERO && rate.share() < Decimal::new(1, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_spreadsheets() {
        for (text, expected) in [
            ("9", Ok(Some("0.09"))),
            ("9%", Ok(Some("0.09"))),
            ("9.0", Ok(Some("0.09"))),
            ("18.990000", Ok(Some("0.1899"))),
            ("0", Ok(Some("0"))),
            ("100", Ok(Some("1"))),
            ("", Ok(None)),
            ("101", Err(Code::RateMalformed)),
            ("-9", Err(Code::RateMalformed)),
            ("9.12345", Err(Code::RateMalformed)),
            ("nine", Err(Code::RateMalformed)),
            ("9,0", Err(Code::RateMalformed)),
            ("1e1", Err(Code::RateMalformed)),
            ("9.", Err(Code::RateMalformed)),
            ("1.2.3", Err(Code::RateMalformed)),
            ("99999999999999999999", Err(Code::RateMalformed)),
        ] {
            let read = read(Cell::Text(text)).map(|rate| rate.map(|rate| rate.to_string()));
            assert_eq!(read, expected.map(|e| e.map(str::to_owned)), "{text}");
        }
        assert!(is_below_one_percent(Rate::parse("0.0009").unwrap()));
        assert!(!is_below_one_percent(Rate::parse("0.01").unwrap()));
    }
}

//! Dates as files write them.

use super::cell::Cell;
use super::finding::Code;
use chrono::{Datelike, NaiveDate};

/// The order of day, month and year in dates that are not ISO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DateOrder {
    /// Month/day/year, the habit of the United States.
    #[default]
    MonthDayYear,
    /// Day/month/year.
    DayMonthYear,
    /// Year/month/day.
    YearMonthDay,
}

/// A date as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadDate {
    /// The day.
    pub date: NaiveDate,
    /// The century was guessed.
    pub two_digit_year: bool,
}

/// Reads a date; blank is none. ISO or the declared order, with `/`, `-`, `.` or spaces; a time of
/// day after it is left out; a month may be named. Two-digit years up to twenty years ahead of
/// `today` are of this century.
pub fn read(cell: Cell<'_>, order: DateOrder, today: NaiveDate) -> Result<Option<ReadDate>, Code> {
    match cell {
        Cell::Date(date) => {
            in_range(date).map(|date| Some(ReadDate { date, two_digit_year: false }))
        }
        Cell::Number(_) => Err(Code::DateSerial),
        Cell::Flag(_) => Err(Code::DateMalformed),
        Cell::Blank | Cell::Text(_) => match cell.code() {
            Some(text) => written(&text, order, today).map(Some),
            None => Ok(None),
        },
    }
}

/// A date of birth: as [`read`], and a guessed century never puts it into the future.
pub fn read_birth(
    cell: Cell<'_>,
    order: DateOrder,
    today: NaiveDate,
) -> Result<Option<ReadDate>, Code> {
    let Some(read) = read(cell, order, today)? else { return Ok(None) };
    if read.date <= today {
        return Ok(Some(read));
    }
    if !read.two_digit_year {
        return Err(Code::DateFuture);
    }
    let date = read.date.with_year(read.date.year() - 100).ok_or(Code::DateImpossible)?;
    Ok(Some(ReadDate { date, two_digit_year: true }))
}

/// Whether a person born on this day is under eighteen today.
pub fn is_minor(born_on: NaiveDate, today: NaiveDate) -> bool {
    today.years_since(born_on).is_none_or(|age| age < 18)
}

fn written(text: &str, order: DateOrder, today: NaiveDate) -> Result<ReadDate, Code> {
    let text = without_time(text);
    if is_serial(text) {
        return Err(Code::DateSerial);
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let part = |range| text.get(range).unwrap_or_default();
        return assembled(part(0..4), part(4..6), part(6..8), today);
    }
    let parts: Vec<&str> = text
        .split(|c: char| matches!(c, '/' | '-' | '.' | ',') || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    let &[a, b, c] = parts.as_slice() else { return Err(Code::DateMalformed) };
    if let Some(month) = month_named(a) {
        return assembled(c, month, b, today);
    }
    if let Some(month) = month_named(b) {
        return if a.len() == 4 {
            assembled(a, month, c, today)
        } else {
            assembled(c, month, a, today)
        };
    }
    if a.len() == 4 {
        return assembled(a, b, c, today);
    }
    match order {
        DateOrder::MonthDayYear => assembled(c, a, b, today),
        DateOrder::DayMonthYear => assembled(c, b, a, today),
        DateOrder::YearMonthDay => assembled(a, b, c, today),
    }
}

/// `2026-01-31T00:00:00Z` and `1/31/2026 12:00 AM` without the time of day.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let before = text.get(..colon).unwrap_or(text);
    let cut = before.rfind(|c: char| c == 'T' || c == 't' || c.is_whitespace()).unwrap_or(colon);
    before.get(..cut).unwrap_or(before).trim_end()
}

/// One to five digits, perhaps with a fraction: the day number of a spreadsheet.
fn is_serial(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && (3..=5).contains(&whole.len())
}

fn month_named(text: &str) -> Option<&'static str> {
    const MONTHS: [(&str, &str); 12] = [
        ("january", "1"),
        ("february", "2"),
        ("march", "3"),
        ("april", "4"),
        ("may", "5"),
        ("june", "6"),
        ("july", "7"),
        ("august", "8"),
        ("september", "9"),
        ("october", "10"),
        ("november", "11"),
        ("december", "12"),
    ];
    let text = text.to_lowercase();
    let named = |full: &str| {
        full == text
            || text == "sept" && full == "september"
            || text.len() == 3 && full.starts_with(&text)
    };
    MONTHS.iter().find(|(full, _)| named(full)).map(|(_, number)| *number)
}

fn assembled(year: &str, month: &str, day: &str, today: NaiveDate) -> Result<ReadDate, Code> {
    let number = |text: &str, longest: usize| -> Result<u32, Code> {
        if text.is_empty() || text.len() > longest || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Code::DateMalformed);
        }
        text.parse().map_err(|_| Code::DateMalformed)
    };
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    let written = i32::try_from(number(year, 4)?).map_err(|_| Code::DateMalformed)?;
    let (year, two_digit_year) = match year.len() {
        4 => (written, false),
        2 => (century_of(written, today), true),
        _ => return Err(Code::DateMalformed),
    };
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(Code::DateImpossible)?;
    in_range(date).map(|date| ReadDate { date, two_digit_year })
}

fn century_of(two_digits: i32, today: NaiveDate) -> i32 {
    let century = today.year() - today.year().rem_euclid(100);
    let year = century + two_digits;
    if year > today.year() + 20 { year - 100 } else { year }
}

fn in_range(date: NaiveDate) -> Result<NaiveDate, Code> {
    if (1900..=2199).contains(&date.year()) { Ok(date) } else { Err(Code::DateImpossible) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn dates_of_files() {
        use DateOrder::{DayMonthYear as Dmy, MonthDayYear as Mdy, YearMonthDay as Ymd};
        let today = day("2026-11-21");
        for (text, order, expected) in [
            ("2025-11-18", Mdy, Ok("2025-11-18")),
            ("2025-11-18", Dmy, Ok("2025-11-18")),
            ("2025/1/8", Mdy, Ok("2025-01-08")),
            ("11/18/2025", Mdy, Ok("2025-11-18")),
            ("1/8/2025", Mdy, Ok("2025-01-08")),
            ("1/8/2025", Dmy, Ok("2025-08-01")),
            ("18.11.2025", Dmy, Ok("2025-11-18")),
            ("11-18-2025", Mdy, Ok("2025-11-18")),
            ("20251118", Mdy, Ok("2025-11-18")),
            ("2025-11-18T00:00:00Z", Mdy, Ok("2025-11-18")),
            ("2025-11-18 00:00:00", Mdy, Ok("2025-11-18")),
            ("11/18/2025 12:00 AM", Mdy, Ok("2025-11-18")),
            ("18-Nov-2025", Mdy, Ok("2025-11-18")),
            ("Nov 18, 2025", Mdy, Ok("2025-11-18")),
            ("18 November 2025", Mdy, Ok("2025-11-18")),
            ("25/11/18", Ymd, Ok("2025-11-18")),
            ("02/29/2024", Mdy, Ok("2024-02-29")),
            ("=\"11/18/2025\"", Mdy, Ok("2025-11-18")),
            ("18/11/2025", Mdy, Err(Code::DateImpossible)),
            ("02/29/2025", Mdy, Err(Code::DateImpossible)),
            ("2025-02-30", Mdy, Err(Code::DateImpossible)),
            ("00/00/0000", Mdy, Err(Code::DateImpossible)),
            ("01/01/0001", Mdy, Err(Code::DateImpossible)),
            ("45979", Mdy, Err(Code::DateSerial)),
            ("45979.5", Mdy, Err(Code::DateSerial)),
            ("yesterday", Mdy, Err(Code::DateMalformed)),
            ("11/18", Mdy, Err(Code::DateMalformed)),
            ("11/18/202", Mdy, Err(Code::DateMalformed)),
            ("1/2/3/4", Mdy, Err(Code::DateMalformed)),
            ("2025-W10-1", Mdy, Err(Code::DateMalformed)),
        ] {
            let read = read(Cell::Text(text), order, today).map(|d| d.unwrap().date);
            assert_eq!(read, expected.map(day), "{text:?}");
        }
        assert_eq!(read(Cell::Text("  "), Mdy, today), Ok(None));
    }

    #[test]
    fn two_digit_years_pivot_and_nobody_is_born_tomorrow() {
        let today = day("2026-11-21");
        let mdy = DateOrder::MonthDayYear;
        let year = |text| read(Cell::Text(text), mdy, today).unwrap().unwrap();
        assert_eq!(year("11/18/25").date, day("2025-11-18"));
        assert!(year("11/18/25").two_digit_year);
        assert_eq!(year("11/18/46").date, day("2046-11-18"));
        assert_eq!(year("11/18/47").date, day("1947-11-18"));
        let birth = |text| read_birth(Cell::Text(text), mdy, today);
        assert_eq!(birth("11/18/46").unwrap().unwrap().date, day("1946-11-18"));
        assert_eq!(birth("11/22/26").unwrap().unwrap().date, day("1926-11-22"));
        assert_eq!(birth("11/22/2026"), Err(Code::DateFuture));
    }

    #[test]
    fn a_workbook_has_dates_and_a_bare_number_is_none() {
        let today = day("2026-11-21");
        let date = Cell::Date(day("2025-11-18"));
        assert!(read(date, DateOrder::MonthDayYear, today).unwrap().is_some());
        assert_eq!(
            read(Cell::Number(45979.0), DateOrder::MonthDayYear, today),
            Err(Code::DateSerial)
        );
    }

    #[test]
    fn a_person_is_of_age_on_the_eighteenth_birthday() {
        assert!(is_minor(day("2008-11-22"), day("2026-11-21")));
        assert!(!is_minor(day("2008-11-21"), day("2026-11-21")));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = read_birth(Cell::Text(&text), DateOrder::MonthDayYear, day("2026-11-21"));
        }

        #[test]
        fn an_iso_date_reads_back(days in 0_i64..80_000) {
            let date = day("1900-01-01") + chrono::Days::new(days.unsigned_abs());
            let text = date.to_string();
            prop_assert_eq!(
                read(Cell::Text(&text), DateOrder::DayMonthYear, date).unwrap().unwrap().date,
                date
            );
        }
    }
}

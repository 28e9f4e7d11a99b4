//! Banking days: the days on which the Federal Reserve settles.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Whether banks settle on this day: no weekend, no holiday of the Federal Reserve. A holiday that
/// falls on a Sunday is kept on Monday; one that falls on a Saturday is not moved
/// (money rule 1).
pub fn is_banking_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(day)
}

/// The `count`-th banking day after a day, which does not count itself; the day itself for zero.
pub fn banking_days_after(day: NaiveDate, count: u32) -> NaiveDate {
    let mut at = day;
    let mut left = count;
    while left > 0 {
        let Some(next) = at.checked_add_days(Days::new(1)) else { return at };
        at = next;
        if is_banking_day(at) {
            left -= 1;
        }
    }
    at
}

fn is_holiday(day: NaiveDate) -> bool {
    let kept = |day: NaiveDate| {
        let nth = (day.day() - 1) / 7 + 1;
        let last = day.checked_add_days(Days::new(7)).is_none_or(|d| d.month() != day.month());
        match (day.month(), day.day(), day.weekday()) {
            // New Year, Juneteenth, Independence, Veterans, Christmas.
            (1, 1, _) | (6, 19, _) | (7, 4, _) | (11, 11, _) | (12, 25, _) => true,
            // Martin Luther King, Washington, Labor, Columbus.
            (1 | 2, _, Weekday::Mon) => nth == 3,
            (9, _, Weekday::Mon) => nth == 1,
            (10, _, Weekday::Mon) => nth == 2,
            // Memorial.
            (5, _, Weekday::Mon) => last,
            // Thanksgiving.
            (11, _, Weekday::Thu) => nth == 4,
            _ => false,
        }
    };
    let moved_from_sunday =
        day.weekday() == Weekday::Mon && day.checked_sub_days(Days::new(1)).is_some_and(kept);
    kept(day) || moved_from_sunday
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn knows_the_holidays_of_the_federal_reserve() {
        for day in [
            "2026-01-01",
            "2026-01-19",
            "2026-02-16",
            "2026-05-25",
            "2026-06-19",
            "2026-09-07",
            "2026-10-12",
            "2026-11-11",
            "2026-11-26",
            "2026-12-25",
            // Sunday 4 July 2027 is kept on Monday.
            "2027-07-05",
        ] {
            assert!(!is_banking_day(on(day)), "{day}");
        }
        // Saturday 4 July 2026 is not moved to Friday; other Mondays and Thursdays are ordinary.
        for day in ["2026-07-03", "2026-11-19", "2026-10-05", "2026-05-18", "2026-01-12"] {
            assert!(is_banking_day(on(day)), "{day}");
        }
    }

    #[test]
    fn counts_past_weekends_and_holidays() {
        // Wednesday before Thanksgiving: Friday, Monday.
        assert_eq!(banking_days_after(on("2026-11-25"), 2), on("2026-11-30"));
        assert_eq!(banking_days_after(on("2026-11-28"), 0), on("2026-11-28"));
    }
}

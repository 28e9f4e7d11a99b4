//! The columns of the stair-step: months or days since placement (money rule 22).

use super::Month;
use chrono::{Days, Months, NaiveDate};

names! {
    /// What a step is counted in. The header of the report says which.
    StepBasis {
        /// Calendar months; Mo 1 is the month of placement.
        CalendarMonths = "calendar_months";
        /// Thirty days of each account's own age: days 0-29, 30-59 and so on.
        AgeBuckets = "age_buckets";
    }
}

names! {
    /// What a cell shows.
    StepMeasure {
        /// What was collected in the column alone.
        MonthOnly = "month_only";
        /// What was collected up to the end of the column.
        Cumulative = "cumulative";
    }
}

/// Days in an age bucket.
const BUCKET_DAYS: u64 = 30;

impl StepBasis {
    /// The step in which money counts for an account, from 0. What took effect before placement
    /// counts in the first.
    pub fn step(self, placed_on: NaiveDate, effective_on: NaiveDate) -> usize {
        match self {
            Self::CalendarMonths => Month::of(placed_on).until(Month::of(effective_on)),
            Self::AgeBuckets => {
                let age = (effective_on - placed_on).num_days().max(0);
                let bucket = u64::try_from(age).unwrap_or(0) / BUCKET_DAYS;
                usize::try_from(bucket).unwrap_or(usize::MAX)
            }
        }
    }

    /// How many steps all accounts of a cohort have entered on a day, the last of them placed on
    /// `last_placed_on`; none while that is still ahead.
    pub fn entered(self, last_placed_on: NaiveDate, as_of: NaiveDate) -> usize {
        let whole_cohort = match self {
            // Who comes later in the month of placement is in the same step already.
            Self::CalendarMonths => Month::of(last_placed_on).first(),
            Self::AgeBuckets => last_placed_on,
        };
        if as_of < whole_cohort {
            return 0;
        }
        self.step(last_placed_on, as_of).saturating_add(1)
    }

    /// What stands over the columns.
    pub fn words(self) -> &'static str {
        match self {
            Self::CalendarMonths => "Mo 1 is the calendar month of placement",
            Self::AgeBuckets => "columns are 30 days of each account's age from placement",
        }
    }
}

impl Month {
    /// Its last day: what a cohort's last placement is taken for where it is not known.
    pub fn last(self) -> NaiveDate {
        self.first()
            .checked_add_months(Months::new(1))
            .and_then(|next| next.checked_sub_days(Days::new(1)))
            .unwrap_or(self.first())
    }
}

/// A column: some steps, counted from 1, the last included; without an end for the last column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The first step.
    pub from: usize,
    /// The last step; none for "and later".
    pub to: Option<usize>,
}

impl Column {
    const fn month(step: usize) -> Self {
        Self { from: step, to: Some(step) }
    }

    /// The column's name under a basis: `Mo 3`, `13-24`, `37+`, or `days 60-89`, `days 1080+`.
    pub fn label(self, basis: StepBasis) -> String {
        match (basis, self.to) {
            (StepBasis::CalendarMonths, Some(to)) if to == self.from => format!("Mo {to}"),
            (StepBasis::CalendarMonths, Some(to)) => format!("{}-{to}", self.from),
            (StepBasis::CalendarMonths, None) => format!("{}+", self.from),
            (StepBasis::AgeBuckets, Some(to)) => {
                format!("days {}-{}", (self.from.saturating_sub(1)) * 30, to * 30 - 1)
            }
            (StepBasis::AgeBuckets, None) => {
                format!("days {}+", (self.from.saturating_sub(1)) * 30)
            }
        }
    }

    /// Whether a cohort that has entered so many steps has entered this column.
    pub fn is_entered(self, steps: usize) -> bool {
        steps >= self.from
    }

    /// Whether a step, counted from 1, is in it.
    pub fn holds(self, step: usize) -> bool {
        step >= self.from && self.to.is_none_or(|to| step <= to)
    }
}

/// Mo 1 to Mo 12, 13-24, 25-36, and 37 and later (money rule 22).
pub const COLUMNS: [Column; 15] = [
    Column::month(1),
    Column::month(2),
    Column::month(3),
    Column::month(4),
    Column::month(5),
    Column::month(6),
    Column::month(7),
    Column::month(8),
    Column::month(9),
    Column::month(10),
    Column::month(11),
    Column::month(12),
    Column { from: 13, to: Some(24) },
    Column { from: 25, to: Some(36) },
    Column { from: 37, to: None },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_payment_falls_into_a_month_or_an_age_bucket() {
        let (months, ages) = (StepBasis::CalendarMonths, StepBasis::AgeBuckets);
        let placed = on("2025-01-31");
        for (paid, month, age) in [
            ("2025-01-31", 0, 0),
            ("2025-02-01", 1, 0),
            ("2025-03-01", 2, 0),
            ("2025-03-02", 2, 1),
            ("2025-03-31", 2, 1),
            ("2025-04-01", 3, 2),
            ("2025-01-02", 0, 0),
            ("2024-12-31", 0, 0),
        ] {
            let steps = (months.step(placed, on(paid)), ages.step(placed, on(paid)));
            assert_eq!(steps, (month, age), "{paid}");
        }
    }

    #[test]
    fn a_bucket_is_entered_when_the_last_account_is_old_enough() {
        let last = Month::of(on("2025-02-10")).last();
        assert_eq!(last, on("2025-02-28"));
        assert_eq!(StepBasis::AgeBuckets.entered(last, on("2025-02-27")), 0);
        assert_eq!(StepBasis::AgeBuckets.entered(last, on("2025-02-28")), 1);
        assert_eq!(StepBasis::AgeBuckets.entered(last, on("2025-03-29")), 1);
        assert_eq!(StepBasis::AgeBuckets.entered(last, on("2025-03-30")), 2);
        assert_eq!(StepBasis::CalendarMonths.entered(last, on("2025-01-31")), 0);
        assert_eq!(StepBasis::CalendarMonths.entered(last, on("2025-02-11")), 1);
        assert_eq!(StepBasis::CalendarMonths.entered(last, on("2025-04-01")), 3);
    }

    #[test]
    fn columns_follow_one_another_without_gap() {
        for step in 1..200 {
            assert_eq!(COLUMNS.iter().filter(|column| column.holds(step)).count(), 1, "{step}");
        }
        let labels = |basis| COLUMNS.map(|column| column.label(basis));
        let months = labels(StepBasis::CalendarMonths);
        assert_eq!(
            [&months[0], &months[11], &months[12], &months[14]],
            ["Mo 1", "Mo 12", "13-24", "37+"]
        );
        let ages = labels(StepBasis::AgeBuckets);
        assert_eq!(
            [&ages[0], &ages[11], &ages[12], &ages[13], &ages[14]],
            ["days 0-29", "days 330-359", "days 360-719", "days 720-1079", "days 1080+"]
        );
    }
}

//! Recovery: what was placed, what was collected, and the share of the two (domain rule 2.15).

mod percentage;
mod stair_step;
mod step;

pub use percentage::{PercentOf, Percentage, average, effective_fee, unit_yield};
pub use stair_step::{Cell, CohortRow, Footer, Row, StairStep, Tally, climb};
pub use step::{COLUMNS, Column, StepBasis, StepMeasure};

use crate::money::Money;
use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

names! {
    /// What collected money is measured against. A liquidation without its denominator says nothing.
    Denominator {
        /// All that was placed.
        GrossPlaced = "gross_placed";
        /// What was placed, less what the creditor took back: recalled, placed in error, duplicates,
        /// adjusted.
        NetPlaced = "net_placed";
    }
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The month so many months before.
    pub fn back(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(chrono::Months::new(months)).unwrap_or(self.0))
    }

    /// How many months later `other` is; zero when it is not later.
    pub fn until(self, other: Self) -> usize {
        let count = |it: Self| it.0.year() * 12 + i32::try_from(it.0.month0()).unwrap_or(0);
        usize::try_from(count(other) - count(self)).unwrap_or(0)
    }
}

/// The accounts placed in one month, and what came of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// The month of placement.
    pub month: Month,
    /// How many accounts.
    pub accounts: i64,
    /// All that was placed.
    pub placed: Money,
    /// Of it, what the creditor took back.
    pub withdrawn: Money,
    /// Collected in the month of placement, in the next, and so on to the present month. Months
    /// not reached yet are not there: they are not zero.
    pub collected: Vec<Money>,
}

impl Cohort {
    /// The denominator's amount.
    pub fn base(&self, denominator: Denominator) -> Money {
        base(self.placed, self.withdrawn, denominator)
    }
}

/// The amount that collected money is measured against.
pub fn base(placed: Money, withdrawn: Money, denominator: Denominator) -> Money {
    match denominator {
        Denominator::GrossPlaced => placed,
        Denominator::NetPlaced => placed.minus(withdrawn).unwrap_or(Money::ZERO),
    }
}

/// The share of `collected` in `of`, to four decimals (`0.0741` is 7.41 %), rounded half away from
/// zero; nothing where nothing was placed. Above one when interest came on top of what was placed,
/// below zero when more was returned than paid.
pub fn share(collected: Money, of: Money) -> Option<Decimal> {
    if !of.is_positive() {
        return None;
    }
    Decimal::from(collected.minor())
        .checked_div(Decimal::from(of.minor()))
        .map(|share| share.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_placed_has_no_share() {
        assert_eq!(share(Money::from_minor(5), Money::ZERO), None);
        let withdrawn = Money::from_minor(100);
        assert_eq!(base(withdrawn, withdrawn, Denominator::NetPlaced), Money::ZERO);
    }

    #[test]
    fn months_are_counted_across_years() {
        let of = |year, month| Month::of(NaiveDate::from_ymd_opt(year, month, 31).unwrap());
        assert_eq!(of(2025, 12).until(of(2026, 1)), 1);
        assert_eq!(of(2026, 1).until(of(2025, 12)), 0);
        assert_eq!(of(2026, 1).back(1), of(2025, 12));
    }
}

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

/// What collected money is measured against. A liquidation without its denominator says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denominator {
    /// All that was placed.
    GrossPlaced,
    /// What was placed, less what the creditor took back: recalled, placed in error, duplicates.
    NetPlaced,
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

    /// All that was collected.
    pub fn total(&self) -> Money {
        self.collected.iter().copied().sum()
    }

    /// The liquidation to date.
    pub fn liquidation(&self, denominator: Denominator) -> Option<Decimal> {
        share(self.total(), self.base(denominator))
    }

    /// The liquidation at the end of each month reached.
    pub fn curve(&self, denominator: Denominator) -> Vec<Option<Decimal>> {
        let base = self.base(denominator);
        let mut sum = Money::ZERO;
        self.collected
            .iter()
            .map(|month| {
                sum = [sum, *month].into_iter().sum();
                share(sum, base)
            })
            .collect()
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

    fn cohort(month: u32, placed: i64, withdrawn: i64, collected: &[i64]) -> Cohort {
        Cohort {
            month: Month::of(NaiveDate::from_ymd_opt(2026, month, 17).unwrap()),
            accounts: 1,
            placed: Money::from_minor(placed * 100),
            withdrawn: Money::from_minor(withdrawn * 100),
            collected: collected.iter().map(|dollars| Money::from_minor(dollars * 100)).collect(),
        }
    }

    fn percent(shares: &[Option<Decimal>]) -> Vec<String> {
        shares
            .iter()
            .map(|share| (share.unwrap() * Decimal::ONE_HUNDRED).round_dp(2).to_string())
            .collect()
    }

    #[test]
    fn the_stair_step_of_the_trade() {
        let (gross, net) = (Denominator::GrossPlaced, Denominator::NetPlaced);
        let jan = cohort(1, 96_000, 2_400, &[1_920, 3_360, 2_880, 1_440]);
        let feb = cohort(2, 72_000, 0, &[1_080, 2_160, 1_800]);
        let mar = cohort(3, 105_000, 5_000, &[2_100, 3_500]);
        assert_eq!(percent(&jan.curve(gross)), ["2.00", "5.50", "8.50", "10.00"]);
        assert_eq!(percent(&jan.curve(net)), ["2.05", "5.64", "8.72", "10.26"]);
        assert_eq!(percent(&feb.curve(net)), ["1.50", "4.50", "7.00"]);
        assert_eq!(percent(&[mar.liquidation(gross), mar.liquidation(net)]), ["5.33", "5.60"]);
        let all = [jan, feb, mar];
        let sum = |of: fn(&Cohort) -> Money| all.iter().map(of).sum::<Money>();
        let collected = sum(Cohort::total);
        assert_eq!(collected, Money::from_minor(2_024_000));
        let shares = [gross, net].map(|denominator| {
            share(collected, base(sum(|c| c.placed), sum(|c| c.withdrawn), denominator))
        });
        assert_eq!(percent(&shares), ["7.41", "7.62"]);
    }

    #[test]
    fn nothing_placed_has_no_share() {
        assert_eq!(share(Money::from_minor(5), Money::ZERO), None);
        assert_eq!(cohort(1, 100, 100, &[5]).liquidation(Denominator::NetPlaced), None);
    }

    #[test]
    fn months_are_counted_across_years() {
        let of = |year, month| Month::of(NaiveDate::from_ymd_opt(year, month, 31).unwrap());
        assert_eq!(of(2025, 12).until(of(2026, 1)), 1);
        assert_eq!(of(2026, 1).until(of(2025, 12)), 0);
        assert_eq!(of(2026, 1).back(1), of(2025, 12));
    }
}

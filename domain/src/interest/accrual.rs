//! The exact interest over an interval.

use super::Terms;
use super::basis::DENOMINATOR;
use crate::money::{Money, TooLarge};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What bears interest from the day after a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaseChange {
    /// The last day of the amount before.
    pub on: NaiveDate,
    /// What bears interest from the next day; below zero bears none.
    pub amount: Money,
}

/// Interest, not rounded: an exact fraction of a cent, so that the interest of two adjoining
/// intervals adds up to that of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accrual(
    /// In parts of [`CENT`]; never negative.
    i128,
);

/// A cent: a base in cents, times a rate in millionths, times shares of a year.
const CENT: i128 = DENOMINATOR * 1_000_000;

impl Accrual {
    /// No interest.
    pub const ZERO: Self = Self(0);

    /// The sum, or [`TooLarge`].
    pub fn plus(self, next: Self) -> Result<Self, TooLarge> {
        self.0.checked_add(next.0).map(Self).ok_or(TooLarge)
    }

    /// Whole cents, half a cent away from zero: what a posting takes (money rule 16).
    pub fn rounded(self) -> Result<Money, TooLarge> {
        let up = i128::from(self.0 % CENT >= CENT / 2);
        i64::try_from(self.0 / CENT + up).map(Money::from_minor).map_err(|_| TooLarge)
    }

    /// In units of the currency, to the precision of a decimal.
    pub fn to_decimal(self) -> Result<Decimal, TooLarge> {
        let decimal = |n: i128| Decimal::try_from_i128_with_scale(n, 0).map_err(|_| TooLarge);
        decimal(self.0 % CENT)?
            .checked_div(decimal(CENT)?)
            .and_then(|fraction| decimal(self.0 / CENT).ok()?.checked_add(fraction))
            .and_then(|cents| cents.checked_div(Decimal::ONE_HUNDRED))
            .ok_or(TooLarge)
    }

    /// In units of the currency with four decimals, half away from zero, as a per diem is shown.
    pub fn to_per_diem(self) -> Result<Decimal, TooLarge> {
        let hundredths = self.0.checked_mul(100).ok_or(TooLarge)?;
        let up = i128::from(hundredths % CENT >= CENT / 2);
        Decimal::try_from_i128_with_scale(hundredths / CENT + up, 4).map_err(|_| TooLarge)
    }

    /// This much at most.
    pub(super) fn at_most(self, limit: Money) -> Self {
        Self(self.0.min(i128::from(limit.max(Money::ZERO).minor()) * CENT))
    }

    /// Without what was counted before; never below nothing.
    pub(super) fn since(self, before: Self) -> Self {
        Self((self.0 - before.0).max(0))
    }

    /// How many whole times another fits; none: any number of times.
    pub(super) fn times(self, other: Self) -> Option<u64> {
        self.0.checked_div(other.0).and_then(|times| u64::try_from(times).ok())
    }

    /// A whole amount; below zero is nothing.
    pub(super) fn of(money: Money) -> Self {
        Self::at_most(Self(i128::MAX), money)
    }
}

/// The interest of one amount over the days after `from` up to and including `to`.
pub(super) fn on_amount(
    terms: &Terms,
    amount: Money,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Accrual, TooLarge> {
    let bearing = i128::from(amount.max(Money::ZERO).minor());
    let mut sum: i128 = 0;
    let mut at = from;
    while at < to {
        let stretch = terms.stretch(at, to);
        let days = i128::from(stretch.through.signed_duration_since(at).num_days());
        sum = bearing
            .checked_mul(stretch.daily * days)
            .and_then(|part| sum.checked_add(part))
            .ok_or(TooLarge)?;
        at = stretch.through;
    }
    Ok(Accrual(sum))
}

/// The exact interest over the days after `from` up to and including `to`, on a base that changes
/// as the history (oldest first) says; before the first change nothing bears interest. It knows
/// neither cap nor compounding, which depend on what was posted: [`super::post`] does.
pub fn accrued(
    terms: &Terms,
    history: &[BaseChange],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Accrual, TooLarge> {
    let mut sum = Accrual::ZERO;
    for (nth, change) in history.iter().enumerate() {
        let until = history.get(nth + 1).map_or(to, |next| next.on.min(to));
        sum = sum.plus(on_amount(terms, change.amount, change.on.max(from), until)?)?;
    }
    Ok(sum)
}

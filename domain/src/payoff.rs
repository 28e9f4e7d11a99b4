//! Payoff: what pays a debt on a day (domain rule 2.9).

use crate::bucket::Buckets;
use crate::interest::{self, Position, Terms};
use crate::money::{Money, TooLarge};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What pays a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The day for which it was asked; it may lie in the future.
    pub as_of: NaiveDate,
    /// The posted balance; after a judgment that is not posted yet, the judgment's.
    pub buckets: Buckets,
    /// The interest up to and including `valid_through` that is not in the buckets.
    pub interest_accrued_unposted: Money,
    /// What pays the debt up to and including `valid_through`.
    pub total: Money,
    /// The interest of each day after `valid_through`, four decimals.
    pub per_diem: Decimal,
    /// The last day on which the total suffices; afterwards the per diem is added, day by day.
    pub valid_through: NaiveDate,
    /// The last day up to which the per diem stays right: then a rate, a stop, a cap, a judgment,
    /// compounding or (under the actual basis) the year changes. None: it stays.
    pub per_diem_through: Option<NaiveDate>,
}

/// Why there is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotQuotable {
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Interest is posted up to a later day.
    #[error("interest is posted up to {posted_on}: ask for that day or a later one")]
    BeforePosting {
        /// The day up to which interest is posted.
        posted_on: NaiveDate,
    },
    /// It would end before it begins.
    #[error("a quote cannot end on {valid_through}, before its day {as_of}")]
    EndsBefore {
        /// The day for which it was asked.
        as_of: NaiveDate,
        /// Its last day.
        valid_through: NaiveDate,
    },
}

/// What pays an account's debt, from its posted balance: no memory is allocated.
///
/// # Errors
/// [`NotQuotable`] when the days are out of order or a sum does not fit.
pub fn quote(
    terms: &Terms,
    position: &Position,
    as_of: NaiveDate,
    valid_through: NaiveDate,
) -> Result<Quote, NotQuotable> {
    if as_of < position.posted_on {
        return Err(NotQuotable::BeforePosting { posted_on: position.posted_on });
    }
    if valid_through < as_of {
        return Err(NotQuotable::EndsBefore { as_of, valid_through });
    }
    let payoff = interest::payoff(terms, position, valid_through)?;
    Ok(Quote {
        as_of,
        buckets: payoff.buckets,
        interest_accrued_unposted: payoff.unposted,
        total: payoff.buckets.total()?.plus(payoff.unposted)?,
        per_diem: payoff.per_diem,
        valid_through,
        per_diem_through: payoff.per_diem_through,
    })
}

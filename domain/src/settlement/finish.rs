//! How an accepted settlement ends: completed, broken, or charged back (example E5).

use super::{Accepted, OfferState};
use crate::bucket::Buckets;
use crate::money::{Money, TooLarge};
use crate::plan::{Received, broken_on};
use chrono::NaiveDate;

/// What is released when a settlement is completed: an adjustment (DA) without commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOff {
    /// What remains in each bucket; afterwards every bucket is empty, so no order matters.
    pub buckets: Buckets,
    /// Their sum.
    pub total: Money,
}

/// Why a settlement is not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFinished {
    /// The available funds do not reach the total (money rule 21).
    #[error("{available} of {total} is paid and available")]
    NotAvailable {
        /// The sum of available payments.
        available: Money,
        /// What settles the debt.
        total: Money,
    },
    /// The settlement was broken before.
    #[error("the settlement was broken on {on}")]
    Broken {
        /// The day.
        on: NaiveDate,
    },
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// The state of an accepted settlement on a day: broken on the morning after the grace of a missed
/// part, completed when the available payments reach the total, and broken on the day of a
/// return after grace, also after completion (money rules 20 and 21).
pub fn judge(
    accepted: &Accepted,
    payments: &[Received],
    today: NaiveDate,
) -> Result<OfferState, TooLarge> {
    Ok(if broken_on(&accepted.parts, payments, accepted.grace_days, today)?.is_some() {
        OfferState::Broken
    } else if available(payments, today)? >= accepted.total.money() {
        OfferState::Completed
    } else {
        OfferState::Accepted
    })
}

/// Completes a settlement: what still is owed is written off, in the transaction in which the last
/// funds became available. A payment that was returned before that never leads here, so no write-off
/// was ever posted (example E5).
pub fn complete(
    accepted: &Accepted,
    payments: &[Received],
    owed: &Buckets,
    today: NaiveDate,
) -> Result<WriteOff, NotFinished> {
    if let Some(on) = broken_on(&accepted.parts, payments, accepted.grace_days, today)? {
        return Err(NotFinished::Broken { on });
    }
    let (available, total) = (available(payments, today)?, accepted.total.money());
    if available < total {
        return Err(NotFinished::NotAvailable { available, total });
    }
    Ok(WriteOff { buckets: *owed, total: owed.total()? })
}

fn available(payments: &[Received], today: NaiveDate) -> Result<Money, TooLarge> {
    let available = payments.iter().filter(|payment| payment.is_available_on(today));
    Money::total(available.map(|payment| payment.amount.money()))
}

//! The history of an account, computed again from its events.

use super::position::{daily, next_advance, step};
use super::{Advance, Position, Terms};
use crate::allocation::Allocation;
use crate::bucket::{Bucket, Buckets};
use crate::id::PaymentId;
use crate::money::{Amount, Money, TooLarge};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Something that happened to an account's debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its effective date (domain rule 2.1).
    pub on: NaiveDate,
    /// Its place in the order of entry, which decides among events of one date.
    pub entered: u64,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The debtor paid. A payment that was returned is left out (money rule 15).
    Payment {
        /// The payment.
        id: PaymentId,
        /// What lowered the debt.
        amount: Amount,
    },
    /// A bucket grew, such as by a court cost.
    Charge {
        /// The bucket that changes.
        bucket: Bucket,
        /// By how much.
        amount: Amount,
    },
    /// A bucket was corrected.
    Adjustment {
        /// The bucket that changes.
        bucket: Bucket,
        /// By how much; below zero reduces it.
        by: Money,
    },
    /// Interest was posted because a statement or a change of status needed it.
    Posting,
}

/// What a payment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The payment.
    pub id: PaymentId,
    /// Its effective date.
    pub on: NaiveDate,
    /// What each bucket got.
    pub applied: Buckets,
    /// What was too much.
    pub overpaid: Money,
}

/// Why a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A payment, and what it did.
    Payment(Split),
    /// A charge, an adjustment or a posting.
    Event(What),
    /// The terms themselves.
    Terms(Advance),
}

/// One step of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its date.
    pub on: NaiveDate,
    /// The event behind it.
    pub cause: Cause,
    /// The interest that it posted first.
    pub interest: Money,
    /// What is owed afterwards.
    pub owed: Buckets,
}

/// An account's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The steps, oldest first.
    pub steps: Vec<Step>,
    /// Where the account stands after the last of them.
    pub position: Position,
    /// The day up to which it was computed.
    pub through: NaiveDate,
    /// The interest up to that day that is not posted.
    pub unposted: Money,
    /// What pays the debt on that day.
    pub total: Money,
    /// The interest of the day after, four decimals.
    pub per_diem: Decimal,
    /// What all payments together paid too much.
    pub overpaid: Money,
}

/// Why a history cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReplayable {
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// An event is older than the opening balance, which already contains it.
    #[error(
        "an event of {on} is older than the opening balance of {opened_on}: correct the opening"
    )]
    BeforeOpening {
        /// The event's date.
        on: NaiveDate,
        /// The opening's date.
        opened_on: NaiveDate,
    },
}

impl Replay {
    /// What each payment did, oldest first.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        self.steps.iter().filter_map(|step| match &step.cause {
            Cause::Payment(split) => Some(split),
            Cause::Event(_) | Cause::Terms(_) => None,
        })
    }
}

/// Computes a history: the events up to and including `through`, by effective date and then by
/// entry. Interest is posted before a payment is allocated, and before anything else that changes
/// what bears interest; a charge that bears none, such as a court cost beside a principal that
/// does, posts nothing (example E3). `allocate` says how a payment of a day fills the buckets owed:
/// the contract's order on its effective date (money rule 3).
///
/// # Errors
/// [`NotReplayable`] when an event is older than the opening or a sum does not fit.
pub fn replay(
    terms: &Terms,
    allocate: impl Fn(NaiveDate, Amount, &Buckets) -> Result<Allocation, TooLarge>,
    opening: &Position,
    events: &[Event],
    through: NaiveDate,
) -> Result<Replay, NotReplayable> {
    let opened_on = opening.posted_on;
    if let Some(event) = events.iter().find(|event| event.on < opened_on) {
        return Err(NotReplayable::BeforeOpening { on: event.on, opened_on });
    }
    let mut ordered: Vec<&Event> = events.iter().filter(|event| event.on <= through).collect();
    ordered.sort_by_key(|event| (event.on, event.entered));
    let mut position = *opening;
    let mut steps = Vec::with_capacity(ordered.len());
    for event in ordered {
        let on = event.on;
        take_advances(terms, &mut position, on, &mut steps)?;
        let interest = if needs_posting(terms, &position, event.what) {
            position.settle(terms, on)?
        } else {
            Money::ZERO
        };
        let cause = apply(&mut position, event, &allocate)?;
        steps.push(Step { on, cause, interest, owed: position.buckets });
    }
    take_advances(terms, &mut position, through, &mut steps)?;
    let exact = position.unposted(terms, through)?;
    let unposted = exact.rounded()?;
    let mut replay = Replay {
        steps,
        position,
        through,
        unposted,
        total: position.buckets.total()?.plus(unposted)?,
        per_diem: daily(terms, &position, through, exact)?.to_per_diem()?,
        overpaid: Money::ZERO,
    };
    replay.overpaid = Money::total(replay.splits().map(|split| split.overpaid))?;
    Ok(replay)
}

fn take_advances(
    terms: &Terms,
    position: &mut Position,
    to: NaiveDate,
    steps: &mut Vec<Step>,
) -> Result<(), TooLarge> {
    while let Some((on, advance)) = next_advance(terms, position.posted_on, to) {
        let interest = step(terms, position, on, advance)?;
        steps.push(Step { on, cause: Cause::Terms(advance), interest, owed: position.buckets });
    }
    Ok(())
}

fn needs_posting(terms: &Terms, position: &Position, what: What) -> bool {
    match what {
        What::Payment { .. } | What::Posting => true,
        What::Charge { bucket, .. } | What::Adjustment { bucket, .. } => match bucket {
            Bucket::Principal => true,
            Bucket::Costs => terms.base == super::Base::PrincipalAndCosts,
            Bucket::Interest => position.compounded.is_positive(),
            Bucket::Fees | Bucket::Other => false,
        },
    }
}

fn apply(
    position: &mut Position,
    event: &Event,
    allocate: &impl Fn(NaiveDate, Amount, &Buckets) -> Result<Allocation, TooLarge>,
) -> Result<Cause, TooLarge> {
    match event.what {
        What::Payment { id, amount } => {
            let Allocation { applied, overpaid } = allocate(event.on, amount, &position.buckets)?;
            for bucket in Bucket::ALL {
                position.take(bucket, applied.get(bucket))?;
            }
            Ok(Cause::Payment(Split { id, on: event.on, applied, overpaid }))
        }
        What::Charge { bucket, amount } => {
            position.take(bucket, amount.money().negated()?)?;
            Ok(Cause::Event(event.what))
        }
        What::Adjustment { bucket, by } => {
            position.take(bucket, by.negated()?)?;
            Ok(Cause::Event(event.what))
        }
        What::Posting => Ok(Cause::Event(event.what)),
    }
}

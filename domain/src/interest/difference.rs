//! What a back-dated payment or a return changes (money rule 15).

use super::{Position, Replay, Split};
use crate::bucket::{Bucket, Buckets};
use crate::id::PaymentId;
use crate::money::{Money, TooLarge};
use chrono::NaiveDate;

/// A payment of both histories that was split differently. Its commission stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The payment.
    pub id: PaymentId,
    /// What each bucket gets more than before; below zero: less.
    pub applied: Buckets,
    /// What is overpaid more than before; below zero: less.
    pub overpaid: Money,
}

/// The adjusting entry between two histories of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What to add to each bucket once the payments of only one history are posted: a returned one
    /// restored bucket by bucket exactly as it was allocated, a back-dated one allocated as the
    /// new history says.
    pub entry: Buckets,
    /// The part of the entry that is interest posted more than before; below zero: less. The rest
    /// is the shifts', and where the debt merged in a judgment, the merger's.
    pub interest: Money,
    /// The interest that is not posted, more than before; below zero: less.
    pub unposted: Money,
    /// The payments of both histories whose split changed, oldest first.
    pub shifts: Vec<Shift>,
    /// Where the account stands afterwards: its next interest is computed from here.
    pub position: Position,
}

/// Why two histories cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// They end on different days.
    #[error("one history ends on {before}, the other on {after}: compute both to the same day")]
    OtherDay {
        /// The last day of the one.
        before: NaiveDate,
        /// The last day of the other.
        after: NaiveDate,
    },
}

impl Difference {
    /// Whether there is nothing to post.
    pub fn is_nothing(&self) -> bool {
        self.entry == Buckets::default() && self.shifts.is_empty()
    }
}

/// The adjusting entry that turns the books of `before` into those of `after`.
///
/// # Errors
/// [`NotComparable`] when they end on different days or a sum does not fit.
pub fn difference(before: &Replay, after: &Replay) -> Result<Difference, NotComparable> {
    if before.through != after.through {
        return Err(NotComparable::OtherDay { before: before.through, after: after.through });
    }
    let find = |replay: &Replay, id| replay.splits().find(|split| split.id == id).copied();
    let mut entry = less(&after.position.buckets, &before.position.buckets)?;
    for split in before.splits().filter(|split| find(after, split.id).is_none()) {
        entry = less(&entry, &split.applied)?;
    }
    let mut shifts = Vec::new();
    for split in after.splits() {
        match find(before, split.id) {
            None => entry = plus(&entry, &split.applied)?,
            Some(was) => shifts.extend(shift(&was, split)?),
        }
    }
    Ok(Difference {
        entry,
        interest: after.position.posted.minus(before.position.posted)?,
        unposted: after.unposted.minus(before.unposted)?,
        shifts,
        position: after.position,
    })
}

fn shift(was: &Split, is: &Split) -> Result<Option<Shift>, TooLarge> {
    let applied = less(&is.applied, &was.applied)?;
    let overpaid = is.overpaid.minus(was.overpaid)?;
    let shifted = applied != Buckets::default() || !overpaid.is_zero();
    Ok(shifted.then_some(Shift { id: is.id, applied, overpaid }))
}

fn plus(one: &Buckets, other: &Buckets) -> Result<Buckets, TooLarge> {
    each(|bucket| one.get(bucket).plus(other.get(bucket)))
}

fn less(one: &Buckets, other: &Buckets) -> Result<Buckets, TooLarge> {
    each(|bucket| one.get(bucket).minus(other.get(bucket)))
}

fn each(money: impl Fn(Bucket) -> Result<Money, TooLarge>) -> Result<Buckets, TooLarge> {
    let mut buckets = Buckets::default();
    for bucket in Bucket::ALL {
        buckets.set(bucket, money(bucket)?);
    }
    Ok(buckets)
}

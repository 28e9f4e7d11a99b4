//! Where an account stands between two postings of interest, and the posting itself.

use super::accrual::on_amount;
use super::{Accrual, Base, Compounding, Terms};
use crate::bucket::{Bucket, Buckets};
use crate::money::{Money, TooLarge};
use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;

/// What an account's next interest is computed from. What bears interest does not change between
/// two postings: whatever would change it posts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The posted balance.
    pub buckets: Buckets,
    /// The day up to and including which interest is posted.
    pub posted_on: NaiveDate,
    /// All interest posted under the terms so far: what a cap counts.
    pub posted: Money,
    /// The part of the unpaid interest that bears interest itself; zero unless it compounds.
    pub compounded: Money,
}

/// A date on which the terms themselves post interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// Unpaid interest begins to bear interest.
    Compounding,
    /// The debt merges in the judgment.
    Judgment,
}

impl Position {
    /// The first position of an account: what it owes on a day, no interest posted by us yet.
    pub fn opening(buckets: Buckets, on: NaiveDate) -> Self {
        Self { buckets, posted_on: on, posted: Money::ZERO, compounded: Money::ZERO }
    }

    /// What bears interest; a bucket below zero bears none, and reduces none.
    pub fn bearing(&self, base: Base) -> Result<Money, TooLarge> {
        let principal = self.buckets.principal.max(Money::ZERO);
        let costs = match base {
            Base::Principal | Base::JudgmentAmount => Money::ZERO,
            Base::PrincipalAndCosts => self.buckets.costs.max(Money::ZERO),
        };
        principal.plus(costs)?.plus(self.compounded)
    }

    /// Takes money from a bucket. Of the interest the oldest goes first: the part that compounded.
    pub(super) fn take(&mut self, bucket: Bucket, money: Money) -> Result<(), TooLarge> {
        self.buckets.set(bucket, self.buckets.get(bucket).minus(money)?);
        if bucket == Bucket::Interest && money.is_positive() {
            self.compounded = self.compounded.minus(money)?.max(Money::ZERO);
        }
        Ok(())
    }

    /// What the cap leaves; none: no cap.
    pub(super) fn room(&self, terms: &Terms) -> Result<Option<Money>, TooLarge> {
        match terms.cap {
            Some(cap) => cap.money().minus(self.posted).map(|room| Some(room.max(Money::ZERO))),
            None => Ok(None),
        }
    }

    /// The exact interest not posted yet at the end of a day, within the cap.
    pub(super) fn unposted(&self, terms: &Terms, on: NaiveDate) -> Result<Accrual, TooLarge> {
        let exact = on_amount(terms, self.bearing(terms.base)?, self.posted_on, on)?;
        Ok(self.room(terms)?.map_or(exact, |room| exact.at_most(room)))
    }

    /// Posts the interest up to a day, rounded half away from zero; the fraction is not carried
    /// (money rule 16). Answers how much. The terms post nothing themselves before this day.
    pub(super) fn settle(&mut self, terms: &Terms, on: NaiveDate) -> Result<Money, TooLarge> {
        let interest = self.unposted(terms, on)?.rounded()?;
        self.buckets.interest = self.buckets.interest.plus(interest)?;
        self.posted = self.posted.plus(interest)?;
        self.posted_on = self.posted_on.max(on);
        Ok(interest)
    }
}

/// The next date up to `to` on which the terms themselves post: a judgment into which the debt
/// merges, or a compounding date. Nothing compounds on a day that bears no interest.
pub(super) fn next_advance(
    terms: &Terms,
    after: NaiveDate,
    to: NaiveDate,
) -> Option<(NaiveDate, Advance)> {
    let merger = next_merger(terms, after, to);
    let compounding = next_compounding(terms, after, to);
    match (merger, compounding) {
        (Some(merger), Some(compounding)) if compounding < merger => {
            Some((compounding, Advance::Compounding))
        }
        (Some(merger), Some(_) | None) => Some((merger, Advance::Judgment)),
        (None, Some(compounding)) => Some((compounding, Advance::Compounding)),
        (None, None) => None,
    }
}

/// The judgment in which the debt merges after a day, up to `to`.
fn next_merger(terms: &Terms, after: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
    terms
        .judgment
        .filter(|_| terms.base == Base::JudgmentAmount)
        .map(|judgment| judgment.entered_on)
        .filter(|on| *on > after && *on <= to)
}

fn next_compounding(terms: &Terms, after: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
    let before = terms.compounding.zip(terms.starts_on).and_then(|(period, start)| {
        let last = terms.judgment.map_or(to, |judgment| judgment.entered_on.min(to));
        first_compounding(terms, period, start, after, last)
    });
    before.or_else(|| {
        let judgment = terms.judgment?;
        first_compounding(terms, judgment.compounding?, judgment.entered_on, after, to)
    })
}

fn first_compounding(
    terms: &Terms,
    period: Compounding,
    start: NaiveDate,
    after: NaiveDate,
    to: NaiveDate,
) -> Option<NaiveDate> {
    let months = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
    let passed = u32::try_from(months(after) - months(start)).unwrap_or(0) / period.months();
    (passed.max(1)..)
        .map_while(|count| period.date(start, count).filter(|date| *date <= to))
        .find(|date| *date > after && terms.accrues_on(*date))
}

/// Takes the step that the terms themselves take on a date. Answers the interest that it posted.
pub(super) fn step(
    terms: &Terms,
    position: &mut Position,
    on: NaiveDate,
    advance: Advance,
) -> Result<Money, TooLarge> {
    let interest = position.settle(terms, on)?;
    match (advance, terms.judgment) {
        (Advance::Judgment, Some(judgment)) => {
            position.buckets = judgment.merged();
            position.compounded = Money::ZERO;
        }
        (Advance::Compounding, _) => {
            position.compounded = position.buckets.interest.max(Money::ZERO);
        }
        (Advance::Judgment, None) => {}
    }
    Ok(interest)
}

/// The position after everything that the terms themselves post up to and including a day:
/// compounding dates and the judgment. Without these it is the same position.
pub fn advance(terms: &Terms, position: &Position, to: NaiveDate) -> Result<Position, TooLarge> {
    let mut position = *position;
    while let Some((on, advance)) = next_advance(terms, position.posted_on, to) {
        step(terms, &mut position, on, advance)?;
    }
    Ok(position)
}

/// The position after posting the interest up to and including a day; unchanged when interest is
/// posted up to that day or later already.
pub fn post(terms: &Terms, position: &Position, on: NaiveDate) -> Result<Position, TooLarge> {
    let mut position = advance(terms, position, on)?;
    position.settle(terms, on)?;
    Ok(position)
}

/// The interest that a payment, a statement or a change of status on a day must post first.
pub fn due(terms: &Terms, position: &Position, on: NaiveDate) -> Result<Money, TooLarge> {
    post(terms, position, on)?.posted.minus(position.posted)
}

/// The interest of the day after a day, with four decimals; what the cap leaves at most.
pub fn per_diem(terms: &Terms, position: &Position, on: NaiveDate) -> Result<Decimal, TooLarge> {
    let position = advance(terms, position, on)?;
    daily(terms, &position, on, position.unposted(terms, on)?)?.to_per_diem()
}

/// The exact interest of the day after a day, within the cap. The position is advanced to that
/// day, and so much is unposted there.
pub(super) fn daily(
    terms: &Terms,
    position: &Position,
    on: NaiveDate,
    unposted: Accrual,
) -> Result<Accrual, TooLarge> {
    let Some(next) = on.succ_opt() else { return Ok(Accrual::ZERO) };
    let bearing = position.bearing(terms.base)?;
    let exact = on_amount(terms, bearing, on.max(position.posted_on), next)?;
    let room = position.room(terms)?;
    Ok(room.map_or(exact, |room| exact.min(Accrual::of(room).since(unposted))))
}

/// What pays an account on a day, as [`crate::payoff`] quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payoff {
    /// The posted balance, or the judgment in which it merged since.
    pub(crate) buckets: Buckets,
    /// The interest beside the buckets.
    pub(crate) unposted: Money,
    /// The interest of the day after.
    pub(crate) per_diem: Decimal,
    /// The last day of that per diem; none: it stays.
    pub(crate) per_diem_through: Option<NaiveDate>,
}

/// What pays an account on a day. The position is not posted beyond it.
pub(crate) fn payoff(
    terms: &Terms,
    position: &Position,
    on: NaiveDate,
) -> Result<Payoff, TooLarge> {
    let advanced = advance(terms, position, on)?;
    let merged = next_merger(terms, position.posted_on, on).and(terms.judgment);
    let buckets = merged.map_or(position.buckets, |judgment| judgment.merged());
    let rest = advanced.unposted(terms, on)?;
    let daily = daily(terms, &advanced, on, rest)?;
    Ok(Payoff {
        buckets,
        unposted: advanced.buckets.interest.minus(buckets.interest)?.plus(rest.rounded()?)?,
        per_diem: daily.to_per_diem()?,
        per_diem_through: lasts(terms, &advanced, on, rest, daily)?,
    })
}

/// The last day on which a per diem is right: then the rate, a stop, the divisor, a posting of the
/// terms themselves or the cap changes it.
fn lasts(
    terms: &Terms,
    position: &Position,
    on: NaiveDate,
    unposted: Accrual,
    daily: Accrual,
) -> Result<Option<NaiveDate>, TooLarge> {
    let changes = terms.steady_through(on);
    let merger = next_merger(terms, on, NaiveDate::MAX);
    if daily == Accrual::ZERO {
        return Ok([changes, merger].into_iter().flatten().min());
    }
    let compounding = next_compounding(terms, on, changes.unwrap_or(NaiveDate::MAX));
    let capped = position.room(terms)?.and_then(|room| {
        let days = Accrual::of(room).since(unposted).times(daily)?;
        on.checked_add_days(Days::new(days))
    });
    Ok([changes, merger, compounding, capped].into_iter().flatten().min())
}

//! Whether promises were kept, without counting a cent twice.

use super::PromiseState;
use crate::calendar::banking_days_after;
use crate::limits::Limits;
use crate::money::{Amount, Money, TooLarge};
use crate::plan::Received;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

/// A promise as it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Promised for the day.
    pub amount: Amount,
    /// By when.
    pub due: NaiveDate,
    /// Taken back: it takes no payment, and stays canceled.
    pub canceled: bool,
}

/// How promises are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Calendar days before the due date from which a payment counts.
    pub lead_days: u32,
    /// Banking days after the due date until which a payment counts.
    pub grace_banking_days: u32,
    /// The share from which a promise is partly kept.
    pub partial_share: Decimal,
}

impl From<&Limits> for Terms {
    fn from(limits: &Limits) -> Self {
        Self {
            lead_days: limits.lead_days(),
            grace_banking_days: limits.promise_grace(),
            partial_share: limits.partial_share(),
        }
    }
}

/// The days on which a payment counts for a promise, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: NaiveDate,
    /// The last; the promise is broken on the morning after.
    pub to: NaiveDate,
}

impl Window {
    /// Whether a day lies in it.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }
}

/// From the due date less the lead to the due date and the grace, which is in banking days
/// (money rule 20).
pub fn window(due: NaiveDate, terms: Terms) -> Window {
    Window {
        from: due.checked_sub_days(Days::new(u64::from(terms.lead_days))).unwrap_or(NaiveDate::MIN),
        to: banking_days_after(due, terms.grace_banking_days),
    }
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgment {
    /// Its state.
    pub state: PromiseState,
    /// What counted for it; never more than it promised.
    pub counted: Money,
}

/// Judges one promise on a day by the payments of its account, as if it were the only one.
pub fn judge(
    promise: &Promise,
    payments: &[Received],
    terms: Terms,
    today: NaiveDate,
) -> Result<PromiseState, TooLarge> {
    let judgments = judge_all(std::slice::from_ref(promise), payments, terms, today)?;
    Ok(judgments.first().map_or(PromiseState::Pending, |judgment| judgment.state))
}

/// Judges all promises of an account on a day, in the order given. They share the payments: the
/// promise due first takes first, the oldest payment of its window first, and what it takes counts for
/// no other. Windows move with the due dates, so no other sharing makes more of the payments count.
pub fn judge_all(
    promises: &[Promise],
    payments: &[Received],
    terms: Terms,
    today: NaiveDate,
) -> Result<Vec<Judgment>, TooLarge> {
    let with_terms: Vec<_> = promises.iter().map(|promise| (*promise, terms)).collect();
    judge_each(&with_terms, payments, |_, _| true, today)
}

/// Judges promises that were taken under terms of their own. `counts` says of the positions of a
/// promise and a payment whether that payment may count for it at all: one that was there before the
/// promise was taken does not, though it lies within the lead.
pub fn judge_each(
    promises: &[(Promise, Terms)],
    payments: &[Received],
    counts: impl Fn(usize, usize) -> bool,
    today: NaiveDate,
) -> Result<Vec<Judgment>, TooLarge> {
    let mut left: Vec<(usize, NaiveDate, Money)> = payments
        .iter()
        .enumerate()
        .filter(|(_, payment)| payment.stands_on(today))
        .map(|(at, payment)| (at, payment.on, payment.amount.money()))
        .collect();
    left.sort_by_key(|(_, on, _)| *on);
    let mut by_due: Vec<_> = promises.iter().enumerate().collect();
    by_due.sort_by_key(|(at, (promise, _))| (promise.due, *at));
    let mut judged = Vec::with_capacity(promises.len());
    for (at, (promise, terms)) in by_due {
        let window = window(promise.due, *terms);
        let mut counted = Money::ZERO;
        if !promise.canceled {
            let fits = |payment: usize, on: NaiveDate| window.holds(on) && counts(at, payment);
            for (_, _, money) in left.iter_mut().filter(|(payment, on, _)| fits(*payment, *on)) {
                let taken = (*money).min(promise.amount.money().minus(counted)?);
                *money = money.minus(taken)?;
                counted = counted.plus(taken)?;
            }
        }
        let state = state(promise, counted, window, *terms, today);
        judged.push((at, Judgment { state, counted }));
    }
    judged.sort_by_key(|(at, _)| *at);
    Ok(judged.into_iter().map(|(_, judgment)| judgment).collect())
}

fn state(
    promise: &Promise,
    counted: Money,
    window: Window,
    terms: Terms,
    today: NaiveDate,
) -> PromiseState {
    let threshold = Decimal::from(promise.amount.minor()).checked_mul(terms.partial_share);
    let enough = threshold.is_some_and(|threshold| Decimal::from(counted.minor()) >= threshold);
    if promise.canceled {
        PromiseState::Canceled
    } else if counted >= promise.amount.money() {
        PromiseState::Kept
    } else if today <= window.to {
        PromiseState::Pending
    } else if counted.is_positive() && enough {
        PromiseState::Partial
    } else {
        PromiseState::Broken
    }
}

/// How many of an account's promises were broken.
pub fn broken_count(states: &[PromiseState]) -> u32 {
    let broken = states.iter().filter(|state| **state == PromiseState::Broken).count();
    u32::try_from(broken).unwrap_or(u32::MAX)
}

//! Where a plan stands on a day, and on which day it broke (money rules 20 and 21, example E5).

use super::days_after;
use super::{Installment, PlanState, Received, total};
use crate::money::{Money, TooLarge};
use chrono::NaiveDate;

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanProgress {
    /// Kept so far.
    Active,
    /// All paid, funds clearing (money rule 21).
    Clearing,
    /// All paid and available.
    Completed,
    /// Broken.
    Broken {
        /// The first day on which it was.
        on: NaiveDate,
    },
}

impl PlanProgress {
    /// The plan's state.
    pub fn state(self) -> PlanState {
        match self {
            Self::Active => PlanState::Active,
            Self::Clearing => PlanState::Clearing,
            Self::Completed => PlanState::Completed,
            Self::Broken { .. } => PlanState::Broken,
        }
    }
}

/// The day on which an installment, if still unpaid, breaks its plan: the morning after the grace,
/// which is counted in calendar days (money rule 20).
pub fn breaks_on(due: NaiveDate, grace_days: u32) -> NaiveDate {
    days_after(due, grace_days.saturating_add(1))
}

/// The first day up to today on which the plan was broken.
///
/// An installment is covered by payments with an effective date up to the end of its grace that,
/// with those before it, sum to what is due so far. A payment that is returned while grace runs may
/// be made good until its end; a return after the grace has ended breaks the plan on that day
/// (money rule 20).
pub fn broken_on(
    rows: &[Installment],
    payments: &[Received],
    grace_days: u32,
    today: NaiveDate,
) -> Result<Option<NaiveDate>, TooLarge> {
    let mut due_so_far = Money::ZERO;
    let mut first: Option<NaiveDate> = None;
    for row in rows {
        due_so_far = due_so_far.plus(row.asked())?;
        let breaks = breaks_on(row.due, grace_days);
        let in_grace: Vec<_> = payments.iter().filter(|payment| payment.on < breaks).collect();
        // What covers an installment changes only on the day after grace, and by later returns.
        let returns =
            in_grace.iter().filter_map(|payment| payment.returned_on).filter(|day| *day > breaks);
        for day in std::iter::once(breaks).chain(returns).filter(|day| *day <= today) {
            let standing = in_grace.iter().filter(|payment| payment.stands_on(day));
            if Money::total(standing.map(|payment| payment.amount.money()))? < due_so_far {
                first = Some(first.map_or(day, |earlier| earlier.min(day)));
            }
        }
    }
    Ok(first)
}

/// Where an agreed plan stands on a day.
pub fn stand(
    rows: &[Installment],
    payments: &[Received],
    grace_days: u32,
    today: NaiveDate,
) -> Result<PlanProgress, TooLarge> {
    if let Some(on) = broken_on(rows, payments, grace_days, today)? {
        return Ok(PlanProgress::Broken { on });
    }
    let asked = total(rows)?;
    let sum = |counts: &dyn Fn(&Received) -> bool| {
        Money::total(payments.iter().filter(|one| counts(one)).map(|one| one.amount.money()))
    };
    Ok(if sum(&|payment| payment.is_available_on(today))? >= asked {
        PlanProgress::Completed
    } else if sum(&|payment| payment.stands_on(today))? >= asked {
        PlanProgress::Clearing
    } else {
        PlanProgress::Active
    })
}

//! Whether a plan keeps to the limits (domain rule 2.10, checklist 33): every refusal at once, each
//! with a stable code and its numbers.

use super::dates::{days_after, days_between};
use super::schedule::{Proposal, ScheduleRefusal, schedule};
use super::{Frequency, Installment, total};
use crate::limits::{Field, Limits};
use crate::money::{Money, TooLarge};
use chrono::NaiveDate;

/// Why a plan is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// It has no schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleRefusal),
    /// It pays more than is owed.
    #[error("the plan pays {total}, and {balance} is owed")]
    OverBalance {
        /// What is owed.
        balance: Money,
        /// What the plan pays.
        total: Money,
    },
    /// An installment is too small. The last, which takes the remainder, is not asked.
    #[error("each payment must be at least {least}, and one would be {offered}")]
    BelowMinPayment {
        /// The smallest allowed.
        least: Money,
        /// The smallest of the plan.
        offered: Money,
    },
    /// The down payment is too small or missing.
    #[error("the down payment must be at least {least}, and it would be {offered}")]
    BelowMinDownPayment {
        /// The smallest allowed.
        least: Money,
        /// As proposed.
        offered: Money,
    },
    /// Too many installments.
    #[error("at most {most} payments are allowed, and the plan has {asked}")]
    TooManyInstallments {
        /// The most, the down payment not counted.
        most: u32,
        /// As proposed.
        asked: u32,
    },
    /// It takes too long.
    #[error("the plan must end within {most} days, and it takes {days}")]
    TermTooLong {
        /// The most days from today.
        most: u32,
        /// As proposed.
        days: i64,
    },
    /// It begins too late.
    #[error("the first payment must be made by {latest}, and it would be on {first}")]
    StartsTooLate {
        /// The latest first date.
        latest: NaiveDate,
        /// As proposed.
        first: NaiveDate,
    },
    /// It begins before today.
    #[error("the first payment on {first} lies before today, {today}")]
    StartsInThePast {
        /// Today.
        today: NaiveDate,
        /// As proposed.
        first: NaiveDate,
    },
    /// The frequency is not offered.
    #[error("payments on a \"{}\" schedule are not offered", .asked.name())]
    FrequencyNotAllowed {
        /// As proposed.
        asked: Frequency,
    },
}

impl PlanRefusal {
    /// The limits that may be behind it, to say who set them.
    pub fn limits(self) -> &'static [Field] {
        match self {
            Self::BelowMinPayment { .. } => {
                &[Field::PlanMinPayment, Field::PlanMinPercent, Field::PlanBalanceRanges]
            }
            Self::BelowMinDownPayment { .. } => {
                &[Field::PlanMinDownPercent, Field::PlanBalanceRanges]
            }
            Self::TooManyInstallments { .. } => {
                &[Field::PlanMostInstallments, Field::PlanBalanceRanges]
            }
            Self::TermTooLong { .. } => &[Field::PlanMostDays],
            Self::StartsTooLate { .. } => &[Field::PlanStartWithinDays],
            Self::FrequencyNotAllowed { .. } => &[Field::PlanFrequencies],
            Self::Schedule(_) | Self::OverBalance { .. } | Self::StartsInThePast { .. } => &[],
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Schedule(refusal) => refusal.code(),
            Self::OverBalance { .. } => "over_balance",
            Self::BelowMinPayment { .. } => "below_min_payment",
            Self::BelowMinDownPayment { .. } => "below_min_down_payment",
            Self::TooManyInstallments { .. } => "too_many_installments",
            Self::TermTooLong { .. } => "term_too_long",
            Self::StartsTooLate { .. } => "starts_too_late",
            Self::StartsInThePast { .. } => "starts_in_the_past",
            Self::FrequencyNotAllowed { .. } => "frequency_not_allowed",
        }
    }
}

impl From<TooLarge> for PlanRefusal {
    fn from(fault: TooLarge) -> Self {
        Self::Schedule(ScheduleRefusal::TooLarge(fault))
    }
}

/// Whether a proposal, agreed today while `balance` is owed, keeps to the limits.
pub fn check(
    limits: &Limits,
    proposal: &Proposal,
    balance: Money,
    today: NaiveDate,
) -> Result<(), Vec<PlanRefusal>> {
    let asked = proposal.dates.frequency();
    let frequency = (!limits.allows(asked)).then_some(PlanRefusal::FrequencyNotAllowed { asked });
    let rows = match schedule(proposal) {
        Ok(rows) => check_rows(limits, &rows, balance, today),
        Err(refusal) => Err(vec![refusal.into()]),
    };
    let found: Vec<_> = frequency.into_iter().chain(rows.err().into_iter().flatten()).collect();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// Whether installments keep to the limits: of a new plan, or after a tweak. Balance and day are
/// those of the agreement, also later, when part of it is paid.
pub fn check_rows(
    limits: &Limits,
    rows: &[Installment],
    balance: Money,
    agreed_on: NaiveDate,
) -> Result<(), Vec<PlanRefusal>> {
    let total = total(rows).map_err(|fault| vec![fault.into()])?;
    let least = limits.plan_minimums(balance, total).map_err(|fault| vec![fault.into()])?;
    let mut found = Vec::new();
    if total > balance {
        found.push(PlanRefusal::OverBalance { balance, total });
    }
    let parts: Vec<_> = rows.iter().filter(|row| row.number > 0 && !row.skipped).collect();
    let but_last = parts.split_last().map_or([].as_slice(), |(_, others)| others);
    if let Some(offered) = but_last.iter().map(|row| row.amount.money()).min()
        && offered < least.payment
    {
        found.push(PlanRefusal::BelowMinPayment { least: least.payment, offered });
    }
    let offered = rows.iter().find(|row| row.number == 0).map_or(Money::ZERO, Installment::asked);
    if offered < least.down_payment {
        found.push(PlanRefusal::BelowMinDownPayment { least: least.down_payment, offered });
    }
    let asked = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    if let Some(most) = least.installments.filter(|most| asked > *most) {
        found.push(PlanRefusal::TooManyInstallments { most, asked });
    }
    if let (Some(most), Some(last)) = (limits.plan_most_days, rows.last()) {
        let days = days_between(agreed_on, last.due);
        if days > i64::from(most) {
            found.push(PlanRefusal::TermTooLong { most, days });
        }
    }
    if let Some(first) = rows.first().map(|row| row.due) {
        if first < agreed_on {
            found.push(PlanRefusal::StartsInThePast { today: agreed_on, first });
        }
        let latest = limits.plan_start_within_days.map(|days| days_after(agreed_on, days));
        if let Some(latest) = latest.filter(|latest| first > *latest) {
            found.push(PlanRefusal::StartsTooLate { latest, first });
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

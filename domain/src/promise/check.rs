//! Whether promises keep to the limits (domain rule 2.10).

use super::needs_supervisor;
use crate::limits::{Field, Limits};
use crate::money::{Amount, Money, TooLarge};
use crate::plan::days_after;
use crate::role::StaffRole;
use chrono::NaiveDate;

/// One or more promises taken at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Amount and due date of each, the first first.
    pub promises: Vec<(Amount, NaiveDate)>,
    /// What the account owes.
    pub balance: Money,
    /// How many promises of the account are pending already.
    pub open: u32,
    /// How many promises of the account were broken.
    pub broken: u32,
    /// The role of who agrees: the collector, or the supervisor who overrides.
    pub agreed_by: StaffRole,
}

/// Why promises are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromiseRefusal {
    /// None was named.
    #[error("name an amount and a date")]
    Nothing,
    /// The first is too small.
    #[error("the promise must be at least {least}, and {offered} was offered")]
    BelowMin {
        /// The smallest allowed.
        least: Money,
        /// As offered.
        offered: Amount,
    },
    /// A later one is too small.
    #[error("each further promise must be at least {least}, and {offered} was offered")]
    BelowMinAdditional {
        /// The smallest allowed.
        least: Money,
        /// As offered.
        offered: Amount,
    },
    /// Together they pay more than is owed.
    #[error("the promises sum to {promised}, and {balance} is owed")]
    OverBalance {
        /// What is owed.
        balance: Money,
        /// What is promised.
        promised: Money,
    },
    /// The first is too late.
    #[error("the first promise must be due by {latest}, and it would be on {first}")]
    FirstTooLate {
        /// The latest first date.
        latest: NaiveDate,
        /// As offered.
        first: NaiveDate,
    },
    /// A date lies before today, or not after the one before.
    #[error("{date} must not lie before today, and each date must follow the one before")]
    DatesNotAscending {
        /// The first such date.
        date: NaiveDate,
    },
    /// Too many at once.
    #[error("at most {most} promises may be open, and there would be {asked}")]
    TooManyOpen {
        /// The most.
        most: u32,
        /// As there would be.
        asked: u32,
    },
    /// Too many were broken.
    #[error("{broken} promises were broken: a supervisor must agree to the next")]
    SupervisorNeeded {
        /// Broken promises on the account.
        broken: u32,
    },
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl PromiseRefusal {
    /// The limits that may be behind it, to say who set them.
    pub fn limits(self) -> &'static [Field] {
        match self {
            Self::BelowMin { .. } => &[Field::PromiseMinAmount, Field::PromiseMinPercent],
            Self::BelowMinAdditional { .. } => &[Field::PromiseMinAdditional],
            Self::FirstTooLate { .. } => &[Field::PromiseFirstWithinDays],
            Self::TooManyOpen { .. } => &[Field::PromiseMostOpen],
            Self::Nothing
            | Self::OverBalance { .. }
            | Self::DatesNotAscending { .. }
            | Self::SupervisorNeeded { .. }
            | Self::TooLarge(_) => &[],
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "no_promise",
            Self::BelowMin { .. } => "promise_below_min",
            Self::BelowMinAdditional { .. } => "promise_below_min_additional",
            Self::OverBalance { .. } => "over_balance",
            Self::FirstTooLate { .. } => "promise_too_late",
            Self::DatesNotAscending { .. } => "dates_not_ascending",
            Self::TooManyOpen { .. } => "too_many_promises",
            Self::SupervisorNeeded { .. } => "supervisor_needed",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// Whether promises taken today keep to the limits: every refusal at once.
pub fn check(
    limits: &Limits,
    series: &Series,
    today: NaiveDate,
) -> Result<(), Vec<PromiseRefusal>> {
    let found = refusals(limits, series, today).unwrap_or_else(|fault| vec![fault.into()]);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn refusals(
    limits: &Limits,
    series: &Series,
    today: NaiveDate,
) -> Result<Vec<PromiseRefusal>, TooLarge> {
    let mut found = Vec::new();
    let Some(((first_amount, first), later)) = series.promises.split_first() else {
        return Ok(vec![PromiseRefusal::Nothing]);
    };
    let balance = series.balance;
    let least = limits.least_promise(balance)?;
    if first_amount.money() < least {
        found.push(PromiseRefusal::BelowMin { least, offered: *first_amount });
    }
    let mut promised = first_amount.money();
    for (amount, _) in later {
        // Where less is left than the minimum, what is left is enough.
        let left = balance.minus(promised)?.max(Money::ZERO);
        let least = limits.promise_min_additional.unwrap_or(Money::ZERO).min(left);
        if amount.money() < least {
            found.push(PromiseRefusal::BelowMinAdditional { least, offered: *amount });
        }
        promised = promised.plus(amount.money())?;
    }
    if promised > balance {
        found.push(PromiseRefusal::OverBalance { balance, promised });
    }
    let latest = limits.promise_first_within_days.map(|days| days_after(today, days));
    if let Some(latest) = latest.filter(|latest| first > latest) {
        found.push(PromiseRefusal::FirstTooLate { latest, first: *first });
    }
    let dates = || series.promises.iter().map(|(_, due)| *due);
    let descends = dates().zip(dates().skip(1)).find(|(one, next)| next <= one);
    let wrong = Some(*first).filter(|first| *first < today).or(descends.map(|(_, next)| next));
    if let Some(date) = wrong {
        found.push(PromiseRefusal::DatesNotAscending { date });
    }
    let count = u32::try_from(series.promises.len()).unwrap_or(u32::MAX);
    let asked = series.open.saturating_add(count);
    if let Some(most) = limits.promise_most_open.filter(|most| asked > *most) {
        found.push(PromiseRefusal::TooManyOpen { most, asked });
    }
    let supervises = match series.agreed_by {
        StaffRole::Admin | StaffRole::Manager => true,
        StaffRole::Collector | StaffRole::Compliance | StaffRole::Finance => false,
    };
    if needs_supervisor(series.broken) && !supervises {
        found.push(PromiseRefusal::SupervisorNeeded { broken: series.broken });
    }
    Ok(found)
}

//! Why a statement is not made.

use chrono::NaiveDate;
use domain::Money;
use domain::money::TooLarge;
use domain::statement::Tie;
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why a statement is not previewed or closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseRefused {
    /// The creditor has no contract in force on that day.
    #[error("the creditor has no contract terms in force on {0}; enter them first")]
    NoContract(NaiveDate),
    /// The agency has no trust account.
    #[error("the agency has no trust account; create one first")]
    NoTrustAccount,
    /// A closed statement is never touched again.
    #[error("statement {number} covers the time to {covered_to}; a closed statement never changes")]
    PeriodClosed {
        /// Its number.
        number: i64,
        /// Its last day.
        covered_to: NaiveDate,
    },
    /// Not the last day of a period of the contract.
    #[error(
        "the creditor's period does not end on that day; the last one before it ended on {last_end}"
    )]
    NotAPeriodEnd {
        /// The last day on or before it on which one did.
        last_end: NaiveDate,
    },
    /// The period still runs.
    #[error(
        "the period runs to the end of {period_end}; close it on a later day (today is {today})"
    )]
    PeriodNotEnded {
        /// Its last day.
        period_end: NaiveDate,
        /// The agency's day.
        today: NaiveDate,
    },
    /// Nobody knows yet what will be posted.
    #[error("the cutoff lies in the future")]
    CutoffInFuture,
    /// Another remittance method applies since; the time before it has to be closed by its own.
    #[error(
        "the remittance method changed after {period_end}; close the period that ended then first"
    )]
    EarlierPeriodOpen {
        /// The last day of the old method.
        period_end: NaiveDate,
    },
    /// No statement is made where there is nothing to say (money rule 4).
    #[error("there is nothing to show; the contract asks for no empty statements")]
    NothingToShow,
    /// Statement and ledger disagree (money rule 6). Nothing was written.
    #[error(
        "the statement comes to {} and the ledger to {ledger}; nothing was closed",
        .tie.stated
    )]
    DoesNotTie {
        /// What the ledger holds for the creditor less what it owes.
        ledger: Money,
        /// Both sides.
        tie: Tie,
    },
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(CloseRefused);

impl Refused for CloseRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotAPeriodEnd { .. } | Self::CutoffInFuture | Self::TooLarge(_) => Kind::Invalid,
            Self::NoContract(_)
            | Self::NoTrustAccount
            | Self::PeriodClosed { .. }
            | Self::PeriodNotEnded { .. }
            | Self::EarlierPeriodOpen { .. }
            | Self::NothingToShow
            | Self::DoesNotTie { .. } => Kind::Conflict,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoContract(_) => "no_contract",
            Self::NoTrustAccount => "no_trust_account",
            Self::PeriodClosed { .. } => "period_closed",
            Self::NotAPeriodEnd { .. } => "not_a_period_end",
            Self::PeriodNotEnded { .. } => "period_not_ended",
            Self::CutoffInFuture => "cutoff_in_future",
            Self::EarlierPeriodOpen { .. } => "earlier_period_open",
            Self::NothingToShow => "nothing_to_show",
            Self::DoesNotTie { .. } => "does_not_tie",
            Self::TooLarge(_) => "amount_too_large",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NotAPeriodEnd { .. }
            | Self::PeriodNotEnded { .. }
            | Self::PeriodClosed { .. }
            | Self::EarlierPeriodOpen { .. } => Some("/period_end"),
            Self::CutoffInFuture => Some("/cutoff"),
            Self::NoContract(_)
            | Self::NoTrustAccount
            | Self::NothingToShow
            | Self::DoesNotTie { .. }
            | Self::TooLarge(_)
            | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::PeriodClosed { number, covered_to } => vec![
                ("statement_number", json!(number)),
                ("covered_to", json!(covered_to.to_string())),
            ],
            Self::NotAPeriodEnd { last_end } => vec![("last_end", json!(last_end.to_string()))],
            Self::PeriodNotEnded { period_end, today } => vec![
                ("period_end", json!(period_end.to_string())),
                ("today", json!(today.to_string())),
            ],
            Self::EarlierPeriodOpen { period_end } => {
                vec![("earlier_period_end", json!(period_end.to_string()))]
            }
            Self::DoesNotTie { ledger, tie } => vec![
                ("statement", json!(tie.stated.to_decimal())),
                ("ledger", json!(ledger.to_decimal())),
                ("in_trust", json!(tie.trust.to_decimal())),
                ("offsettable", json!(tie.offsettable.to_decimal())),
            ],
            Self::NoContract(_)
            | Self::NoTrustAccount
            | Self::CutoffInFuture
            | Self::NothingToShow
            | Self::TooLarge(_)
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NoContract(_)
            | Self::NoTrustAccount
            | Self::PeriodClosed { .. }
            | Self::NotAPeriodEnd { .. }
            | Self::PeriodNotEnded { .. }
            | Self::CutoffInFuture
            | Self::EarlierPeriodOpen { .. }
            | Self::NothingToShow
            | Self::DoesNotTie { .. }
            | Self::TooLarge(_) => None,
        }
    }
}

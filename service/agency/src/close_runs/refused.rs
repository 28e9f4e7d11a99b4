//! Why a close run does not go on.

use crate::statements::CloseRefused;
use crate::sweeps::SweepRefused;
use chrono::NaiveDate;
use domain::{CloseRunId, Money};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why a run is not opened, or nothing is done in it.
#[derive(Debug, thiserror::Error)]
pub enum RunRefused {
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
    /// One is enough.
    #[error("a close run for this day is open already: {0}")]
    RunOpen(CloseRunId),
    /// Finished.
    #[error("the close run is closed; open another one")]
    RunClosed,
    /// The books contradict themselves; the summary names who and by how much.
    #[error("the books do not tie out; see the tie-out of the run before it is finished")]
    DoesNotTieOut {
        /// Cash and clearing less all that is owed.
        difference: Money,
        /// Creditors whose ledger says something else than their documents.
        creditors: usize,
    },
    /// One creditor's close was refused.
    #[error(transparent)]
    Close(#[from] CloseRefused),
    /// The sweep was refused.
    #[error(transparent)]
    Sweep(#[from] SweepRefused),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(RunRefused);

impl Refused for RunRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::PeriodNotEnded { .. }
            | Self::RunOpen(_)
            | Self::RunClosed
            | Self::DoesNotTieOut { .. } => Kind::Conflict,
            Self::CutoffInFuture => Kind::Invalid,
            Self::Close(err) => err.kind(),
            Self::Sweep(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::PeriodNotEnded { .. } => "period_not_ended",
            Self::CutoffInFuture => "cutoff_in_future",
            Self::RunOpen(_) => "close_run_open",
            Self::RunClosed => "close_run_closed",
            Self::DoesNotTieOut { .. } => "close_run_does_not_tie_out",
            Self::Close(err) => err.code(),
            Self::Sweep(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::PeriodNotEnded { .. } | Self::RunOpen(_) => Some("/period_end"),
            Self::CutoffInFuture => Some("/cutoff"),
            Self::Close(err) => err.pointer(),
            Self::RunClosed | Self::DoesNotTieOut { .. } | Self::Sweep(_) | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::PeriodNotEnded { period_end, today } => vec![
                ("period_end", json!(period_end.to_string())),
                ("today", json!(today.to_string())),
            ],
            Self::RunOpen(id) => vec![("close_run_id", json!(id))],
            Self::DoesNotTieOut { difference, creditors } => vec![
                ("difference", json!(difference.to_decimal())),
                ("creditors", json!(creditors)),
            ],
            Self::Close(err) => err.facts(),
            Self::Sweep(err) => err.facts(),
            Self::CutoffInFuture | Self::RunClosed | Self::Once(_) | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Close(err) => err.retry_after(),
            Self::Sweep(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::PeriodNotEnded { .. }
            | Self::CutoffInFuture
            | Self::RunOpen(_)
            | Self::RunClosed
            | Self::DoesNotTieOut { .. } => None,
        }
    }
}

//! Why a debt is not changed.

use crate::debt_entries::NotEntered;
use domain::account::AccountStatus;
use domain::debt_entry::{BadChange, DebtEntryKind};
use domain::money::TooLarge;
use domain::{Bucket, DebtEntryId};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::json;

/// Why a debt is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AdjustRefused {
    /// More than a bucket holds, or nothing.
    #[error(transparent)]
    BadChange(#[from] BadChange),
    /// An amount below zero.
    #[error("{} is below zero; write a decrease and a charge with amounts above zero", .0.words())]
    Negative(Bucket),
    /// Principal and interest are not charged.
    #[error(
        "{} cannot be charged: a charge is a fee or a cost that agreement or law permits (15 USC 1692f(1))",
        .0.words()
    )]
    ChargeBucket(Bucket),
    /// The account is closed.
    #[error("the account is closed ({}); reopen it first", .0.words())]
    Closed(AccountStatus),
    /// The same debt was placed again meanwhile and is open.
    #[error("the creditor has placed this account again; adjust the open one")]
    PlacedAgain,
    /// It was undone before.
    #[error("this entry has been undone already; undo that reversal instead")]
    AlreadyReversed {
        /// By this entry.
        by: DebtEntryId,
    },
    /// Somebody undid it at this moment.
    #[error("this entry has just been undone by another")]
    ReversedMeanwhile,
    /// Interest is recomputed, a write-off belongs to its settlement.
    #[error("an entry of the type {} is not undone by hand", .0.code())]
    NotReversible(DebtEntryKind),
    /// Tomorrow.
    #[error("the date lies in the future")]
    InTheFuture,
    /// More than ten years ago.
    #[error("the date lies more than ten years back")]
    TooLongAgo,
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoReason,
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

kernel::stops!(AdjustRefused);

impl From<NotEntered> for AdjustRefused {
    fn from(err: NotEntered) -> Self {
        match err {
            NotEntered::BadChange(bad) => Self::BadChange(bad),
            NotEntered::Stop(stop) => Self::Stop(stop),
        }
    }
}

impl Refused for AdjustRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadChange(_)
            | Self::Negative(_)
            | Self::ChargeBucket(_)
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::NoReason
            | Self::TooLarge(_) => Kind::Invalid,
            Self::Closed(_)
            | Self::PlacedAgain
            | Self::AlreadyReversed { .. }
            | Self::ReversedMeanwhile
            | Self::NotReversible(_) => Kind::Conflict,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadChange(BadChange::OverBucket { .. }) => "over_bucket",
            Self::BadChange(BadChange::Nothing) => "nothing_changes",
            Self::BadChange(BadChange::TooLarge(_)) | Self::TooLarge(_) => "amount_too_large",
            Self::Negative(_) => "negative_amount",
            Self::ChargeBucket(_) => "bucket_not_charged",
            Self::Closed(_) => "account_closed",
            Self::PlacedAgain => "placed_again",
            Self::AlreadyReversed { .. } | Self::ReversedMeanwhile => "entry_already_reversed",
            Self::NotReversible(_) => "entry_not_reversible",
            Self::InTheFuture => "in_the_future",
            Self::TooLongAgo => "too_long_ago",
            Self::NoReason => "reason_required",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadChange(BadChange::OverBucket { bucket, .. })
            | Self::Negative(bucket)
            | Self::ChargeBucket(bucket) => Some(match bucket {
                Bucket::Principal => "/amounts/principal",
                Bucket::Interest => "/amounts/interest",
                Bucket::Fees => "/amounts/fees",
                Bucket::Costs => "/amounts/costs",
                Bucket::Other => "/amounts/other",
            }),
            Self::BadChange(BadChange::Nothing) => Some("/amounts"),
            Self::InTheFuture | Self::TooLongAgo => Some("/effective_on"),
            Self::NoReason => Some("/reason"),
            Self::BadChange(BadChange::TooLarge(_))
            | Self::TooLarge(_)
            | Self::Closed(_)
            | Self::PlacedAgain
            | Self::AlreadyReversed { .. }
            | Self::ReversedMeanwhile
            | Self::NotReversible(_)
            | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::BadChange(BadChange::OverBucket { bucket, holds, asked }) => vec![
                ("bucket", json!(bucket)),
                ("holds", json!(holds.to_decimal())),
                ("asked", json!(asked.to_decimal())),
            ],
            Self::Closed(status) => vec![("account_status", json!(status.code()))],
            Self::AlreadyReversed { by } => vec![("reversed_by", json!(by))],
            Self::NotReversible(kind) => vec![("entry_kind", json!(kind))],
            Self::BadChange(BadChange::Nothing | BadChange::TooLarge(_))
            | Self::Negative(_)
            | Self::ChargeBucket(_)
            | Self::PlacedAgain
            | Self::ReversedMeanwhile
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::NoReason
            | Self::TooLarge(_)
            | Self::Once(_) => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::BadChange(_)
            | Self::Negative(_)
            | Self::ChargeBucket(_)
            | Self::Closed(_)
            | Self::PlacedAgain
            | Self::AlreadyReversed { .. }
            | Self::ReversedMeanwhile
            | Self::NotReversible(_)
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::NoReason
            | Self::TooLarge(_) => None,
        }
    }
}

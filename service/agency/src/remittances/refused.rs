//! Why a remittance is not paid out or taken back.

use domain::Money;
use domain::approval::NotYours;
use domain::remittance::RemittanceState;
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why a remittance stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RemittanceRefused {
    /// Paid out before, or voided.
    #[error("the remittance is {}; only one that is prepared can be paid out", .0.name())]
    NotPrepared(RemittanceState),
    /// Nothing to take back.
    #[error("the remittance is {}; only one that was issued can be voided", .0.name())]
    NotIssued(RemittanceState),
    /// A program may not be the second person.
    #[error("a remittance is approved by a person, not by a program")]
    NeedsPerson,
    /// The second person may not.
    #[error(transparent)]
    NotYours(#[from] NotYours),
    /// The bank does not hold it.
    #[error("the trust bank account holds {cash}; the remittance is {amount}")]
    TrustCashShort {
        /// In the bank.
        cash: Money,
        /// To be paid.
        amount: Money,
    },
    /// Paid tomorrow.
    #[error("the day of payment lies in the future")]
    InTheFuture,
    /// Too long to be a check number.
    #[error("a reference has up to 200 characters")]
    LongReference,
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoReason,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(RemittanceRefused);

impl Refused for RemittanceRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotPrepared(_) | Self::NotIssued(_) | Self::TrustCashShort { .. } => {
                Kind::Conflict
            }
            Self::NeedsPerson | Self::NotYours(_) => Kind::Forbidden,
            Self::InTheFuture | Self::LongReference | Self::NoReason => Kind::Invalid,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPrepared(_) => "remittance_not_prepared",
            Self::NotIssued(_) => "remittance_not_issued",
            Self::NeedsPerson => "needs_person",
            Self::NotYours(NotYours::SamePerson) => "same_person",
            Self::NotYours(NotYours::OverLimit { .. }) => "over_your_limit",
            Self::TrustCashShort { .. } => "trust_cash_short",
            Self::InTheFuture => "in_the_future",
            Self::LongReference => "reference_too_long",
            Self::NoReason => "reason_needed",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::InTheFuture => Some("/issued_on"),
            Self::LongReference => Some("/reference"),
            Self::NoReason => Some("/reason"),
            Self::NotPrepared(_)
            | Self::NotIssued(_)
            | Self::NeedsPerson
            | Self::NotYours(_)
            | Self::TrustCashShort { .. }
            | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotPrepared(state) | Self::NotIssued(state) => vec![("state", json!(state))],
            Self::NotYours(NotYours::OverLimit { limit, amount }) => {
                vec![("limit", json!(limit.to_decimal())), ("amount", json!(amount.to_decimal()))]
            }
            Self::TrustCashShort { cash, amount } => vec![
                ("trust_cash", json!(cash.to_decimal())),
                ("amount", json!(amount.to_decimal())),
            ],
            Self::NotYours(NotYours::SamePerson)
            | Self::NeedsPerson
            | Self::InTheFuture
            | Self::LongReference
            | Self::NoReason
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NotPrepared(_)
            | Self::NotIssued(_)
            | Self::NeedsPerson
            | Self::NotYours(_)
            | Self::TrustCashShort { .. }
            | Self::InTheFuture
            | Self::LongReference
            | Self::NoReason => None,
        }
    }
}

//! Why a creditor's payment is not entered or applied.

use domain::money::TooLarge;
use domain::{Currency, InvoiceId};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why a creditor's payment is refused.
#[derive(Debug, thiserror::Error)]
pub enum CreditorPaymentRefused {
    /// Another creditor's, a credit note, paid, or named twice.
    #[error("{0} is no open invoice of this creditor, or it is named twice")]
    InvoiceNotOpen(InvoiceId),
    /// Nothing lies on account, or no invoice is open.
    #[error("nothing lies on account, or no invoice is open")]
    NothingToApply,
    /// Paid tomorrow.
    #[error("the payment date lies in the future")]
    InTheFuture,
    /// Paid more than ten years ago.
    #[error("the date lies more than ten years back")]
    TooLongAgo,
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// Too long to be a check number.
    #[error("a reference has up to 200 characters")]
    LongReference,
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

kernel::stops!(CreditorPaymentRefused);

impl Refused for CreditorPaymentRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::InvoiceNotOpen(_) | Self::NothingToApply => Kind::Conflict,
            Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::LongReference
            | Self::TooLarge(_) => Kind::Invalid,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvoiceNotOpen(_) => "invoice_not_open",
            Self::NothingToApply => "nothing_to_apply",
            Self::InTheFuture => "in_the_future",
            Self::TooLongAgo => "too_long_ago",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::LongReference => "reference_too_long",
            Self::TooLarge(_) => "amount_too_large",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::InvoiceNotOpen(_) => Some("/invoice_ids"),
            Self::InTheFuture | Self::TooLongAgo => Some("/received_on"),
            Self::WrongCurrency(_) => Some("/amount/currency"),
            Self::LongReference => Some("/reference"),
            Self::NothingToApply | Self::TooLarge(_) | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::InvoiceNotOpen(id) => vec![("invoice_id", json!(id))],
            Self::NothingToApply
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::LongReference
            | Self::TooLarge(_)
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::InvoiceNotOpen(_)
            | Self::NothingToApply
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::LongReference
            | Self::TooLarge(_) => None,
        }
    }
}

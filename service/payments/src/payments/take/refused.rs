//! Why a payment is not entered.

use super::super::post::CannotPost;
use domain::account::Restriction;
use domain::{Currency, Money};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};

/// Why a payment is not entered.
#[derive(Debug, thiserror::Error)]
pub enum TakeRefused {
    /// The gateway reports its own payments.
    #[error("card and bank payments come from the payment gateway and cannot be entered")]
    NotByHand,
    /// Only a forwarder keeps a fee.
    #[error("only a payment to a forwarder (PA) has a forwarder's fee")]
    FeeWithoutForwarder,
    /// A return is not entered but made of its payment.
    #[error("a return is entered by reversing the payment")]
    IsReturn,
    /// Bankruptcy, identity theft, a minor.
    #[error("the account takes no payments: {}", .0.words())]
    Restricted(Restriction),
    /// Disputed, and the debtor did not choose to pay it.
    #[error(
        "the account is disputed; a payment may be applied to it only when the debtor chose this debt (15 USC 1692h)"
    )]
    Disputed,
    /// Paid tomorrow.
    #[error("the payment date lies in the future")]
    InTheFuture,
    /// Paid, or taken to the bank, more than ten years ago.
    #[error("the date lies more than ten years back")]
    TooLongAgo,
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// The commission that was asked for is none of this payment.
    #[error("a commission of {commission} does not fit a payment of {payment}")]
    OwnCommissionOverPayment {
        /// What was asked for.
        commission: Money,
        /// The payment.
        payment: Money,
    },
    /// Nobody said why this payment has its own commission.
    #[error("say why, in 1 to 500 characters")]
    NoNote,
    /// The memo is too long.
    #[error("the memo may have up to 500 characters")]
    LongMemo,
    /// It cannot be posted.
    #[error(transparent)]
    CannotPost(#[from] CannotPost),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(TakeRefused);

impl Refused for TakeRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotByHand
            | Self::FeeWithoutForwarder
            | Self::IsReturn
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::OwnCommissionOverPayment { .. }
            | Self::NoNote
            | Self::LongMemo => Kind::Invalid,
            Self::Restricted(_) | Self::Disputed => Kind::Conflict,
            Self::CannotPost(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotByHand => "not_by_hand",
            Self::FeeWithoutForwarder => "fee_without_forwarder",
            Self::IsReturn => "is_return",
            Self::InTheFuture => "in_the_future",
            Self::TooLongAgo => "too_long_ago",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::OwnCommissionOverPayment { .. } => "own_commission_over_payment",
            Self::NoNote => "note_needed",
            Self::LongMemo => "memo_too_long",
            Self::Restricted(_) => "account_restricted",
            Self::Disputed => "account_disputed",
            Self::CannotPost(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NotByHand => Some("/method"),
            Self::FeeWithoutForwarder => Some("/forwarder_fee"),
            Self::IsReturn => Some("/kind"),
            Self::InTheFuture | Self::TooLongAgo => Some("/effective_on"),
            Self::WrongCurrency(_) => Some("/amount/currency"),
            Self::OwnCommissionOverPayment { .. } => Some("/commission/amount"),
            Self::NoNote => Some("/commission/note"),
            Self::LongMemo => Some("/memo"),
            Self::Disputed => Some("/directed"),
            Self::Restricted(_) | Self::CannotPost(_) | Self::Once(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::CannotPost(err) => err.facts(),
            Self::OwnCommissionOverPayment { commission, payment } => vec![
                ("commission", serde_json::json!(commission.to_decimal())),
                ("payment", serde_json::json!(payment.to_decimal())),
            ],
            Self::NotByHand
            | Self::FeeWithoutForwarder
            | Self::IsReturn
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::NoNote
            | Self::LongMemo
            | Self::Restricted(_)
            | Self::Disputed
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NotByHand
            | Self::FeeWithoutForwarder
            | Self::IsReturn
            | Self::InTheFuture
            | Self::TooLongAgo
            | Self::WrongCurrency(_)
            | Self::OwnCommissionOverPayment { .. }
            | Self::NoNote
            | Self::LongMemo
            | Self::Restricted(_)
            | Self::Disputed
            | Self::CannotPost(_) => None,
        }
    }
}

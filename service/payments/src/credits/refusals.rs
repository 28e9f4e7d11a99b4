//! Why a credit is not given back or moved.

use crate::payments::{ReverseRefused, TakeRefused};
use chrono::NaiveDate;
use domain::money::TooLarge;
use domain::{Currency, Money};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::json;

/// Why a credit is not given back or moved.
#[derive(Debug, thiserror::Error)]
pub enum CreditRefused {
    /// More than there is.
    #[error("the debtor has a free credit of {credit} on this account; {asked} was asked for")]
    Overdrawn {
        /// What nobody has spoken for.
        credit: Money,
        /// What was asked for.
        asked: Money,
    },
    /// The bank may still take it back.
    #[error(
        "{cleared} of the credit has cleared; the rest is on hold until {available_on}, and {asked} was asked for"
    )]
    OnHold {
        /// What has cleared.
        cleared: Money,
        /// The day on which all of it has.
        available_on: NaiveDate,
        /// What was asked for.
        asked: Money,
    },
    /// The money is not in the bank: the processor has not paid it out yet.
    #[error(
        "the trust account has {cash} in the bank, {asked} was asked for; wait for the processor's payout or refund through the gateway"
    )]
    TrustCashShort {
        /// In the bank.
        cash: Money,
        /// What was asked for.
        asked: Money,
    },
    /// Not a payment that the gateway could give back.
    #[error("this payment did not come through the gateway, or was reversed; refund by check")]
    NotThroughGateway,
    /// More than the payment was too much.
    #[error("{refundable} of this payment can still go back as a credit; {asked} was asked for")]
    OverRefundable {
        /// What can go back.
        refundable: Money,
        /// What was asked for.
        asked: Money,
    },
    /// A whole payment on the account is on its way back.
    #[error("a payment on this account is being given back; wait for the gateway's answer")]
    RefundUnderWay,
    /// From and to the same account.
    #[error("the credit is on this account already; choose another one")]
    SameAccount,
    /// The accounts are of different people.
    #[error("the accounts belong to different debtors; a credit stays with its debtor")]
    OtherDebtor,
    /// More than is owed there.
    #[error("{owed} is owed on the other account; {asked} was asked for")]
    OverBalance {
        /// What is owed.
        owed: Money,
        /// What was asked for.
        asked: Money,
    },
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoReason,
    /// The reference is too long.
    #[error("the reference may have up to 100 characters")]
    LongReference,
    /// The whole payment cannot be given back.
    #[error(transparent)]
    Payment(#[from] ReverseRefused),
    /// The other account does not take the payment.
    #[error(transparent)]
    Take(#[from] TakeRefused),
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

kernel::stops!(CreditRefused);

impl Refused for CreditRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Overdrawn { .. }
            | Self::OnHold { .. }
            | Self::TrustCashShort { .. }
            | Self::NotThroughGateway
            | Self::OverRefundable { .. }
            | Self::RefundUnderWay
            | Self::OtherDebtor
            | Self::OverBalance { .. } => Kind::Conflict,
            Self::SameAccount
            | Self::WrongCurrency(_)
            | Self::NoReason
            | Self::LongReference
            | Self::TooLarge(_) => Kind::Invalid,
            Self::Payment(err) => err.kind(),
            Self::Take(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Overdrawn { .. } => "overdrawn_credit",
            Self::OnHold { .. } => "credit_on_hold",
            Self::TrustCashShort { .. } => "trust_cash_short",
            Self::NotThroughGateway => "not_through_gateway",
            Self::OverRefundable { .. } => "over_refundable",
            Self::RefundUnderWay => "refund_under_way",
            Self::SameAccount => "same_account",
            Self::OtherDebtor => "other_debtor",
            Self::OverBalance { .. } => "over_balance",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::NoReason => "reason_required",
            Self::LongReference => "reference_too_long",
            Self::TooLarge(_) => "amount_too_large",
            Self::Payment(err) => err.code(),
            Self::Take(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Overdrawn { .. }
            | Self::OnHold { .. }
            | Self::TrustCashShort { .. }
            | Self::OverRefundable { .. }
            | Self::OverBalance { .. } => Some("/amount"),
            Self::NotThroughGateway => Some("/payment_id"),
            Self::SameAccount | Self::OtherDebtor => Some("/to_account_id"),
            Self::WrongCurrency(_) => Some("/amount/currency"),
            Self::NoReason => Some("/reason"),
            Self::LongReference => Some("/reference"),
            Self::Payment(err) => err.pointer(),
            Self::Take(err) => err.pointer(),
            Self::RefundUnderWay | Self::TooLarge(_) | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        let of = |name, money: &Money| (name, json!(money.to_decimal()));
        match self {
            Self::Overdrawn { credit, asked } => vec![of("credit", credit), of("asked", asked)],
            Self::OnHold { cleared, available_on, asked } => vec![
                of("cleared", cleared),
                ("available_on", json!(available_on)),
                of("asked", asked),
            ],
            Self::TrustCashShort { cash, asked } => {
                vec![of("trust_cash", cash), of("asked", asked)]
            }
            Self::OverRefundable { refundable, asked } => {
                vec![of("refundable", refundable), of("asked", asked)]
            }
            Self::OverBalance { owed, asked } => vec![of("owed", owed), of("asked", asked)],
            Self::Payment(err) => err.facts(),
            Self::Take(err) => err.facts(),
            Self::NotThroughGateway
            | Self::RefundUnderWay
            | Self::SameAccount
            | Self::OtherDebtor
            | Self::WrongCurrency(_)
            | Self::NoReason
            | Self::LongReference
            | Self::TooLarge(_)
            | Self::Once(_) => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Payment(err) => err.retry_after(),
            Self::Take(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Overdrawn { .. }
            | Self::OnHold { .. }
            | Self::TrustCashShort { .. }
            | Self::NotThroughGateway
            | Self::OverRefundable { .. }
            | Self::RefundUnderWay
            | Self::SameAccount
            | Self::OtherDebtor
            | Self::OverBalance { .. }
            | Self::WrongCurrency(_)
            | Self::NoReason
            | Self::LongReference
            | Self::TooLarge(_) => None,
        }
    }
}

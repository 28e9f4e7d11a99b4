//! Why a payment is not reversed.

use domain::Money;
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::json;

/// Why a payment is not reversed.
#[derive(Debug, thiserror::Error)]
pub enum ReverseRefused {
    /// It never posted.
    #[error("only a payment that succeeded can be reversed")]
    NotSucceeded,
    /// The debt was paid by other money since the return.
    #[error("the debt was paid meanwhile: {owed} is left of what the return put back")]
    DebtPaidMeanwhile {
        /// What is owed now.
        owed: Money,
    },
    /// Only a return is reinstated, and a return is never anything else.
    #[error("a return is undone with the reason \"reinstated\", and nothing else is")]
    WrongReason,
    /// It was reversed before.
    #[error("the payment has been reversed already")]
    AlreadyReversed,
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoNote,
    /// The money lies at the gateway, which has to give it back.
    #[error("the gateway holds this money: refund it there")]
    RefundAtGateway,
    /// The gateway was asked to give some of it back and has not answered.
    #[error("the gateway is giving some of this payment back; wait for its answer")]
    RefundUnderWay,
    /// What was too much was given back or moved, so the whole cannot go back.
    #[error(
        "{overpaid} of this payment was too much, and only {credit} of it is still here: the rest was given back or moved"
    )]
    CreditUsed {
        /// What was too much.
        overpaid: Money,
        /// What of it is still here.
        credit: Money,
    },
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ReverseRefused);

impl Refused for ReverseRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotSucceeded
            | Self::AlreadyReversed
            | Self::DebtPaidMeanwhile { .. }
            | Self::RefundAtGateway
            | Self::RefundUnderWay
            | Self::CreditUsed { .. } => Kind::Conflict,
            Self::NoNote | Self::WrongReason => Kind::Invalid,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotSucceeded => "payment_not_succeeded",
            Self::AlreadyReversed => "payment_already_reversed",
            Self::RefundAtGateway => "refund_at_gateway",
            Self::RefundUnderWay => "refund_under_way",
            Self::CreditUsed { .. } => "credit_used",
            Self::NoNote => "note_needed",
            Self::DebtPaidMeanwhile { .. } => "debt_paid_meanwhile",
            Self::WrongReason => "wrong_reversal_reason",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoNote => Some("/note"),
            Self::WrongReason => Some("/reason"),
            Self::NotSucceeded
            | Self::AlreadyReversed
            | Self::DebtPaidMeanwhile { .. }
            | Self::RefundAtGateway
            | Self::RefundUnderWay
            | Self::CreditUsed { .. }
            | Self::Once(_)
            | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::DebtPaidMeanwhile { owed } => vec![("owed", json!(owed.to_decimal()))],
            Self::CreditUsed { overpaid, credit } => vec![
                ("overpaid", json!(overpaid.to_decimal())),
                ("credit", json!(credit.to_decimal())),
            ],
            Self::NotSucceeded
            | Self::AlreadyReversed
            | Self::RefundAtGateway
            | Self::RefundUnderWay
            | Self::WrongReason
            | Self::NoNote
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NotSucceeded
            | Self::AlreadyReversed
            | Self::RefundAtGateway
            | Self::RefundUnderWay
            | Self::CreditUsed { .. }
            | Self::DebtPaidMeanwhile { .. }
            | Self::WrongReason
            | Self::NoNote => None,
        }
    }
}

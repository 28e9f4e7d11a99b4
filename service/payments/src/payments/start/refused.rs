//! Why no payment page is opened.

use crate::payments::post::CannotPost;
use domain::Money;
use domain::account::{AccountStatus, Restriction};
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why no payment page is opened.
#[derive(Debug, thiserror::Error)]
pub enum StartRefused {
    /// Closed, bankrupt, or otherwise not paid by the debtor.
    #[error("the account takes no payments: {}", .0.words())]
    Status(AccountStatus),
    /// Bankruptcy, identity theft, a minor.
    #[error("the account takes no payments: {}", .0.words())]
    Restricted(Restriction),
    /// More than is owed, less what is on its way.
    #[error("{payable} can be paid on this account now")]
    OverBalance {
        /// What can be paid.
        payable: Money,
    },
    /// Less than the agency takes in part.
    #[error("a payment in part is at least {least}")]
    BelowMinimum {
        /// The least.
        least: Money,
    },
    /// The form was used for another payment.
    #[error("this form was used for another payment; start again")]
    FormReused,
    /// Another payment on this account is being prepared right now.
    #[error("another payment on this account is being prepared; try again in a moment")]
    AnotherInProgress,
    /// The agency takes no payments online.
    #[error("payments online are not set up")]
    NoGateway,
    /// The gateway refused to open a page.
    #[error("the payment page could not be opened")]
    GatewayRefused,
    /// It could not be posted.
    #[error(transparent)]
    CannotPost(#[from] CannotPost),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(StartRefused);

impl Refused for StartRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Status(_)
            | Self::Restricted(_)
            | Self::FormReused
            | Self::AnotherInProgress
            | Self::NoGateway => Kind::Conflict,
            Self::OverBalance { .. } | Self::BelowMinimum { .. } => Kind::Invalid,
            Self::GatewayRefused => Kind::Unavailable,
            Self::CannotPost(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Status(_) => "account_takes_no_payments",
            Self::Restricted(_) => "account_restricted",
            Self::OverBalance { .. } => "over_balance",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::FormReused => "form_reused",
            Self::AnotherInProgress => "another_payment_in_progress",
            Self::NoGateway => "no_gateway",
            Self::GatewayRefused => "gateway_refused",
            Self::CannotPost(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::OverBalance { payable } => vec![("payable", json!(payable.to_decimal()))],
            Self::BelowMinimum { least } => vec![("least", json!(least.to_decimal()))],
            Self::Status(_)
            | Self::Restricted(_)
            | Self::FormReused
            | Self::AnotherInProgress
            | Self::NoGateway
            | Self::GatewayRefused
            | Self::CannotPost(_)
            | Self::Stop(_) => Vec::new(),
        }
    }
}

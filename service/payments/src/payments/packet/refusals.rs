//! Why a payment is not spread over a packet.

use super::super::{CannotPost, TakeRefused};
use domain::AccountId;
use domain::account::Restriction;
use domain::allocation::SpreadRefusal;
use domain::money::TooLarge;
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::json;

/// Why a payment is not spread over a packet.
#[derive(Debug, thiserror::Error)]
pub enum SpreadRefused {
    /// The rule refuses it.
    #[error(transparent)]
    Rule(#[from] SpreadRefusal),
    /// A chosen account takes no payments.
    #[error("account {account} takes no payments: {}", .restriction.words())]
    Restricted {
        /// Which.
        account: AccountId,
        /// Why.
        restriction: Restriction,
    },
    /// The payment itself cannot be entered.
    #[error(transparent)]
    Take(#[from] TakeRefused),
    /// One of its parts cannot be posted.
    #[error(transparent)]
    CannotPost(#[from] CannotPost),
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

kernel::stops!(SpreadRefused);

impl Refused for SpreadRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Rule(
                SpreadRefusal::NoAccounts
                | SpreadRefusal::OnlyDisputed { .. }
                | SpreadRefusal::SeveralCreditors { .. }
                | SpreadRefusal::Disputed(_),
            )
            | Self::Restricted { .. } => Kind::Conflict,
            Self::Rule(
                SpreadRefusal::AccountTwice(_)
                | SpreadRefusal::UnknownAccount(_)
                | SpreadRefusal::ChosenTwice(_)
                | SpreadRefusal::NotPositive { .. }
                | SpreadRefusal::OverBalance { .. }
                | SpreadRefusal::NotTheSum { .. }
                | SpreadRefusal::TooLarge(_),
            )
            | Self::TooLarge(_) => Kind::Invalid,
            Self::Take(err) => err.kind(),
            Self::CannotPost(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Rule(err) => err.code(),
            Self::Restricted { .. } => "account_restricted",
            Self::Take(err) => err.code(),
            Self::CannotPost(err) => err.code(),
            Self::TooLarge(_) => "amount_too_large",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Rule(SpreadRefusal::SeveralCreditors { .. }) => Some("/directed"),
            Self::Rule(
                SpreadRefusal::UnknownAccount(_)
                | SpreadRefusal::ChosenTwice(_)
                | SpreadRefusal::Disputed(_)
                | SpreadRefusal::NotPositive { .. }
                | SpreadRefusal::OverBalance { .. }
                | SpreadRefusal::NotTheSum { .. },
            )
            | Self::Restricted { .. } => Some("/chosen"),
            Self::Rule(
                SpreadRefusal::NoAccounts
                | SpreadRefusal::AccountTwice(_)
                | SpreadRefusal::OnlyDisputed { .. }
                | SpreadRefusal::TooLarge(_),
            ) => None,
            Self::Take(err) => err.pointer(),
            Self::CannotPost(_) | Self::TooLarge(_) | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Rule(rule) => facts_of(rule),
            Self::Restricted { account, restriction } => {
                vec![("account_id", json!(account)), ("restriction", json!(restriction.code()))]
            }
            Self::Take(err) => err.facts(),
            Self::CannotPost(err) => err.facts(),
            Self::TooLarge(_) | Self::Once(_) => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Take(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Rule(_) | Self::Restricted { .. } | Self::CannotPost(_) | Self::TooLarge(_) => {
                None
            }
        }
    }
}

fn facts_of(rule: &SpreadRefusal) -> Vec<(&'static str, serde_json::Value)> {
    match rule {
        SpreadRefusal::OnlyDisputed { disputed } => {
            vec![("disputed", json!(disputed.to_decimal()))]
        }
        SpreadRefusal::SeveralCreditors { creditors } => vec![("creditors", json!(creditors))],
        SpreadRefusal::NotPositive { id, amount } => {
            vec![("account_id", json!(id)), ("chosen", json!(amount.to_decimal()))]
        }
        SpreadRefusal::OverBalance { id, amount, balance } => vec![
            ("account_id", json!(id)),
            ("chosen", json!(amount.to_decimal())),
            ("balance", json!(balance.to_decimal())),
        ],
        SpreadRefusal::NotTheSum { chosen, amount } => {
            vec![("chosen", json!(chosen.to_decimal())), ("amount", json!(amount.to_decimal()))]
        }
        SpreadRefusal::AccountTwice(id)
        | SpreadRefusal::UnknownAccount(id)
        | SpreadRefusal::ChosenTwice(id)
        | SpreadRefusal::Disputed(id) => vec![("account_id", json!(id))],
        SpreadRefusal::NoAccounts | SpreadRefusal::TooLarge(_) => Vec::new(),
    }
}

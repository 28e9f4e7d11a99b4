//! Why nothing is offered, accepted or withdrawn.

use crate::agreements::NotNow;
use domain::Currency;
use domain::approval::NotYours;
use domain::settlement::{AcceptRefusal, OfferRefusal, OfferState};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why nothing is offered.
#[derive(Debug, thiserror::Error)]
pub enum OfferRefused {
    /// The tiers do not allow it.
    #[error(transparent)]
    Offer(#[from] OfferRefusal),
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// Whoever asks a second person says why.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// Only a person asks another.
    #[error("only a person can ask for an approval")]
    NoPerson,
    /// The second person may not approve this.
    #[error(transparent)]
    NotYours(#[from] NotYours),
    /// The debt takes no agreement now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(OfferRefused);

impl Refused for OfferRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Offer(_) | Self::WrongCurrency(_) | Self::NoReason => Kind::Invalid,
            Self::NoPerson | Self::NotYours(_) => Kind::Forbidden,
            Self::NotNow(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Offer(err) => err.code(),
            Self::WrongCurrency(_) => "wrong_currency",
            Self::NoReason => "reason_required",
            Self::NoPerson => "not_a_person",
            Self::NotYours(NotYours::SamePerson) => "same_person",
            Self::NotYours(NotYours::OverLimit { .. }) => "over_own_limit",
            Self::NotNow(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Offer(OfferRefusal::TooManyParts { .. } | OfferRefusal::NoSuchParts { .. }) => {
                Some("/parts")
            }
            Self::Offer(_) => Some("/offered"),
            Self::WrongCurrency(_) => Some("/offered/amount/currency"),
            Self::NoReason => Some("/note"),
            Self::NoPerson
            | Self::NotYours(_)
            | Self::NotNow(_)
            | Self::Once(_)
            | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Offer(OfferRefusal::NotSettled { balance, days }) => {
                vec![("balance", json!(balance.to_decimal())), ("days", json!(days))]
            }
            Self::Offer(OfferRefusal::BelowFloor { floor, offered }) => {
                vec![("floor", json!(floor.to_decimal())), ("offered", json!(offered.to_decimal()))]
            }
            Self::Offer(OfferRefusal::NotBelowBalance { balance, offered }) => vec![
                ("balance", json!(balance.to_decimal())),
                ("offered", json!(offered.to_decimal())),
            ],
            Self::Offer(OfferRefusal::TooManyParts { most, asked }) => {
                vec![("most", json!(most)), ("asked", json!(asked))]
            }
            Self::Offer(OfferRefusal::NoSuchParts { offered, parts }) => {
                vec![("offered", json!(offered.to_decimal())), ("parts", json!(parts))]
            }
            Self::NotYours(NotYours::OverLimit { limit, amount }) => {
                vec![("limit", json!(limit.to_decimal())), ("amount", json!(amount.to_decimal()))]
            }
            Self::NotNow(err) => err.facts(),
            Self::Stop(stop) => stop.facts(),
            Self::Offer(OfferRefusal::TooLarge(_))
            | Self::WrongCurrency(_)
            | Self::NoReason
            | Self::NoPerson
            | Self::NotYours(NotYours::SamePerson)
            | Self::Once(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotNow(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Offer(_)
            | Self::WrongCurrency(_)
            | Self::NoReason
            | Self::NoPerson
            | Self::NotYours(_) => None,
        }
    }
}

/// Why an offer is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptRefused {
    /// The offer does not allow it.
    #[error(transparent)]
    Accept(#[from] AcceptRefusal),
    /// Nothing may be offered to the debtor.
    #[error(transparent)]
    Offer(#[from] OfferRefusal),
    /// The note is missing or too long.
    #[error("say how the debtor agreed, in at most 500 characters")]
    NoConsent,
    /// Only a supervisor records what the creditor said.
    #[error("only a manager or administrator records the creditor's approval")]
    NotSupervisor,
    /// The form was used for another offer.
    #[error("this form was used already; start again")]
    FormReused,
    /// The debt takes no agreement now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AcceptRefused);

impl Refused for AcceptRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Accept(
                AcceptRefusal::NotOpen { .. }
                | AcceptRefusal::Expired { .. }
                | AcceptRefusal::BalanceChanged { .. },
            )
            | Self::FormReused => Kind::Conflict,
            Self::Accept(AcceptRefusal::ApprovalNeeded { .. }) | Self::NotSupervisor => {
                Kind::Forbidden
            }
            Self::Accept(
                AcceptRefusal::TooManyParts { .. }
                | AcceptRefusal::FirstPartTooLate { .. }
                | AcceptRefusal::Schedule(_),
            )
            | Self::Offer(_)
            | Self::NoConsent => Kind::Invalid,
            Self::NotNow(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Accept(err) => err.code(),
            Self::Offer(err) => err.code(),
            Self::NoConsent => "consent_required",
            Self::NotSupervisor => "supervisor_needed",
            Self::FormReused => "form_reused",
            Self::NotNow(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Accept(AcceptRefusal::TooManyParts { .. }) => Some("/parts"),
            Self::Accept(AcceptRefusal::FirstPartTooLate { .. } | AcceptRefusal::Schedule(_)) => {
                Some("/first_on")
            }
            Self::NoConsent => Some("/consent"),
            Self::NotSupervisor => Some("/creditor_approval"),
            Self::Accept(
                AcceptRefusal::NotOpen { .. }
                | AcceptRefusal::Expired { .. }
                | AcceptRefusal::BalanceChanged { .. }
                | AcceptRefusal::ApprovalNeeded { .. },
            )
            | Self::Offer(_)
            | Self::FormReused
            | Self::NotNow(_)
            | Self::Once(_)
            | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Accept(AcceptRefusal::NotOpen { state }) => {
                vec![("state", json!(state.name()))]
            }
            Self::Accept(AcceptRefusal::Expired { last_day }) => {
                vec![("last_day", json!(last_day))]
            }
            Self::Accept(AcceptRefusal::BalanceChanged { offered, now }) => vec![
                ("offered_for", json!(offered.to_decimal())),
                ("balance", json!(now.to_decimal())),
            ],
            Self::Accept(AcceptRefusal::ApprovalNeeded { needs }) => {
                vec![("needs", json!(needs.name()))]
            }
            Self::Accept(AcceptRefusal::TooManyParts { most, asked }) => {
                vec![("most", json!(most)), ("asked", json!(asked))]
            }
            Self::Accept(AcceptRefusal::FirstPartTooLate { latest, first }) => {
                vec![("latest", json!(latest)), ("first", json!(first))]
            }
            Self::NotNow(err) => err.facts(),
            Self::Stop(stop) => stop.facts(),
            Self::Accept(AcceptRefusal::Schedule(_))
            | Self::Offer(_)
            | Self::NoConsent
            | Self::NotSupervisor
            | Self::FormReused
            | Self::Once(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotNow(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Accept(_)
            | Self::Offer(_)
            | Self::NoConsent
            | Self::NotSupervisor
            | Self::FormReused => None,
        }
    }
}

/// Why an offer is not withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawRefused {
    /// It ended before.
    #[error("this offer is {} and cannot be withdrawn", .0.name())]
    NotOpen(OfferState),
    /// Nobody said why.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(WithdrawRefused);

impl Refused for WithdrawRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotOpen(_) => Kind::Conflict,
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotOpen(_) => "offer_not_open",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::NotOpen(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotOpen(state) => vec![("state", json!(state.name()))],
            Self::NoReason => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }
}

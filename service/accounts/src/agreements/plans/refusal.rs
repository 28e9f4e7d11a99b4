//! Why a plan is not made.

use crate::agreements::NotNow;
use domain::Currency;
use domain::limits::Explained;
use domain::plan::{PlanRefusal, ScheduleRefusal};
use kernel::once::OnceRefused;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// Why a plan is not made.
#[derive(Debug, thiserror::Error)]
pub enum PlanRefused {
    /// It does not keep to the limits, or has no schedule; every reason, and the limits behind them
    /// with who set each.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Limits(Vec<PlanRefusal>, Vec<Explained>),
    /// Its debts are not of one debtor.
    #[error("a plan pays debts of one debtor only")]
    OtherDebtor,
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// The note is missing or too long.
    #[error("say how the debtor agreed, in at most 500 characters")]
    NoConsent,
    /// The form was used for another plan.
    #[error("this form was used already; start again")]
    FormReused,
    /// A debt takes no agreement now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(PlanRefused);

impl Refused for PlanRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Limits(..) | Self::OtherDebtor | Self::WrongCurrency(_) | Self::NoConsent => {
                Kind::Invalid
            }
            Self::FormReused => Kind::Conflict,
            Self::NotNow(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Limits(all, _) => all.first().map_or("no_parts", |first| first.code()),
            Self::OtherDebtor => "other_debtor",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::NoConsent => "consent_required",
            Self::FormReused => "form_reused",
            Self::NotNow(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::OtherDebtor => Some("/account_ids"),
            Self::WrongCurrency(_) => Some("/total/currency"),
            Self::NoConsent => Some("/consent"),
            Self::Limits(..)
            | Self::FormReused
            | Self::NotNow(_)
            | Self::Once(_)
            | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Limits(all, behind) => {
                let mut facts = all.first().map(numbers).unwrap_or_default();
                let refusals: Vec<_> = all
                    .iter()
                    .map(|one| json!({"code": one.code(), "message": one.to_string()}))
                    .collect();
                facts.push(("refusals", json!(refusals)));
                facts.push(("limits", terms::arrangement_rules::named(behind)));
                facts
            }
            Self::NotNow(err) => err.facts(),
            Self::Stop(stop) => stop.facts(),
            Self::OtherDebtor
            | Self::WrongCurrency(_)
            | Self::NoConsent
            | Self::FormReused
            | Self::Once(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotNow(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Limits(..)
            | Self::OtherDebtor
            | Self::WrongCurrency(_)
            | Self::NoConsent
            | Self::FormReused => None,
        }
    }
}

/// The numbers of a refusal.
pub(super) fn numbers(refusal: &PlanRefusal) -> Vec<(&'static str, Value)> {
    match refusal {
        PlanRefusal::BelowMinPayment { least, offered }
        | PlanRefusal::BelowMinDownPayment { least, offered } => {
            vec![("least", json!(least.to_decimal())), ("offered", json!(offered.to_decimal()))]
        }
        PlanRefusal::OverBalance { balance, total } => {
            vec![("balance", json!(balance.to_decimal())), ("total", json!(total.to_decimal()))]
        }
        PlanRefusal::TooManyInstallments { most, asked } => {
            vec![("most", json!(most)), ("asked", json!(asked))]
        }
        PlanRefusal::TermTooLong { most, days } => {
            vec![("most_days", json!(most)), ("days", json!(days))]
        }
        PlanRefusal::StartsTooLate { latest, first } => {
            vec![("latest", json!(latest)), ("first", json!(first))]
        }
        PlanRefusal::StartsInThePast { today, first } => {
            vec![("today", json!(today)), ("first", json!(first))]
        }
        PlanRefusal::FrequencyNotAllowed { asked } => vec![("frequency", json!(asked.name()))],
        PlanRefusal::Schedule(ScheduleRefusal::TooManyParts { most, asked }) => {
            vec![("most", json!(most)), ("asked", json!(asked))]
        }
        PlanRefusal::Schedule(_) => Vec::new(),
    }
}

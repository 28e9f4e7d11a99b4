//! Payouts: the processor's money reaches the trust bank account, less its fees (domain rule 2.7,
//! money rule 11; E7). Told by the gateway, or entered by hand.

mod check;
mod post;
mod read;

pub use check::check;
pub use read::{PayoutView, findings, get, list};

use chrono::NaiveDate;
use domain::{Money, PaymentId, PayoutId, Permission, TrustAccountId};
pub use entity::payout_finding::Model as Finding;
use entity::{agency, trust_account};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::stop::{Kind, Refused, Stop};
use ledger::alarms;
use post::{Item, Made, Source};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// A payout that somebody enters.
#[derive(Debug, Clone)]
pub struct NewPayout {
    /// Into which account; the usual one unless told.
    pub trust_account: Option<TrustAccountId>,
    /// The processor's own id of it, where it has one: the same payout is entered once.
    pub provider_id: Option<String>,
    /// When it reached the bank.
    pub arrived_on: NaiveDate,
    /// The payments it brought, and the returns it took, each with the processor's fee.
    pub payments: Vec<PaidOut>,
    /// Fees that no payment bears, such as those on disputes: the agency's expense.
    pub dispute_fees: Money,
    /// What reached the bank; below zero: what the processor took from it.
    pub net: Money,
}

/// One payment of a payout.
#[derive(Debug, Clone, Copy)]
pub struct PaidOut {
    /// Which; a return counts below zero.
    pub payment: PaymentId,
    /// The processor's fee on it; what the gateway told with the payment unless given.
    pub fee: Option<Money>,
}

/// Why a payout is not entered.
#[derive(Debug, thiserror::Error)]
pub enum PayoutRefused {
    /// It is in the books.
    #[error("the payout \"{0}\" is in the books already")]
    KnownPayout(String),
    /// Nothing was paid out.
    #[error("a payout needs at least one payment")]
    Empty,
    /// One payment is not the processor's to pay out.
    #[error("payment {0} is not with the processor: it came by other means, or has not posted")]
    NotWithProcessor(PaymentId),
    /// One payment was paid out before.
    #[error("payment {0} has been paid out before")]
    PaidOutBefore(PaymentId),
    /// The sums differ.
    #[error("payments of {gross} less fees of {fees} make {makes}, and not {net}")]
    DoesNotSum {
        /// All payments less returns.
        gross: Money,
        /// All fees.
        fees: Money,
        /// What that comes to.
        makes: Money,
        /// What was said to have arrived.
        net: Money,
    },
    /// A fee below zero.
    #[error("the fees of a payout are not below zero")]
    NegativeFees,
    /// It arrives tomorrow.
    #[error("the payout has not arrived yet: enter it when it has")]
    InTheFuture,
    /// Too long for a name.
    #[error("the processor's id has 1 to 200 characters")]
    BadProviderId,
    /// The sums do not fit.
    #[error("the amounts are too large")]
    TooLarge,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(PayoutRefused);

impl From<domain::money::TooLarge> for PayoutRefused {
    fn from(_: domain::money::TooLarge) -> Self {
        Self::TooLarge
    }
}

impl Refused for PayoutRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::KnownPayout(_) | Self::NotWithProcessor(_) | Self::PaidOutBefore(_) => {
                Kind::Conflict
            }
            Self::Empty
            | Self::DoesNotSum { .. }
            | Self::NegativeFees
            | Self::InTheFuture
            | Self::BadProviderId
            | Self::TooLarge => Kind::Invalid,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::KnownPayout(_) => "payout_known",
            Self::Empty => "payout_empty",
            Self::NotWithProcessor(_) => "payment_not_with_processor",
            Self::PaidOutBefore(_) => "payment_paid_out",
            Self::DoesNotSum { .. } => "payout_does_not_sum",
            Self::NegativeFees => "negative_fees",
            Self::InTheFuture => "in_the_future",
            Self::BadProviderId => "bad_provider_id",
            Self::TooLarge => "amount_too_large",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Empty => Some("/payments"),
            Self::DoesNotSum { .. } => Some("/net"),
            Self::InTheFuture => Some("/arrived_on"),
            Self::BadProviderId => Some("/provider_id"),
            Self::KnownPayout(_)
            | Self::NotWithProcessor(_)
            | Self::PaidOutBefore(_)
            | Self::NegativeFees
            | Self::TooLarge
            | Self::Once(_)
            | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::DoesNotSum { gross, fees, makes, net } => vec![
                ("gross", json!(gross.to_decimal())),
                ("fees", json!(fees.to_decimal())),
                ("makes", json!(makes.to_decimal())),
                ("net", json!(net.to_decimal())),
            ],
            Self::NotWithProcessor(id) | Self::PaidOutBefore(id) => vec![("payment", json!(id))],
            Self::KnownPayout(_)
            | Self::Empty
            | Self::NegativeFees
            | Self::InTheFuture
            | Self::BadProviderId
            | Self::TooLarge
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::KnownPayout(_)
            | Self::Empty
            | Self::NotWithProcessor(_)
            | Self::PaidOutBefore(_)
            | Self::DoesNotSum { .. }
            | Self::NegativeFees
            | Self::InTheFuture
            | Self::BadProviderId
            | Self::TooLarge => None,
        }
    }
}

/// Enters a payout by hand. The fees are borne by the policy of each payment's contract.
pub async fn enter(
    app: &App,
    actor: &Actor,
    new: NewPayout,
    once: &Once,
) -> Result<Answer<PayoutId>, PayoutRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    if new.payments.is_empty() {
        return Err(PayoutRefused::Empty);
    }
    let bad = |id: &String| id.trim().is_empty() || id.chars().count() > 200;
    if new.provider_id.as_ref().is_some_and(bad) {
        return Err(PayoutRefused::BadProviderId);
    }
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    if new.arrived_on > kernel::clock::date_in(&agency.time_zone, tx.now()) {
        return Err(PayoutRefused::InTheFuture);
    }
    let trust = match new.trust_account {
        Some(id) => trust_account::Entity::find_by_id((tx.agency(), id)).one(&tx).await?,
        None => {
            trust_account::in_agency(tx.agency())
                .filter(trust_account::Column::IsDefault.eq(true))
                .one(&tx)
                .await?
        }
    };
    let trust = trust.ok_or(Stop::NotFound("trust account"))?.id;
    let mut items = Vec::new();
    for one in &new.payments {
        items.push(Item::of_payment(&tx, one.payment, one.fee).await?);
    }
    let made = Made {
        trust,
        gateway: None,
        provider_id: new.provider_id,
        arrived_on: new.arrived_on,
        net: new.net,
        other_fees: new.dispute_fees,
        came_back: Money::ZERO,
    };
    let id = post::post(&tx, &made, &items).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

impl Source {
    fn payment(&self) -> Option<PaymentId> {
        match self {
            Self::Payment(id) => Some(*id),
            Self::Return { .. } => None,
        }
    }
}

//! How a commission came about, and what a payment would earn (domain rule 2.5).

use super::fee_override::Signed;
use super::grounds::{Made, grounds};
use super::post::{Arrived, CannotPost, FromGateway};
use super::read::currency;
use accounts::interest;
use accounts::owed;
use chrono::NaiveDate;
use domain::allocation::Allocation;
use domain::commission::{self, Commission, Level, NotComputable, Schedule, ScheduleProblem};
use domain::payment::{PaymentKind, PaymentMethod};
use domain::remittance::CommissionBasis;
use domain::{AccountId, Amount, Buckets, Currency, Money, PaymentId, Permission, ScheduleId};
use entity::{account, commission_schedule, payment};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::{Fault, Flaw, Kind, Refused, Stop};
use sea_orm::EntityTrait;
use serde_json::json;
use terms::commission_schedules::flaws;

/// The whole breakdown of one payment's commission, as it was frozen at posting.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Which payment.
    pub payment: PaymentId,
    /// Its type. Of a return every amount is to be read as negative: see [`Explained::signed`].
    pub kind: PaymentKind,
    /// The currency.
    pub currency: Currency,
    /// The day whose terms apply.
    pub effective_on: Option<NaiveDate>,
    /// Where the schedule came from.
    pub level: Level,
    /// The schedule's version and since when it is effective; none for a contract's flat rate or a
    /// choice of two people.
    pub schedule: Option<(ScheduleId, Option<NaiveDate>)>,
    /// Who chose it for this payment, at [`Level::Payment`].
    pub signed_by: Option<Signed>,
    /// Where the commission was posted.
    pub basis: Option<CommissionBasis>,
    /// The breakdown of the payment, or of the one that this returns.
    pub breakdown: Commission,
}

impl Explained {
    /// An amount of the breakdown as it counts for this payment: negative for a return.
    pub fn signed(&self, money: Money) -> Money {
        if self.kind.is_return() { money.negated().unwrap_or(money) } else { money }
    }
}

/// A payment to be tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The debt that it would pay.
    pub account: AccountId,
    /// Paid to the agency, the creditor or a forwarder.
    pub kind: PaymentKind,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// When; today unless told.
    pub effective_on: Option<NaiveDate>,
    /// Of a PA: what the forwarder would keep.
    pub forwarder_fee: Option<Amount>,
    /// The schedule to try; the one in force unless told.
    pub schedule: Option<Schedule>,
}

/// What it would earn.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The currency.
    pub currency: Currency,
    /// The day whose terms apply.
    pub effective_on: NaiveDate,
    /// Where the schedule came from; none for the one that was tried.
    pub level: Option<Level>,
    /// Its version.
    pub schedule: Option<ScheduleId>,
    /// What each bucket would get.
    pub applied: Buckets,
    /// What would be too much.
    pub overpaid: Money,
    /// The breakdown.
    pub breakdown: Commission,
}

/// Why there is nothing to explain or to try.
#[derive(Debug, thiserror::Error)]
pub enum ExplainRefused {
    /// It earned nothing yet.
    #[error("the payment has not posted, so that it has no commission yet")]
    NotPosted,
    /// A return mirrors its payment.
    #[error("a return is not tried: it is the exact negative of its payment")]
    IsReturn,
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// The schedule cannot be applied.
    #[error("the schedule cannot be applied; everything that is wrong is listed")]
    Flawed(Vec<ScheduleProblem>),
    /// It could not be posted.
    #[error(transparent)]
    CannotPost(#[from] CannotPost),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ExplainRefused);

impl Refused for ExplainRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotPosted => Kind::Conflict,
            Self::IsReturn | Self::WrongCurrency(_) | Self::Flawed(_) => Kind::Invalid,
            Self::CannotPost(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPosted => "payment_not_posted",
            Self::IsReturn => "is_return",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::Flawed(_) => "schedule_flawed",
            Self::CannotPost(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::IsReturn => Some("/kind"),
            Self::WrongCurrency(_) => Some("/amount/currency"),
            Self::NotPosted | Self::Flawed(_) | Self::CannotPost(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::CannotPost(err) => err.facts(),
            Self::WrongCurrency(currency) => vec![("currency", json!(currency))],
            Self::NotPosted | Self::IsReturn | Self::Flawed(_) | Self::Stop(_) => Vec::new(),
        }
    }

    fn flaws(&self) -> Vec<Flaw> {
        match self {
            Self::Flawed(problems) => flaws(problems),
            Self::NotPosted
            | Self::IsReturn
            | Self::WrongCurrency(_)
            | Self::CannotPost(_)
            | Self::Stop(_) => Vec::new(),
        }
    }
}

impl From<NotComputable> for ExplainRefused {
    fn from(err: NotComputable) -> Self {
        Self::CannotPost(err.into())
    }
}

/// What stands beside the commission in a payment's breakdown.
#[derive(serde::Deserialize)]
struct Beside {
    #[serde(rename = "override")]
    signed: Option<Signed>,
}

/// Explains the commission of a posted payment, or of a return. A creditor's user sees that of its
/// own payments.
pub async fn explain(app: &App, actor: &Actor, id: PaymentId) -> Result<Explained, ExplainRefused> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let (Some(kept), Some(level)) = (row.commission_detail, row.commission_level) else {
        return Err(ExplainRefused::NotPosted);
    };
    let beside: Beside = serde_json::from_value(kept.clone()).map_err(Fault::from)?;
    let breakdown: Commission = serde_json::from_value(kept).map_err(Fault::from)?;
    let agency = tx.agency();
    let schedule = match row.schedule_id {
        // The schedules themselves are the agency's alone.
        Some(version) if actor.require_agency(Permission::CommissionRead).is_ok() => {
            let found = commission_schedule::Entity::find_by_id((agency, version)).one(&tx).await?;
            Some((version, found.map(|row| row.effective_on)))
        }
        Some(version) => Some((version, None)),
        None => None,
    };
    let currency = currency(&tx).await?;
    tx.commit().await?;
    Ok(Explained {
        payment: id,
        kind: row.kind,
        currency,
        effective_on: row.effective_on,
        level: Level::parse(&level).ok_or(Fault::Unexpected("a commission of no level"))?,
        schedule,
        signed_by: beside.signed,
        basis: row.commission_basis,
        breakdown,
    })
}

/// Computes what a payment would earn now, under the schedule in force or another; no row is
/// written.
pub async fn simulate(app: &App, actor: &Actor, trial: Trial) -> Result<Tried, ExplainRefused> {
    actor.require_agency(Permission::CommissionRead)?;
    if trial.kind.is_return() {
        return Err(ExplainRefused::IsReturn);
    }
    if let Some(schedule) = &trial.schedule {
        schedule.check().map_err(ExplainRefused::Flawed)?;
    }
    let tx = app.begin(actor).await?;
    let account = account::Entity::find_by_id((tx.agency(), trial.account))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    let made = trial.effective_on.map_or(Made::At(tx.now()), Made::On);
    // A schedule may be tried where none is in force yet.
    let grounds = grounds(&tx, &account, made, trial.schedule.clone()).await?;
    if trial.currency != grounds.currency {
        return Err(ExplainRefused::WrongCurrency(grounds.currency));
    }
    let split: Allocation =
        match interest::split_of(&tx, &account, trial.amount, grounds.effective_on).await? {
            Some(split) => split,
            None => grounds
                .rule
                .allocate(trial.amount, &owed(&account))
                .map_err(|_| CannotPost::TooLarge)?,
        };
    tx.commit().await?;
    let arrived = Arrived {
        kind: trial.kind,
        method: PaymentMethod::Cash,
        amount: trial.amount,
        forwarder_fee: trial.forwarder_fee,
        deposited_on: None,
        gateway: FromGateway::default(),
    };
    let case = grounds.case(&account, &arrived, split.applied)?;
    let tried = trial.schedule.is_some();
    Ok(Tried {
        currency: grounds.currency,
        effective_on: grounds.effective_on,
        level: (!tried).then_some(grounds.level),
        schedule: grounds.schedule_id,
        applied: split.applied,
        overpaid: split.overpaid,
        breakdown: commission::compute(&grounds.schedule, &case)?,
    })
}

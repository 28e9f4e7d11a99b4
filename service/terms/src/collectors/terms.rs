//! A collector's terms, one row a version: what the rates are of, the rates, the bonus plan, the goal.

use chrono::{DateTime, NaiveDate, Utc};
use domain::collector::{BonusPlan, CollectorRates, CreditBase, NotABonusPlan};
use domain::user::UserKind;
use domain::{CollectorTermsId, CreditorId, Money, Permission, StaffRole, UserId};
use entity::{collector_terms, creditor, user};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;
use std::collections::HashMap;

/// The most creditors with a rate of their own in one version.
const MOST_OVERRIDES: usize = 200;

/// A new version of a collector's terms.
#[derive(Debug, Clone)]
pub struct NewTerms {
    /// Whose.
    pub collector: UserId,
    /// The first effective date of a payment that they apply to.
    pub effective_on: NaiveDate,
    /// What the rates are of.
    pub base: CreditBase,
    /// The usual rate, and those for single creditors.
    pub rates: CollectorRates,
    /// The bonus plan.
    pub bonus: Option<BonusPlan>,
    /// What a month is measured against; above zero.
    pub goal: Option<Money>,
}

/// A version of a collector's terms.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Which version.
    pub id: CollectorTermsId,
    /// Whose.
    pub collector: UserId,
    /// The first effective date of a payment that they apply to.
    pub effective_on: NaiveDate,
    /// What the rates are of.
    pub base: CreditBase,
    /// The usual rate, and those for single creditors.
    pub rates: CollectorRates,
    /// The bonus plan.
    pub bonus: Option<BonusPlan>,
    /// What a month is measured against.
    pub goal: Option<Money>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// Why terms are not entered.
#[derive(Debug, thiserror::Error)]
pub enum TermsRefused {
    /// There is a version from this day already.
    #[error("there are terms from {0} already; choose another day")]
    DateTaken(NaiveDate),
    /// A creditor's user does not collect.
    #[error("only a member of the agency's staff has collector's terms")]
    NotStaff,
    /// Too many creditors with an own rate.
    #[error("{given} creditors have a rate of their own; the most is {MOST_OVERRIDES}")]
    TooManyOverrides {
        /// How many.
        given: usize,
    },
    /// An override names a creditor that is not there.
    #[error("there is no such creditor: {0}")]
    UnknownCreditor(CreditorId),
    /// A goal that is none.
    #[error("a goal is above zero")]
    NoGoal,
    /// The bonus plan is none.
    #[error(transparent)]
    Bonus(#[from] NotABonusPlan),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(TermsRefused);

impl Refused for TermsRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::DateTaken(_) => Kind::Conflict,
            Self::NotStaff
            | Self::TooManyOverrides { .. }
            | Self::UnknownCreditor(_)
            | Self::NoGoal
            | Self::Bonus(_) => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::DateTaken(_) => "collector_terms_date_taken",
            Self::NotStaff => "collector_not_staff",
            Self::TooManyOverrides { .. } => "collector_overrides_too_many",
            Self::UnknownCreditor(_) => "unknown_creditor",
            Self::NoGoal => "collector_goal_not_positive",
            Self::Bonus(plan) => plan.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::DateTaken(_) => Some("/effective_on"),
            Self::TooManyOverrides { .. } | Self::UnknownCreditor(_) => Some("/rates/overrides"),
            Self::NoGoal => Some("/goal"),
            Self::Bonus(_) => Some("/bonus"),
            Self::NotStaff | Self::Stop(_) => None,
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::DateTaken(_)
            | Self::NotStaff
            | Self::TooManyOverrides { .. }
            | Self::UnknownCreditor(_)
            | Self::NoGoal
            | Self::Bonus(_) => None,
        }
    }
}

/// Enters a version of a collector's terms. Payments that are posted keep what they earned.
///
/// # Errors
/// [`TermsRefused`].
pub async fn add_terms(app: &App, actor: &Actor, new: NewTerms) -> Result<Terms, TermsRefused> {
    actor.require_agency(Permission::CollectorWrite)?;
    new.bonus.as_ref().map_or(Ok(()), BonusPlan::check)?;
    let given = new.rates.overrides.len();
    if given > MOST_OVERRIDES {
        return Err(TermsRefused::TooManyOverrides { given });
    }
    if new.goal.is_some_and(|goal| !goal.is_positive()) {
        return Err(TermsRefused::NoGoal);
    }
    let tx = app.begin(actor).await?;
    let person = member(&tx, new.collector).await?;
    if person.staff_role.is_none() {
        return Err(TermsRefused::NotStaff);
    }
    for one in &new.rates.overrides {
        let known = creditor::Entity::find_by_id((tx.agency(), one.creditor)).one(&tx).await?;
        known.ok_or(TermsRefused::UnknownCreditor(one.creditor))?;
    }
    let row = collector_terms::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(CollectorTermsId(random::uuid())),
        user_id: Set(new.collector),
        effective_on: Set(new.effective_on),
        base: Set(new.base),
        rates: Set(serde_json::to_value(&new.rates).map_err(Fault::from)?),
        bonus: Set(new
            .bonus
            .as_ref()
            .map(serde_json::to_value)
            .transpose()
            .map_err(Fault::from)?),
        goal: Set(new.goal),
        created_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "collector_terms_version_unique") {
            TermsRefused::DateTaken(new.effective_on)
        } else {
            err.into()
        }
    })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "collector.add_terms",
            subject_type: "user",
            subject_id: Some(new.collector.0),
            after: Some(json!({
                "effective_on": row.effective_on, "base": row.base, "rates": row.rates,
                "bonus": row.bonus, "goal": row.goal.map(Money::to_decimal),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(read(row)?)
}

/// Somebody of the staff who may be credited.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: StaffRole,
    /// The terms in force today; none: nothing is earned.
    pub terms: Option<Terms>,
}

/// The staff by name, each with the terms in force today.
///
/// # Errors
/// [`Stop::Forbidden`] without `collector:read`.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Collector>, Stop> {
    actor.require_agency(Permission::CollectorRead)?;
    let tx = app.begin(actor).await?;
    let zone = kernel::agency::own(&tx).await?.time_zone;
    let today = kernel::clock::date_in(&zone, tx.now());
    let staff = user::in_agency(tx.agency())
        .filter(user::Column::Kind.eq(UserKind::Staff))
        .all(&tx)
        .await?;
    let rows = collector_terms::in_agency(tx.agency())
        .filter(collector_terms::Column::EffectiveOn.lte(today))
        .order_by_asc(collector_terms::Column::EffectiveOn)
        .all(&tx)
        .await?;
    tx.commit().await?;
    // The latest of each wins: the rows come in the order of their days.
    let mut in_force: HashMap<UserId, Terms> = HashMap::new();
    for row in rows {
        in_force.insert(row.user_id, read(row)?);
    }
    let shown = staff.into_iter().filter_map(|row| {
        let terms = in_force.remove(&row.id);
        Some(Collector { user: row.id, name: row.name, role: row.staff_role?, terms })
    });
    let mut shown: Vec<Collector> = shown.collect();
    // By our own order of text: the database's depends on its locale, and pages are cut by it.
    shown.sort_by(|a, b| (&a.name, a.user).cmp(&(&b.name, b.user)));
    Ok(shown)
}

/// The versions of a collector's terms, newest first.
///
/// # Errors
/// [`Stop::Forbidden`] without `collector:read` unless the terms are the caller's own,
/// [`Stop::NotFound`].
pub async fn terms(app: &App, actor: &Actor, collector: UserId) -> Result<Vec<Terms>, Stop> {
    own_or_all(actor, collector)?;
    let tx = app.begin(actor).await?;
    member(&tx, collector).await?;
    let rows = collector_terms::in_agency(tx.agency())
        .filter(collector_terms::Column::UserId.eq(collector))
        .order_by_desc(collector_terms::Column::EffectiveOn)
        .all(&tx)
        .await?;
    tx.commit().await?;
    rows.into_iter().map(|row| read(row).map_err(Stop::from)).collect()
}

/// The terms in force on a day.
pub async fn in_force(tx: &Tx, collector: UserId, day: NaiveDate) -> Result<Option<Terms>, Fault> {
    let row = collector_terms::in_agency(tx.agency())
        .filter(collector_terms::Column::UserId.eq(collector))
        .filter(collector_terms::Column::EffectiveOn.lte(day))
        .order_by_desc(collector_terms::Column::EffectiveOn)
        .limit(1)
        .one(tx)
        .await?;
    row.map(read).transpose()
}

/// A collector sees the own figures; those of others need the right.
pub fn own_or_all(actor: &Actor, collector: UserId) -> Result<(), Stop> {
    if matches!(actor, Actor::Staff(staff) if staff.user() == collector) {
        return Ok(());
    }
    actor.require_agency(Permission::CollectorRead)
}

pub async fn member(tx: &Tx, id: UserId) -> Result<user::Model, Stop> {
    user::Entity::find_by_id((tx.agency(), id)).one(tx).await?.ok_or(Stop::NotFound("user"))
}

fn read(row: collector_terms::Model) -> Result<Terms, Fault> {
    Ok(Terms {
        id: row.id,
        collector: row.user_id,
        effective_on: row.effective_on,
        base: row.base,
        rates: serde_json::from_value(row.rates)?,
        bonus: row.bonus.map(serde_json::from_value).transpose()?,
        goal: row.goal,
        created_at: row.created_at,
    })
}

//! The rules of promises, plans and settlements by level: limits merged field by field, settlement
//! tiers of the nearest level that has a table, each in versions by date (domain rule 2.10).

mod find;

pub use find::{Rules, in_force};

use chrono::NaiveDate;
use domain::limits::{Explained, Level, Limits, LimitsFault};
use domain::settlement::{TierFault, Tiers};
use domain::{
    AccountId, ArrangementLimitId, CreditorId, Currency, Permission, PortfolioId, Rate,
    SettlementTierId, StaffRole,
};
use entity::{arrangement_limit, settlement_tier};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use uuid::Uuid;

/// A version of limits, as stored.
pub use entity::arrangement_limit::Model as LimitVersion;
/// A version of settlement tiers, as stored.
pub use entity::settlement_tier::Model as TierVersion;

/// At which level a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// For all creditors.
    Agency,
    /// For whoever has this role and agrees.
    Role(StaffRole),
    /// For one creditor and those below it.
    Creditor(CreditorId),
    /// For one portfolio.
    Portfolio(PortfolioId),
    /// For one debt.
    Account(AccountId),
}

/// Why rules are not saved.
#[derive(Debug, thiserror::Error)]
pub enum RulesRefused {
    /// The limits contradict themselves; every fault.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Limits(Vec<LimitsFault>),
    /// The tiers overlap, leave gaps or give everything away; every fault.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Tiers(Vec<TierFault>),
    /// Neither tiers nor a floor.
    #[error("give tiers, a floor, or both")]
    Nothing,
    /// Tiers are not set by role.
    #[error("settlement tiers are set for the agency, a creditor, a portfolio or an account")]
    NotByRole,
    /// A version begins on that day already.
    #[error("a version already begins on {0}; choose another date")]
    DateTaken(NaiveDate),
    /// It would change what was agreed under the older version.
    #[error("rules begin today or later; {today} is today")]
    InThePast {
        /// The agency's day.
        today: NaiveDate,
    },
    /// The creditor, portfolio or account is unknown.
    #[error("there is no such creditor, portfolio or account")]
    Unknown,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(RulesRefused);

impl Refused for RulesRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Limits(_)
            | Self::Tiers(_)
            | Self::Nothing
            | Self::NotByRole
            | Self::InThePast { .. } => Kind::Invalid,
            Self::DateTaken(_) => Kind::Conflict,
            Self::Unknown => Kind::NotFound,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Limits(all) => all.first().map_or("bad_limits", |first| first.code()),
            Self::Tiers(all) => all.first().map_or("bad_tiers", TierFault::code),
            Self::Nothing => "no_tiers",
            Self::NotByRole => "tiers_not_by_role",
            Self::DateTaken(_) => "version_date_taken",
            Self::InThePast { .. } => "in_the_past",
            Self::Unknown => "not_found",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Limits(_) => Some("/limits"),
            Self::Tiers(_) | Self::Nothing => Some("/tiers"),
            Self::NotByRole => Some("/level"),
            Self::DateTaken(_) | Self::InThePast { .. } => Some("/effective_on"),
            Self::Unknown | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        let each = |all: Vec<(&'static str, String)>| {
            let all: Vec<_> =
                all.iter().map(|(code, text)| json!({"code": code, "message": text})).collect();
            vec![("refusals", json!(all))]
        };
        match self {
            Self::Limits(all) => {
                each(all.iter().map(|one| (one.code(), one.to_string())).collect())
            }
            Self::Tiers(all) => each(all.iter().map(|one| (one.code(), one.to_string())).collect()),
            Self::InThePast { today } => vec![("today", json!(today))],
            Self::Nothing | Self::NotByRole | Self::DateTaken(_) | Self::Unknown => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }
}

/// The columns of a place.
struct Shape {
    level: Level,
    role: Option<StaffRole>,
    creditor: Option<CreditorId>,
    portfolio: Option<PortfolioId>,
    account: Option<AccountId>,
    subject: Uuid,
}

impl Place {
    fn shape(self, agency: domain::AgencyId) -> Shape {
        let none = Shape {
            level: Level::Agency,
            role: None,
            creditor: None,
            portfolio: None,
            account: None,
            subject: agency.0,
        };
        match self {
            Self::Agency => none,
            Self::Role(role) => Shape { level: Level::Role, role: Some(role), ..none },
            Self::Creditor(id) => {
                Shape { level: Level::Creditor, creditor: Some(id), subject: id.0, ..none }
            }
            Self::Portfolio(id) => {
                Shape { level: Level::Portfolio, portfolio: Some(id), subject: id.0, ..none }
            }
            Self::Account(id) => {
                Shape { level: Level::Account, account: Some(id), subject: id.0, ..none }
            }
        }
    }
}

/// Sets the limits of a level from a day on; what is not in them says nothing at this level.
pub async fn set_limits(
    app: &App,
    actor: &Actor,
    place: Place,
    effective_on: NaiveDate,
    limits: Limits,
) -> Result<LimitVersion, RulesRefused> {
    actor.require_agency(Permission::ArrangementRules)?;
    limits.check().map_err(RulesRefused::Limits)?;
    let tx = app.begin(actor).await?;
    not_past(&tx, effective_on).await?;
    let Shape { level, role, creditor, portfolio, account, subject } = place.shape(tx.agency());
    let row = arrangement_limit::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(ArrangementLimitId(random::uuid())),
        level: Set(level),
        role: Set(role),
        creditor_id: Set(creditor),
        portfolio_id: Set(portfolio),
        account_id: Set(account),
        subject_id: Set(subject),
        effective_on: Set(effective_on),
        limits: Set(serde_json::to_value(&limits).map_err(Fault::from)?),
        created_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| refused(err, effective_on))?;
    let after = json!({"level": level, "effective_on": effective_on, "limits": row.limits});
    written(&tx, "arrangement_rules.set_limits", subject, after).await?;
    tx.commit().await?;
    Ok(row)
}

/// Sets the settlement tiers of a level from a day on, or the creditor's blanket floor, or both.
pub async fn set_tiers(
    app: &App,
    actor: &Actor,
    place: Place,
    effective_on: NaiveDate,
    (tiers, client_floor): (Option<Tiers>, Option<Rate>),
) -> Result<TierVersion, RulesRefused> {
    actor.require_agency(Permission::ArrangementRules)?;
    if tiers.is_none() && client_floor.is_none() {
        return Err(RulesRefused::Nothing);
    }
    if let Some(tiers) = &tiers {
        tiers.check().map_err(RulesRefused::Tiers)?;
    }
    let tx = app.begin(actor).await?;
    not_past(&tx, effective_on).await?;
    let Shape { level, role, creditor, portfolio, account, subject } = place.shape(tx.agency());
    if role.is_some() {
        return Err(RulesRefused::NotByRole);
    }
    let tiers = tiers.map(serde_json::to_value).transpose().map_err(Fault::from)?;
    let row = settlement_tier::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(SettlementTierId(random::uuid())),
        level: Set(level),
        creditor_id: Set(creditor),
        portfolio_id: Set(portfolio),
        account_id: Set(account),
        subject_id: Set(subject),
        effective_on: Set(effective_on),
        tiers: Set(tiers),
        client_floor: Set(client_floor),
        created_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| refused(err, effective_on))?;
    let after = json!({"level": level, "effective_on": effective_on, "tiers": row.tiers,
        "client_floor": row.client_floor.map(|floor| floor.to_string())});
    written(&tx, "arrangement_rules.set_tiers", subject, after).await?;
    tx.commit().await?;
    Ok(row)
}

/// All versions of limits, newest first, with the currency of their amounts.
pub async fn limits(app: &App, actor: &Actor) -> Result<(Vec<LimitVersion>, Currency), Stop> {
    actor.require_agency(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let rows = arrangement_limit::in_agency(tx.agency())
        .order_by_desc(arrangement_limit::Column::Id)
        .all(&tx)
        .await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    tx.commit().await?;
    Ok((rows, currency))
}

/// All versions of settlement tiers, newest first, with the currency of their amounts.
pub async fn tiers(app: &App, actor: &Actor) -> Result<(Vec<TierVersion>, Currency), Stop> {
    actor.require_agency(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let rows = settlement_tier::in_agency(tx.agency())
        .filter(settlement_tier::Column::SubjectId.is_not_null())
        .order_by_desc(settlement_tier::Column::Id)
        .all(&tx)
        .await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    tx.commit().await?;
    Ok((rows, currency))
}

/// Limits with their values and levels, as a member of a problem.
pub fn named(limits: &[Explained]) -> Value {
    let one = |limit: &Explained| json!({"limit": limit.field.name(), "value": limit.value, "level": limit.level.name()});
    limits.iter().map(one).collect()
}

async fn not_past(tx: &kernel::Tx, effective_on: NaiveDate) -> Result<(), RulesRefused> {
    let zone = kernel::agency::own(tx).await?.time_zone;
    let today = kernel::clock::date_in(&zone, tx.now());
    if effective_on < today { Err(RulesRefused::InThePast { today }) } else { Ok(()) }
}

fn refused(err: DbErr, day: NaiveDate) -> RulesRefused {
    let taken = ["arrangement_limit_version_unique", "settlement_tier_version_unique"];
    if taken.iter().any(|name| broke(&err, name)) {
        return RulesRefused::DateTaken(day);
    }
    let foreign = ["creditor_fk", "portfolio_fk", "account_fk"].iter().any(|key| {
        broke(&err, &format!("arrangement_limit_{key}"))
            || broke(&err, &format!("settlement_tier_{key}"))
    });
    if foreign { RulesRefused::Unknown } else { err.into() }
}

async fn written(
    tx: &kernel::Tx,
    action: &'static str,
    subject: Uuid,
    after: Value,
) -> Result<(), Fault> {
    audit::write(
        tx,
        audit::Entry {
            action,
            subject_type: "arrangement_rules",
            subject_id: Some(subject),
            after: Some(after),
            ..audit::Entry::default()
        },
    )
    .await
}

//! Desks: the owners of queues. A desk is an agent's, or a pool that several agents draw from.

pub mod assignments;

use domain::permission::of_staff;
use domain::user::{UserKind, UserStatus};
use domain::{AgencyId, Currency, DeskId, Money, Permission, StaffRole, UserId};
use entity::{desk, user};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QuerySelect, Set, raw_sql,
};
use serde_json::json;

/// A desk with what lies on it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its id.
    pub id: DeskId,
    /// Its name, unique in the agency.
    pub name: String,
    /// The agent whose desk it is; none: a pool.
    pub user: Option<UserId>,
    /// The agent's name.
    pub user_name: Option<String>,
    /// Whether it takes and hands out accounts.
    pub active: bool,
    /// The most open accounts it takes.
    pub cap: Option<i32>,
    /// Its share in weighted assignment, 1 to 1000.
    pub weight: i32,
    /// The least balance it takes by balance band, included.
    pub min_balance: Option<Money>,
    /// The balance from which it takes no more, excluded.
    pub max_balance: Option<Money>,
    /// Open accounts on it.
    pub open: i64,
    /// Of them, due now.
    pub due: i64,
    /// What they owe together.
    pub balance: Money,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Grows with every change.
    pub version: i64,
}

/// What a desk is made of.
#[derive(Debug, Clone)]
pub struct DeskTerms {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// The agent whose desk it is; none: a pool.
    pub user: Option<UserId>,
    /// The most open accounts it takes; none: no limit.
    pub cap: Option<i32>,
    /// Its share in weighted assignment, 1 to 1000.
    pub weight: i32,
    /// The least balance it takes by balance band, included.
    pub min_balance: Option<Money>,
    /// The balance from which it takes no more, excluded.
    pub max_balance: Option<Money>,
}

/// A change of a desk: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct DeskChange {
    /// The name.
    pub name: Option<String>,
    /// The agent; `Some(None)` makes it a pool.
    pub user: Option<Option<UserId>>,
    /// The cap.
    pub cap: Option<Option<i32>>,
    /// The weight.
    pub weight: Option<i32>,
    /// The lower end of the band.
    pub min_balance: Option<Option<Money>>,
    /// The upper end of the band.
    pub max_balance: Option<Option<Money>>,
    /// Whether it works. A desk that is taken out of work gives its open accounts back.
    pub active: Option<bool>,
}

/// Why a desk is not kept.
#[derive(Debug, thiserror::Error)]
pub enum DeskRefused {
    /// Empty or too long.
    #[error("a desk's name has 1 to 80 characters")]
    Name,
    /// Another desk has the name.
    #[error("another desk has this name")]
    NameTaken,
    /// Not an active member of staff who works accounts.
    #[error("a desk belongs to an active member of staff who may work accounts")]
    NotAnAgent,
    /// Out of bounds.
    #[error("the weight is a whole number from 1 to 1000")]
    Weight,
    /// Below zero.
    #[error("the cap is zero or more")]
    Cap,
    /// Empty or upside down.
    #[error(
        "the upper end of the balance band must lie above the lower end, and neither below zero"
    )]
    Band,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(DeskRefused);

impl Refused for DeskRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Name | Self::NotAnAgent | Self::Weight | Self::Cap | Self::Band => Kind::Invalid,
            Self::NameTaken => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Name => "desk_name",
            Self::NameTaken => "desk_name_taken",
            Self::NotAnAgent => "not_an_agent",
            Self::Weight => "desk_weight",
            Self::Cap => "desk_cap",
            Self::Band => "desk_band",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Name | Self::NameTaken => Some("/name"),
            Self::NotAnAgent => Some("/user_id"),
            Self::Weight => Some("/weight"),
            Self::Cap => Some("/cap"),
            Self::Band => Some("/max_balance"),
            Self::Stop(_) => None,
        }
    }
}

/// Creates a desk.
pub async fn create(app: &App, actor: &Actor, terms: DeskTerms) -> Result<Desk, DeskRefused> {
    actor.require_agency(Permission::DeskWrite)?;
    let tx = app.begin(actor).await?;
    check(&tx, &terms).await?;
    let id = DeskId(random::uuid());
    let row = desk::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        name: Set(terms.name.trim().to_owned()),
        user_id: Set(terms.user),
        active: Set(true),
        cap: Set(terms.cap),
        weight: Set(terms.weight),
        min_balance: Set(terms.min_balance),
        max_balance: Set(terms.max_balance),
        version: Set(1),
        created_at: Set(tx.now()),
    };
    let row = row.insert(&tx).await.map_err(taken)?;
    trail(&tx, "desk.create", None, &row).await?;
    let desk = counted(&tx, Some(id)).await?.pop().ok_or(Stop::NotFound("desk"))?;
    tx.commit().await?;
    Ok(desk)
}

/// Changes a desk; taking it out of work gives its open accounts back to nobody's desk.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: DeskId,
    seen: Option<i64>,
    change: DeskChange,
) -> Result<Desk, DeskRefused> {
    actor.require_agency(Permission::DeskWrite)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Stop::Stale.into());
    }
    let terms = DeskTerms {
        name: change.name.unwrap_or_else(|| row.name.clone()),
        user: change.user.unwrap_or(row.user_id),
        cap: change.cap.unwrap_or(row.cap),
        weight: change.weight.unwrap_or(row.weight),
        min_balance: change.min_balance.unwrap_or(row.min_balance),
        max_balance: change.max_balance.unwrap_or(row.max_balance),
    };
    check(&tx, &terms).await?;
    let active = change.active.unwrap_or(row.active);
    let (before, version) = (row.clone(), row.version);
    let mut changed = row.into_active_model();
    changed.name = Set(terms.name.trim().to_owned());
    changed.user_id = Set(terms.user);
    changed.active = Set(active);
    changed.cap = Set(terms.cap);
    changed.weight = Set(terms.weight);
    changed.min_balance = Set(terms.min_balance);
    changed.max_balance = Set(terms.max_balance);
    changed.version = Set(version + 1);
    let row = changed.update(&tx).await.map_err(taken)?;
    if before.active && !active {
        assignments::give_back(&tx, id).await?;
    }
    trail(&tx, "desk.change", Some(&before), &row).await?;
    let desk = counted(&tx, Some(id)).await?.pop().ok_or(Stop::NotFound("desk"))?;
    tx.commit().await?;
    Ok(desk)
}

/// All desks by name, with what lies on them; an agency has few enough to show at once.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Desk>, Stop> {
    actor.require_agency(Permission::DeskRead)?;
    let tx = app.begin(actor).await?;
    let desks = counted(&tx, None).await?;
    tx.commit().await?;
    Ok(desks)
}

/// One desk, with what lies on it.
pub async fn find(app: &App, actor: &Actor, id: DeskId) -> Result<Desk, Stop> {
    actor.require_agency(Permission::DeskRead)?;
    let tx = app.begin(actor).await?;
    let desk = counted(&tx, Some(id)).await?.pop().ok_or(Stop::NotFound("desk"))?;
    tx.commit().await?;
    Ok(desk)
}

/// Reads and locks a desk.
pub async fn lock(tx: &Tx, id: DeskId) -> Result<desk::Model, Stop> {
    desk::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("desk"))
}

#[derive(FromQueryResult)]
struct Counted {
    id: DeskId,
    name: String,
    user_id: Option<UserId>,
    user_name: Option<String>,
    active: bool,
    cap: Option<i32>,
    weight: i32,
    min_balance: Option<Money>,
    max_balance: Option<Money>,
    open: i64,
    due: i64,
    balance: i64,
    currency: Currency,
    version: i64,
}

async fn counted(tx: &Tx, only: Option<DeskId>) -> Result<Vec<Desk>, Fault> {
    let (agency, now): (AgencyId, _) = (tx.agency(), tx.now());
    let rows = Counted::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT d.id, d.name, d.user_id, u.name AS user_name, d.active, d.cap, d.weight, d.min_balance,
                  d.max_balance, g.currency, d.version, coalesce(a.open, 0) AS open, coalesce(a.due, 0) AS due,
                  coalesce(a.balance, 0)::bigint AS balance
           FROM desk d
           JOIN agency g ON g.id = d.agency_id
           LEFT JOIN app_user u ON u.agency_id = d.agency_id AND u.id = d.user_id
           LEFT JOIN LATERAL (
               SELECT count(*) AS open, count(*) FILTER (WHERE next_work_at <= {now}) AS due,
                      sum(principal + interest + fees + costs + other) AS balance
               FROM account
               WHERE agency_id = {agency} AND desk_id = d.id AND closed_at IS NULL) a ON true
           WHERE d.agency_id = {agency} AND ({only}::uuid IS NULL OR d.id = {only}::uuid)
           ORDER BY d.name, d.id"#
    ))
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Desk {
            id: row.id,
            name: row.name,
            user: row.user_id,
            user_name: row.user_name,
            active: row.active,
            cap: row.cap,
            weight: row.weight,
            min_balance: row.min_balance,
            max_balance: row.max_balance,
            open: row.open,
            due: row.due,
            balance: Money::from_minor(row.balance),
            currency: row.currency,
            version: row.version,
        })
        .collect())
}

async fn check(tx: &Tx, terms: &DeskTerms) -> Result<(), DeskRefused> {
    let name = terms.name.trim().chars().count();
    if name == 0 || name > 80 {
        return Err(DeskRefused::Name);
    }
    if !(1..=1000).contains(&terms.weight) {
        return Err(DeskRefused::Weight);
    }
    if terms.cap.is_some_and(|cap| cap < 0) {
        return Err(DeskRefused::Cap);
    }
    let below_zero = |end: &Option<Money>| end.is_some_and(Money::is_negative);
    let upside_down = terms.min_balance.zip(terms.max_balance).is_some_and(|(min, max)| max <= min);
    if upside_down || below_zero(&terms.min_balance) || below_zero(&terms.max_balance) {
        return Err(DeskRefused::Band);
    }
    let Some(id) = terms.user else { return Ok(()) };
    let agent = user::in_agency(tx.agency()).filter(user::Column::Id.eq(id)).one(tx).await?;
    let works = agent.is_some_and(|agent| {
        agent.kind == UserKind::Staff
            && agent.status != UserStatus::Disabled
            && agent
                .staff_role
                .is_some_and(|role| of_staff(role).contains(&Permission::WorklistWork))
    });
    if works { Ok(()) } else { Err(DeskRefused::NotAnAgent) }
}

fn taken(err: DbErr) -> DeskRefused {
    if broke(&err, "desk_name_unique") { DeskRefused::NameTaken } else { err.into() }
}

async fn trail(
    tx: &Tx,
    action: &'static str,
    before: Option<&desk::Model>,
    after: &desk::Model,
) -> Result<(), Fault> {
    let facts = |row: &desk::Model| {
        json!({
            "name": row.name, "user": row.user_id, "active": row.active, "cap": row.cap,
            "weight": row.weight, "min_balance": row.min_balance, "max_balance": row.max_balance,
        })
    };
    audit::write(
        tx,
        audit::Entry {
            action,
            subject_type: "desk",
            subject_id: Some(after.id.0),
            before: before.map(facts),
            after: Some(facts(after)),
            reason: None,
        },
    )
    .await
}

/// Somebody whose desk a desk may be.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The user.
    pub id: UserId,
    /// The name.
    pub name: String,
}

/// The active members of staff who work accounts, by name.
pub async fn agents(app: &App, actor: &Actor) -> Result<Vec<Agent>, Stop> {
    actor.require_agency(Permission::DeskRead)?;
    let tx = app.begin(actor).await?;
    let rows = user::in_agency(tx.agency())
        .filter(user::Column::Kind.eq(UserKind::Staff))
        .filter(user::Column::Status.eq(UserStatus::Active))
        .all(&tx)
        .await?;
    tx.commit().await?;
    let works = |role: StaffRole| of_staff(role).contains(&Permission::WorklistWork);
    let mut agents: Vec<Agent> = rows
        .into_iter()
        .filter(|row| row.staff_role.is_some_and(works))
        .map(|row| Agent { id: row.id, name: row.name })
        .collect();
    agents.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(agents)
}

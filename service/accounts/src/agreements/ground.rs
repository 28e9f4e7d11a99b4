//! On which debt an agreement is made, and by whom.

use super::suspend::{Open, open_on};
use crate::accounts;
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::account::{AccountStatus, Restriction};
use domain::arrangement;
use domain::settlement::Acceptance;
use domain::{AccountId, Currency, Money, StaffRole, UserId, zone};
use entity::{account, agency, contact_point, user};
use kernel::actor::{Actor, AgreedWith, Debtor, Scope};
use kernel::app::App;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

/// Why no agreement is made on a debt now.
#[derive(Debug, thiserror::Error)]
pub enum NotNow {
    /// Its status: disputed, bankrupt, closed …
    #[error("no agreement is made on an account with the status \"{}\"", .0.words())]
    Status(AccountStatus),
    /// A restriction stands on it.
    #[error("no agreement is made on this account: {}", .0.words())]
    Restricted(Restriction),
    /// Nothing is owed.
    #[error("nothing is owed on this account")]
    NothingOwed,
    /// Another agreement binds it.
    #[error("a {} is open on this account; cancel it first", .0.words())]
    ArrangementOpen(Open),
    /// Only a supervisor agrees in a colleague's stead.
    #[error("only a manager or administrator may take over a colleague's agreement")]
    NotSupervisor,
    /// The colleague is unknown.
    #[error("there is no such colleague")]
    UnknownColleague,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(NotNow);

impl Refused for NotNow {
    fn kind(&self) -> Kind {
        match self {
            Self::Status(_)
            | Self::Restricted(_)
            | Self::NothingOwed
            | Self::ArrangementOpen(_) => Kind::Conflict,
            Self::NotSupervisor => Kind::Forbidden,
            Self::UnknownColleague => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Status(_) => "status_takes_no_arrangement",
            Self::Restricted(_) => "account_restricted",
            Self::NothingOwed => "nothing_owed",
            Self::ArrangementOpen(_) => "arrangement_open",
            Self::NotSupervisor => "supervisor_needed",
            Self::UnknownColleague => "unknown_colleague",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Status(status) => vec![("account_status", json!(status.code()))],
            Self::Restricted(kind) => vec![("restriction", json!(kind.code()))],
            Self::ArrangementOpen(open) => vec![("arrangement", json!(open.id()))],
            Self::NothingOwed | Self::NotSupervisor | Self::UnknownColleague => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::Status(_)
            | Self::Restricted(_)
            | Self::NothingOwed
            | Self::ArrangementOpen(_)
            | Self::NotSupervisor
            | Self::UnknownColleague => None,
        }
    }
}

/// Who agrees for the agency, and so whose limits apply.
#[derive(Debug, Clone)]
pub struct Agreeing {
    pub role: StaffRole,
    /// What this person's word is worth where a settlement is accepted.
    pub acceptance: Acceptance,
    pub by: Option<Uuid>,
    pub by_name: String,
    /// The supervisor who took over, under whose limits it then is (domain rule 2.10).
    pub supervisor: Option<(UserId, String)>,
}

impl Agreeing {
    /// The caller; with a colleague the caller takes over what the colleague agreed to, and has to be
    /// a supervisor. A program agrees as a collector does.
    pub async fn of(tx: &Tx, actor: &Actor, colleague: Option<UserId>) -> Result<Self, NotNow> {
        let role = match actor {
            Actor::Staff(staff) => staff.staff_role(),
            Actor::Client(_) | Actor::ApiKey(_) => StaffRole::Collector,
        };
        let supervises = match role {
            StaffRole::Admin | StaffRole::Manager => true,
            StaffRole::Collector | StaffRole::Compliance | StaffRole::Finance => false,
        };
        let acceptance = if supervises { Acceptance::Supervisor } else { Acceptance::Collector };
        let who = actor.signature();
        let mut agreeing =
            Self { role, acceptance, by: who.id, by_name: who.name, supervisor: None };
        let Some(colleague) = colleague.filter(|colleague| actor.user() != Some(*colleague)) else {
            return Ok(agreeing);
        };
        let supervisor = actor.user().filter(|_| supervises).ok_or(NotNow::NotSupervisor)?;
        let row = user::Entity::find_by_id((tx.agency(), colleague))
            .one(tx)
            .await?
            .filter(|row| row.staff_role.is_some())
            .ok_or(NotNow::UnknownColleague)?;
        agreeing.supervisor = Some((supervisor, agreeing.by_name));
        agreeing.by = Some(row.id.0);
        agreeing.by_name = row.name;
        Ok(agreeing)
    }

    /// A debtor on the site, who may have what a collector may give and what no person has to look at.
    pub fn debtor(debtor: &Debtor) -> Self {
        Self {
            role: StaffRole::Collector,
            acceptance: Acceptance::Auto,
            by: Some(debtor.id().0),
            by_name: debtor.signature().name,
            supervisor: None,
        }
    }
}

/// A debt and the day on which it is spoken of.
#[derive(Debug, Clone)]
pub struct Ground {
    pub account: account::Model,
    pub owed: Money,
    pub currency: Currency,
    /// The agency's zone, and its day.
    pub time_zone: String,
    pub today: NaiveDate,
    /// The debtor's zone: of the address, else the agency's.
    pub zone: Tz,
}

/// Reads what an agreement on a debt depends on.
pub async fn ground(tx: &Tx, account: account::Model) -> Result<Ground, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let address = contact_point::in_agency(tx.agency())
        .filter(contact_point::Column::AccountId.eq(account.id))
        .filter(contact_point::Column::DebtorId.eq(account.debtor_id))
        .filter(contact_point::Column::State.is_not_null())
        .filter(contact_point::Column::Bad.eq(false))
        .order_by_desc(contact_point::Column::Id)
        .limit(1)
        .one(tx)
        .await?;
    let zone = address
        .and_then(|address| address.state)
        .and_then(|state| zone::of_state(&state))
        .or_else(|| agency.time_zone.parse().ok())
        .unwrap_or(Tz::UTC);
    let owed = crate::accounts::owed_on(&account);
    let today = date_in(&agency.time_zone, tx.now());
    Ok(Ground {
        account,
        owed,
        currency: agency.currency,
        time_zone: agency.time_zone,
        today,
        zone,
    })
}

/// The debt, locked.
pub async fn lock_ground(tx: &Tx, id: AccountId) -> Result<Ground, Stop> {
    let row = account::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    ground(tx, row).await
}

/// Locks accounts in the order of their ids, so that two who want the same wait and do not clash.
pub async fn lock_all(tx: &Tx, ids: &[AccountId]) -> Result<Vec<account::Model>, Fault> {
    Ok(account::in_agency(tx.agency())
        .filter(account::Column::Id.is_in(ids.to_vec()))
        .order_by_asc(account::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?)
}

/// Whether a debt may be agreed upon: worked, owed, not disputed, bankrupt or the like.
pub async fn may_arrange(tx: &Tx, ground: &Ground) -> Result<(), NotNow> {
    let row = &ground.account;
    let stopping = accounts::restrictions_on(tx, row.id)
        .await?
        .into_iter()
        .find(|kind| arrangement::holds_arrangements(*kind));
    if let Some(kind) = stopping {
        return Err(NotNow::Restricted(kind));
    }
    if !arrangement::may_arrange(row.status) {
        return Err(NotNow::Status(row.status));
    }
    if ground.owed.is_positive() { Ok(()) } else { Err(NotNow::NothingOwed) }
}

/// Refuses while a plan or an accepted settlement binds a debt. Pending promises do not: whatever
/// replaces them cancels them.
pub async fn nothing_open(tx: &Tx, account: AccountId) -> Result<(), NotNow> {
    let binding = open_on(tx, account).await?.into_iter().find(Open::binds);
    binding.map_or(Ok(()), |open| Err(NotNow::ArrangementOpen(open)))
}

/// Begins to carry out what a debtor agreed to on the site: asks under the debtor's own role whether
/// the debt is theirs, so that another's is not found, and opens the agency's transaction then.
pub async fn of_debtor(app: &App, debtor: &Debtor, account: AccountId) -> Result<Tx, Stop> {
    let look = app.begin(debtor).await?;
    let own = account::Entity::find_by_id((look.agency(), account))
        .filter(account::Column::DebtorId.eq(debtor.id()))
        .one(&look)
        .await?;
    own.ok_or(Stop::NotFound("account"))?;
    look.commit().await?;
    Ok(app.begin(&AgreedWith(debtor)).await?)
}

//! Up to what amount each role may act alone, and approve what another asked for.

use crate::actor::Actor;
use crate::app::App;
use crate::audit;
use crate::db::Tx;
use crate::stop::{Kind, Refused, Stop};
use domain::approval::{Authority, Deed, Reach};
use domain::{Currency, Money, Permission, StaffRole};
use entity::agency;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// The whole table, as it is in force.
#[derive(Debug, Clone)]
pub struct Said {
    /// The currency of the amounts.
    pub currency: Currency,
    /// Every deed and role.
    pub rows: Vec<(Deed, StaffRole, Reach)>,
    /// Version of the agency's settings.
    pub version: i64,
}

/// Why the table is not changed.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityRefused {
    /// Nobody does this alone.
    #[error("{} always takes two people: leave what one may do alone at zero", .0.name())]
    AlwaysTwo(Deed),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(AuthorityRefused);

impl Refused for AuthorityRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::AlwaysTwo(_) => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AlwaysTwo(_) => "always_two_people",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::AlwaysTwo(_) => Some("/rows"),
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::AlwaysTwo(deed) => vec![("deed", json!(deed))],
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::AlwaysTwo(_) => None,
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

/// What each role may do; where the agency says nothing, as usual.
pub async fn authority(app: &App, actor: &Actor) -> Result<Said, Stop> {
    actor.require_agency(Permission::AgencyRead)?;
    let tx = app.begin(actor).await?;
    let row = own(&tx).await?;
    tx.commit().await?;
    Ok(said(&row))
}

/// Says what roles may do; deeds and roles that are not named stay as they are. `seen` is the version
/// that was read.
pub async fn set_authority(
    app: &App,
    actor: &Actor,
    seen: i64,
    rows: Vec<(Deed, StaffRole, Reach)>,
) -> Result<Said, AuthorityRefused> {
    actor.require_agency(Permission::AgencyWrite)?;
    for (deed, _, reach) in &rows {
        if deed.always_takes_two() && reach.alone != Some(Money::ZERO) {
            return Err(AuthorityRefused::AlwaysTwo(*deed));
        }
    }
    let tx = app.begin(actor).await?;
    let row = agency::Entity::find_by_id(tx.agency())
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    if row.version != seen {
        return Err(Stop::Stale.into());
    }
    let before = row.authority.clone().unwrap_or_default();
    let mut next = before.clone();
    for (deed, role, reach) in rows {
        next.set(deed, role, reach);
    }
    let (id, version) = (row.id, row.version);
    let mut changed: agency::ActiveModel = row.into();
    changed.authority = Set(Some(next.clone()));
    changed.version = Set(version + 1);
    let row = changed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "agency.set_authority",
            subject_type: "agency",
            subject_id: Some(id.0),
            before: Some(json!(before)),
            after: Some(json!(next)),
            reason: None,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(said(&row))
}

/// Whether somebody may do a deed of this amount without asking. A program never may: it has no role
/// of its own, and asks.
pub async fn may_alone(tx: &Tx, actor: &Actor, deed: Deed, amount: Money) -> Result<bool, Stop> {
    match actor {
        Actor::Staff(staff) => Ok(of_agency(tx).await?.alone(deed, staff.staff_role(), amount)),
        Actor::Client(_) | Actor::ApiKey(_) => Ok(false),
    }
}

/// What the agency says.
pub(super) async fn of_agency(tx: &Tx) -> Result<Authority, Stop> {
    Ok(own(tx).await?.authority.unwrap_or_default())
}

async fn own(tx: &Tx) -> Result<agency::Model, Stop> {
    agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))
}

fn said(row: &agency::Model) -> Said {
    let authority = row.authority.clone().unwrap_or_default();
    let rows = Deed::ALL
        .iter()
        .flat_map(|deed| StaffRole::ALL.iter().copied().map(move |role| (*deed, role)))
        .map(|(deed, role)| (deed, role, authority.reach(deed, role)))
        .collect();
    Said { currency: row.currency, rows, version: row.version }
}

//! Restrictions on an account: set, lifted, and what follows for its status and its work.

use crate::accounts::work::{Due, settle};
use crate::accounts::{Account, lock, owed_on, restrictions_on, show};
use crate::agreements::{resume_all, suspend_all};
use crate::interest;
use domain::account::{AccountStatus, Restriction, Transition, TransitionFacts, transition};
use domain::arrangement::holds_arrangements;
use domain::reason;
use domain::timeline::TimelineKind;
use domain::{AccountId, Permission, RestrictionId};
use entity::{account, restriction};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde_json::{Value, json};

/// What is to be set.
#[derive(Debug, Clone)]
pub struct NewRestriction {
    /// Which.
    pub kind: Restriction,
    /// Particulars, such as the case number and chapter, or the attorney's name.
    pub detail: Option<Value>,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Why a restriction is not set or lifted.
#[derive(Debug, thiserror::Error)]
pub enum RestrictionRefused {
    /// It is set already.
    #[error("this restriction is set already")]
    AlreadySet,
    /// It was lifted before.
    #[error("this restriction is lifted already")]
    AlreadyLifted,
    /// The account is closed.
    #[error("the account is closed")]
    Closed,
    /// A reason is missing or too long.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(RestrictionRefused);

impl Refused for RestrictionRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::AlreadySet | Self::AlreadyLifted | Self::Closed => Kind::Conflict,
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AlreadySet => "restriction_already_set",
            Self::AlreadyLifted => "restriction_already_lifted",
            Self::Closed => "account_closed",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::AlreadySet | Self::AlreadyLifted | Self::Closed | Self::Stop(_) => None,
        }
    }
}

/// Sets a restriction. What concerns the person and not the debt (bankruptcy, death, minority,
/// active duty) is set on every open account of the packet.
pub async fn set_restriction(
    app: &App,
    actor: &Actor,
    id: AccountId,
    seen: Option<i64>,
    new: NewRestriction,
) -> Result<Account, RestrictionRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let reason = reason(&new.reason).ok_or(RestrictionRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, seen).await?;
    if row.closed_at.is_some() {
        return Err(RestrictionRefused::Closed);
    }
    if restrictions_on(&tx, row.id).await?.contains(&new.kind) {
        return Err(RestrictionRefused::AlreadySet);
    }
    let row = restrict(&tx, row, new.kind, &reason, new.detail).await?;
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Sets a restriction on a locked account, and on its packet where it concerns the person; writes
/// status, worklist, timeline and audit trail. An account that has it already is left alone.
pub async fn restrict(
    tx: &Tx,
    row: account::Model,
    kind: Restriction,
    reason: &str,
    detail: Option<Value>,
) -> Result<account::Model, Fault> {
    if kind.is_personal() {
        let others = account::in_agency(tx.agency())
            .filter(account::Column::DebtorId.eq(row.debtor_id))
            .filter(account::Column::Id.ne(row.id))
            .filter(account::Column::ClosedAt.is_null())
            .order_by_asc(account::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        for other in others {
            restrict_one(tx, other, kind, reason, detail.clone()).await?;
        }
    }
    restrict_one(tx, row, kind, reason, detail).await
}

async fn restrict_one(
    tx: &Tx,
    row: account::Model,
    kind: Restriction,
    reason: &str,
    detail: Option<Value>,
) -> Result<account::Model, Fault> {
    let mut kinds = restrictions_on(tx, row.id).await?;
    if kinds.contains(&kind) {
        return Ok(row);
    }
    kinds.push(kind);
    let row = match kind {
        // These stop interest: what accrued until today is posted first (domain rule 2.9).
        Restriction::Bankruptcy | Restriction::Deceased => {
            interest::post_through(tx, row, None).await.map_err(ours)?
        }
        Restriction::IdentityTheft
        | Restriction::Attorney
        | Restriction::Cease
        | Restriction::Dispute
        | Restriction::Scra
        | Restriction::Minor
        | Restriction::InconvenientTime
        | Restriction::InconvenientPlace
        | Restriction::NoItemization
        | Restriction::Hold => row,
    };
    let id = RestrictionId(random::uuid());
    restriction::Entity::insert(restriction::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        account_id: Set(row.id),
        creditor_id: Set(row.creditor_id),
        debtor_id: Set(row.debtor_id),
        kind: Set(kind),
        detail: Set(detail),
        source: Set(tx.signature().kind.to_owned()),
        set_at: Set(tx.now()),
        lifted_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    let before = row.status;
    let status = named(&row, Transition::Restricted(kind), &kinds)?;
    let row = settle(tx, row, status, Due::AsBefore).await?;
    if holds_arrangements(kind) {
        suspend_all(tx, &row, kind.words()).await?;
    }
    let words = format!("{}: {reason}", kind.words());
    let facts = json!({ "restriction": kind.code(), "reason": reason });
    timeline::record(tx, (&row).into(), TimelineKind::RestrictionSet, words, Some(facts)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "account.set_restriction",
            subject_type: "account",
            subject_id: Some(row.id.0),
            before: Some(json!({ "status": before.code() })),
            after: Some(json!({ "restriction": kind.code(), "status": status.code() })),
            reason: Some(reason.to_owned()),
        },
    )
    .await?;
    Ok(row)
}

/// What stops a posting of interest is ours: the account is there and locked.
fn ours(stop: Stop) -> Fault {
    match stop {
        Stop::Fault(fault) => fault,
        Stop::NotFound(_) | Stop::Forbidden(_) | Stop::Stale => {
            Fault::Unexpected("interest of an account that is not there")
        }
    }
}

/// Lifts a restriction of one account. A status that came with it goes to what the remaining
/// restrictions say, or back to active.
pub async fn lift_restriction(
    app: &App,
    actor: &Actor,
    id: AccountId,
    restriction: RestrictionId,
    why: &str,
) -> Result<Account, RestrictionRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let reason = reason(why).ok_or(RestrictionRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, None).await?;
    let lifted = restriction::in_agency(tx.agency())
        .filter(restriction::Column::AccountId.eq(id))
        .filter(restriction::Column::Id.eq(restriction))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("restriction"))?;
    if lifted.lifted_at.is_some() {
        return Err(RestrictionRefused::AlreadyLifted);
    }
    let kind = lifted.kind;
    let mut lifted = lifted.into_active_model();
    lifted.lifted_at = Set(Some(tx.now()));
    lifted.update(&tx).await?;
    let before = row.status;
    let left = restrictions_on(&tx, id).await?;
    let status = named(&row, Transition::Lifted(kind), &left)?;
    let row = settle(&tx, row, status, Due::AsBefore).await?;
    let row = resumed(&tx, row, kind).await?;
    let words = format!("Lifted: {}: {reason}", kind.words());
    let facts = json!({ "restriction": kind.code(), "reason": reason });
    timeline::record(&tx, (&row).into(), TimelineKind::RestrictionLifted, words, Some(facts))
        .await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "account.lift_restriction",
            subject_type: "account",
            subject_id: Some(id.0),
            before: Some(json!({ "restriction": kind.code(), "status": before.code() })),
            after: Some(json!({ "status": status.code() })),
            reason: Some(reason),
        },
    )
    .await?;
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// When the last restriction goes that suspended what was agreed, it goes on.
async fn resumed(
    tx: &Tx,
    row: account::Model,
    lifted: Restriction,
) -> Result<account::Model, Stop> {
    let left = restrictions_on(tx, row.id).await?.into_iter().any(holds_arrangements);
    if left || !holds_arrangements(lifted) {
        return Ok(row);
    }
    let zone = kernel::agency::own(tx).await?.time_zone;
    resume_all(tx, row, date_in(&zone, tx.now()), &zone).await
}

/// The status that the restrictions in force give an account.
fn named(
    row: &account::Model,
    happened: Transition,
    restrictions: &[Restriction],
) -> Result<AccountStatus, Fault> {
    let facts = TransitionFacts { owed: owed_on(row), restrictions, placed_again: false };
    transition(row.status, happened, &facts)
        .map_err(|_| Fault::Unexpected("a restriction that refuses a status"))
}

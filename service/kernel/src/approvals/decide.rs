//! Deciding: approve, decline, withdraw.

use super::authority::of_agency;
use super::read::{self, ApprovalView};
use super::{Request, TwoPeople, words};
use crate::actor::{Actor, Scope, Staff};
use crate::app::App;
use crate::audit;
use crate::db::Tx;
use crate::stop::{Fault, Kind, Refused, Stop};
use crate::timeline;
use domain::approval::{ApprovalState, NotYours, may_approve};
use domain::timeline::TimelineKind;
use domain::{ApiKeyId, ApprovalId, Permission};
use entity::{account, api_key, approval};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;
use uuid::Uuid;

/// Why a request is not decided.
#[derive(Debug, thiserror::Error)]
pub enum DecisionRefused {
    /// Only people decide.
    #[error("a program may ask, but only a member of the staff decides")]
    NotAPerson,
    /// Somebody decided before.
    #[error("this was decided before: it is {}", .0.name())]
    NotPending(ApprovalState),
    /// The requester, or above the own limit.
    #[error(transparent)]
    NotYours(#[from] NotYours),
    /// Only who asked takes it back.
    #[error("only who asked for it takes it back; decline it instead")]
    NotTheRequester,
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoNote,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(DecisionRefused);

impl Refused for DecisionRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotAPerson | Self::NotYours(_) | Self::NotTheRequester => Kind::Forbidden,
            Self::NotPending(_) => Kind::Conflict,
            Self::NoNote => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotAPerson => "not_a_person",
            Self::NotPending(_) => "approval_decided",
            Self::NotYours(NotYours::SamePerson) => "same_person",
            Self::NotYours(NotYours::OverLimit { .. }) => "over_approval_limit",
            Self::NotTheRequester => "not_the_requester",
            Self::NoNote => "note_needed",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoNote => Some("/note"),
            Self::NotAPerson | Self::NotPending(_) | Self::NotYours(_) | Self::NotTheRequester => {
                None
            }
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::NotPending(state) => vec![("state", json!(state))],
            Self::NotYours(NotYours::OverLimit { limit, amount }) => {
                vec![("limit", json!(limit.to_decimal())), ("asked", json!(amount.to_decimal()))]
            }
            Self::NotYours(NotYours::SamePerson)
            | Self::NotAPerson
            | Self::NotTheRequester
            | Self::NoNote => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::NotAPerson
            | Self::NotPending(_)
            | Self::NotYours(_)
            | Self::NotTheRequester
            | Self::NoNote => None,
        }
    }
}

/// A locked request that this person may approve now.
pub struct Approvable {
    /// Its row.
    pub row: approval::Model,
    /// What was asked for, exactly.
    pub request: Request,
    /// Who asked and who approves.
    pub people: TwoPeople,
    /// The approver.
    pub approver: Staff,
    note: Option<String>,
}

/// Locks a request and sees whether this person may approve it. Whoever calls carries it out in the
/// same transaction and then calls [`approved`]; when it cannot be carried out, the transaction is
/// dropped and the request stays pending.
pub async fn to_approve(
    tx: &Tx,
    actor: &Actor,
    id: ApprovalId,
    note: Option<&str>,
) -> Result<Approvable, DecisionRefused> {
    let staff = person(actor)?;
    actor.require_agency(Permission::ApprovalDecide)?;
    let note = note.map(said).transpose()?;
    let row = lock(tx, id).await?;
    pending(&row)?;
    let reach = of_agency(tx).await?.reach(row.deed, staff.staff_role());
    may_approve(same_person(tx, &row, staff).await?, reach, row.amount)?;
    let request: Request = serde_json::from_value(row.request.clone()).map_err(Fault::from)?;
    let people = TwoPeople {
        asked_by: row.requested_name.clone(),
        approved_by: Some(staff.name().to_owned()),
    };
    Ok(Approvable { row, request, people, approver: staff.clone(), note })
}

/// Notes that a request was approved and carried out; `result` is what that made.
pub async fn approved(
    tx: &Tx,
    actor: &Actor,
    approvable: Approvable,
    result: Uuid,
) -> Result<(), Fault> {
    let Approvable { row, note, .. } = approvable;
    let decision = Decision { state: ApprovalState::Approved, note, result: Some(result) };
    decide(tx, actor, row, decision).await.map(drop)
}

/// Declines: nothing is done.
pub async fn decline(
    app: &App,
    actor: &Actor,
    id: ApprovalId,
    note: &str,
) -> Result<ApprovalView, DecisionRefused> {
    let staff = person(actor)?;
    actor.require_agency(Permission::ApprovalDecide)?;
    let note = said(note)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    pending(&row)?;
    if same_person(&tx, &row, staff).await? {
        return Err(NotYours::SamePerson.into());
    }
    let decision = Decision { state: ApprovalState::Declined, note: Some(note), result: None };
    decide(&tx, actor, row, decision).await?;
    tx.commit().await?;
    Ok(read::get(app, actor, id).await?)
}

/// Takes a request back: who asked, and nobody else.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    id: ApprovalId,
    note: Option<String>,
) -> Result<ApprovalView, DecisionRefused> {
    actor.require_agency(Permission::AccountRead)?;
    let note = note.as_deref().map(said).transpose()?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    if row.requested_by != actor.principal() {
        return Err(DecisionRefused::NotTheRequester);
    }
    pending(&row)?;
    let decision = Decision { state: ApprovalState::Withdrawn, note, result: None };
    let row = decide(&tx, actor, row, decision).await?;
    let shown = read::shown(&tx, row).await?;
    tx.commit().await?;
    Ok(shown)
}

struct Decision {
    state: ApprovalState,
    note: Option<String>,
    result: Option<Uuid>,
}

async fn decide(
    tx: &Tx,
    actor: &Actor,
    row: approval::Model,
    decision: Decision,
) -> Result<approval::Model, Fault> {
    let by = actor.signature().name;
    let (version, deed, amount) = (row.version, row.deed, row.amount);
    let mut next: approval::ActiveModel = row.into();
    next.state = Set(decision.state);
    next.decided_by = Set(Some(actor.principal()));
    next.decided_name = Set(Some(by));
    next.decided_at = Set(Some(tx.now()));
    next.decision_note = Set(decision.note.clone());
    next.result_id = Set(decision.result);
    next.version = Set(version + 1);
    let row = next.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: match decision.state {
                ApprovalState::Approved => "approval.approve",
                ApprovalState::Declined => "approval.decline",
                ApprovalState::Withdrawn => "approval.withdraw",
                ApprovalState::Pending => "approval.ask",
            },
            subject_type: "approval",
            subject_id: Some(row.id.0),
            before: Some(json!({
                "state": ApprovalState::Pending, "requested_by": row.requested_name,
            })),
            after: Some(json!({ "state": row.state, "result": row.result_id })),
            reason: decision.note,
        },
    )
    .await?;
    if let Some(account) = row.account_id
        && let Some(account) = account::Entity::find_by_id((tx.agency(), account)).one(tx).await?
    {
        let summary = format!("{} of {amount} {}", words(deed), row.state.name());
        let detail = json!({ "approval": row.id, "asked_by": row.requested_name });
        let kind = TimelineKind::ApprovalDecided;
        timeline::record(tx, (&account).into(), kind, summary, Some(detail)).await?;
    }
    Ok(row)
}

fn person(actor: &Actor) -> Result<&Staff, DecisionRefused> {
    match actor {
        Actor::Staff(staff) => Ok(staff),
        Actor::Client(_) | Actor::ApiKey(_) => Err(DecisionRefused::NotAPerson),
    }
}

/// The requester, or who made the program that asked: a key of one's own is no second person.
async fn same_person(tx: &Tx, row: &approval::Model, staff: &Staff) -> Result<bool, Stop> {
    if row.requested_by == staff.user().0 {
        return Ok(true);
    }
    let key =
        api_key::Entity::find_by_id((tx.agency(), ApiKeyId(row.requested_by))).one(tx).await?;
    Ok(key.is_some_and(|key| key.created_by == staff.user()))
}

fn pending(row: &approval::Model) -> Result<(), DecisionRefused> {
    match row.state {
        ApprovalState::Pending => Ok(()),
        ApprovalState::Approved | ApprovalState::Declined | ApprovalState::Withdrawn => {
            Err(DecisionRefused::NotPending(row.state))
        }
    }
}

async fn lock(tx: &Tx, id: ApprovalId) -> Result<approval::Model, Stop> {
    approval::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("approval"))
}

fn said(note: &str) -> Result<String, DecisionRefused> {
    domain::reason(note).ok_or(DecisionRefused::NoNote)
}

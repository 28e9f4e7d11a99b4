//! The second person below the floor (domain checklist 65): the own limit applies, and whoever asked
//! cannot approve.

use super::OfferRefused;
use super::offer::{lowered, write};
use crate::agreements::{Agreeing, lock_ground, may_arrange, nothing_open};
use domain::approval::{ApprovalState, Deed, may_approve};
use domain::settlement;
use domain::{ApprovalId, Permission, SettlementOfferId, StaffRole, UserId};
use entity::approval;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::approvals;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;
use terms::arrangement_rules;

/// Makes the offer that was asked for, now that a second person approves it. The caller has checked
/// that this person may ([`domain::approval::may_approve`]) and marks the request as decided; `tx` is
/// the second person's. Answers the offer.
///
/// # Errors
/// Every refusal of an offer but the floor: the debt may have changed since it was asked for.
pub async fn approved(
    tx: &Tx,
    asked: &approval::Model,
    approver: (UserId, &str),
) -> Result<SettlementOfferId, OfferRefused> {
    let request = match serde_json::from_value(asked.request.clone()).map_err(Fault::from)? {
        approvals::Request::SettlementBelowFloor(request) => request,
        approvals::Request::Refund(_)
        | approvals::Request::Adjustment(_)
        | approvals::Request::FeeOverride(_) => {
            return Err(Fault::Unexpected("an approval of another deed").into());
        }
    };
    let ground = lock_ground(tx, request.account).await?;
    nothing_open(tx, request.account).await?;
    may_arrange(tx, &ground).await?;
    let rules =
        arrangement_rules::in_force(tx, &ground.account, StaffRole::Collector, ground.today)
            .await?;
    let made = lowered(tx, &ground, &rules, request.total, request.parts)?;
    let agreeing = Agreeing {
        role: StaffRole::Collector,
        acceptance: settlement::Acceptance::Collector,
        by: Some(asked.requested_by),
        by_name: asked.requested_name.clone(),
        supervisor: Some((approver.0, approver.1.to_owned())),
    };
    write(tx, &ground, &rules, &made, &agreeing, request.channel).await
}

/// Approves a settlement below the floor: the second person's own limit applies, and whoever asked
/// cannot approve.
pub async fn approve(
    app: &App,
    actor: &Actor,
    id: ApprovalId,
    note: Option<String>,
) -> Result<SettlementOfferId, OfferRefused> {
    actor.require_agency(Permission::ApprovalDecide)?;
    let Actor::Staff(person) = actor else { return Err(OfferRefused::NoPerson) };
    let tx = app.begin(actor).await?;
    let asked = approval::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let account = asked.and_then(|row| row.account_id).ok_or(Stop::NotFound("approval"))?;
    lock_ground(&tx, account).await?;
    let asked = approval::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .filter(|row| row.deed == Deed::SettlementBelowFloor)
        .filter(|row| row.state == ApprovalState::Pending)
        .ok_or(Stop::NotFound("pending approval"))?;
    let authority = kernel::agency::own(&tx).await?.authority.unwrap_or_default();
    let reach = authority.reach(Deed::SettlementBelowFloor, person.staff_role());
    may_approve(asked.requested_by == person.user().0, reach, asked.amount)?;
    let offer = approved(&tx, &asked, (person.user(), person.name())).await?;
    let version = asked.version;
    let mut decided: approval::ActiveModel = asked.into();
    decided.state = Set(ApprovalState::Approved);
    decided.decided_by = Set(Some(person.user().0));
    decided.decided_name = Set(Some(person.name().to_owned()));
    decided.decided_at = Set(Some(tx.now()));
    decided.decision_note = Set(note.clone());
    decided.result_id = Set(Some(offer.0));
    decided.version = Set(version + 1);
    decided.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "approval.approve",
            subject_type: "approval",
            subject_id: Some(id.0),
            before: Some(json!({"state": ApprovalState::Pending})),
            after: Some(json!({"state": ApprovalState::Approved, "offer": offer})),
            reason: note,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(offer)
}

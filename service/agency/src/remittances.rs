//! Remittances: what a close prepared is paid out by a second person (domain checklist 65), and comes
//! back where the check was lost.

mod refused;

pub use refused::RemittanceRefused;

use crate::statements::lock_creditor;
use crate::sweeps::lock_cash;
use chrono::NaiveDate;
use domain::approval::{Deed, may_approve};
use domain::books::{self, Move};
use domain::ledger::Ledger;
use domain::remittance::RemittanceState;
use domain::{CloseRunId, CreditorId, Currency, Permission, RemittanceId, StatementId};
use entity::{agency, creditor, remittance, statement};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use ledger::Cause;
use ledger::alarms;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};
use serde_json::json;
use std::collections::HashMap;

/// A remittance with the names that go with it.
#[derive(Debug, Clone)]
pub struct Remittance {
    /// The row.
    pub row: remittance::Model,
    /// The number of its statement.
    pub statement_number: i64,
    /// The creditor's code.
    pub creditor_code: String,
    /// The creditor's name.
    pub creditor_name: String,
    /// The currency of the books.
    pub currency: Currency,
}

/// Which remittances to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemittanceFilter {
    /// To this creditor.
    pub creditor: Option<CreditorId>,
    /// In this state.
    pub state: Option<RemittanceState>,
    /// For this statement.
    pub statement: Option<StatementId>,
    /// For a statement of this close run.
    pub run: Option<CloseRunId>,
}

/// A remittance to be paid out.
#[derive(Debug, Clone)]
pub struct NewIssue {
    /// Which.
    pub remittance: RemittanceId,
    /// Check number or trace number.
    pub reference: Option<String>,
    /// The day on which it leaves; today unless told.
    pub issued_on: Option<NaiveDate>,
}

/// Remittances, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: RemittanceFilter,
    window: &Window<RemittanceId>,
) -> Result<Part<Remittance>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = remittance::in_agency(tx.agency());
    if let Some(creditor) = filter.creditor {
        query = query.filter(remittance::Column::CreditorId.eq(creditor));
    }
    if let Some(state) = filter.state {
        query = query.filter(remittance::Column::State.eq(state));
    }
    if let Some(statement) = filter.statement {
        query = query.filter(remittance::Column::StatementId.eq(statement));
    }
    if let Some(run) = filter.run {
        let of_run = statement::in_agency(tx.agency())
            .filter(statement::Column::RunId.eq(run))
            .select_only()
            .column(statement::Column::Id)
            .into_query();
        query = query.filter(remittance::Column::StatementId.in_subquery(of_run));
    }
    if let Some(after) = window.after {
        query = query.filter(remittance::Column::Id.lt(after));
    }
    let rows =
        query.order_by_desc(remittance::Column::Id).limit(window.one_more()).all(&tx).await?;
    let part = window.cut(rows);
    Ok(Part { more: part.more, rows: named(&tx, part.rows).await? })
}

/// One remittance.
pub async fn get(app: &App, actor: &Actor, id: RemittanceId) -> Result<Remittance, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = remittance::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("remittance"))?;
    named(&tx, vec![row]).await?.pop().ok_or(Stop::NotFound("remittance"))
}

async fn named(tx: &Tx, rows: Vec<remittance::Model>) -> Result<Vec<Remittance>, Stop> {
    let currency = agency::Entity::find_by_id(tx.agency())
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?
        .currency;
    let numbers: HashMap<StatementId, i64> = statement::in_agency(tx.agency())
        .filter(statement::Column::Id.is_in(rows.iter().map(|row| row.statement_id)))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row.number))
        .collect();
    let names: HashMap<CreditorId, (String, String)> = creditor::in_agency(tx.agency())
        .filter(creditor::Column::Id.is_in(rows.iter().map(|row| row.creditor_id)))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, (row.code, row.name)))
        .collect();
    rows.into_iter()
        .map(|row| {
            let statement_number = numbers.get(&row.statement_id).copied();
            let (creditor_code, creditor_name) =
                names.get(&row.creditor_id).cloned().ok_or(Stop::NotFound("creditor"))?;
            Ok(Remittance {
                statement_number: statement_number.ok_or(Stop::NotFound("statement"))?,
                creditor_code,
                creditor_name,
                currency,
                row,
            })
        })
        .collect()
}

/// Pays a remittance out: another person than who prepared it, within the own limit.
pub async fn issue(
    app: &App,
    actor: &Actor,
    new: NewIssue,
    once: &Once,
) -> Result<Answer<RemittanceId>, RemittanceRefused> {
    actor.require_agency(Permission::ApprovalDecide)?;
    // A program has no role, so no limit that could apply.
    let Actor::Staff(staff) = actor else { return Err(RemittanceRefused::NeedsPerson) };
    if new.reference.as_ref().is_some_and(|text| text.chars().count() > 200) {
        return Err(RemittanceRefused::LongReference);
    }
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let agency = lock_cash(&tx).await?;
    let (row, statement) = lock(&tx, new.remittance).await?;
    if row.state != RemittanceState::Prepared {
        return Err(RemittanceRefused::NotPrepared(row.state));
    }
    let authority = agency.authority.clone().unwrap_or_default();
    let reach = authority.reach(Deed::Remittance, staff.staff_role());
    may_approve(row.prepared_by == staff.user().0, reach, row.amount)?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let issued_on = new.issued_on.unwrap_or(today);
    if issued_on > today {
        return Err(RemittanceRefused::InTheFuture);
    }
    let trust = statement.trust_account_id;
    let cash = ledger::held(&tx, trust, Ledger::TrustCash).await?;
    if cash < row.amount {
        return Err(RemittanceRefused::TrustCashShort { cash, amount: row.amount });
    }
    let cause = cause(row.id, "post", issued_on);
    ledger::write(&tx, cause, trust, &books::remit(row.creditor_id, row.amount)).await?;
    let before = row.clone();
    let mut changed: remittance::ActiveModel = row.into();
    changed.state = Set(RemittanceState::Issued);
    changed.approved_by = Set(Some(staff.user().0));
    changed.approved_name = Set(Some(staff.name().to_owned()));
    changed.issued_at = Set(Some(tx.now()));
    changed.issued_on = Set(Some(issued_on));
    changed.reference = Set(new.reference.clone());
    changed.version = Set(before.version + 1);
    changed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "remittance.issue",
            subject_type: "remittance",
            subject_id: Some(before.id.0),
            before: Some(json!({"state": before.state, "prepared_by": before.prepared_name})),
            after: Some(json!({
                "state": RemittanceState::Issued, "amount": before.amount.to_decimal(),
                "approved_by": staff.name(), "reference": new.reference, "issued_on": issued_on,
            })),
            reason: None,
        },
    )
    .await?;
    once.keep(&tx, &before.id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(before.id))
}

/// Takes an issued remittance back: the check was lost, the transfer returned. The money is in trust
/// again and still the creditor's, so that it is prepared anew; answers the new remittance.
pub async fn void(
    app: &App,
    actor: &Actor,
    id: RemittanceId,
    reason: &str,
    once: &Once,
) -> Result<Answer<RemittanceId>, RemittanceRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(RemittanceRefused::NoReason);
    }
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let agency = lock_cash(&tx).await?;
    let (row, statement) = lock(&tx, id).await?;
    if row.state != RemittanceState::Issued {
        return Err(RemittanceRefused::NotIssued(row.state));
    }
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let back: Vec<Move> = books::remit(row.creditor_id, row.amount)
        .into_iter()
        .map(|one| Move { debit: one.credit, credit: one.debit, ..one })
        .collect();
    ledger::write(&tx, cause(id, "void", today), statement.trust_account_id, &back).await?;
    let again = again(&tx, actor, &row);
    let mut voided: remittance::ActiveModel = row.clone().into();
    voided.state = Set(RemittanceState::Voided);
    voided.version = Set(row.version + 1);
    voided.update(&tx).await?;
    let again = again.insert(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "remittance.void",
            subject_type: "remittance",
            subject_id: Some(id.0),
            before: Some(json!({"state": row.state, "reference": row.reference})),
            after: Some(json!({
                "state": RemittanceState::Voided, "amount": row.amount.to_decimal(),
                "prepared_anew": again.id,
            })),
            reason: Some(reason.to_owned()),
        },
    )
    .await?;
    once.keep(&tx, &again.id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(again.id))
}

fn again(tx: &Tx, actor: &Actor, row: &remittance::Model) -> remittance::ActiveModel {
    remittance::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(RemittanceId(random::uuid())),
        statement_id: Set(row.statement_id),
        creditor_id: Set(row.creditor_id),
        amount: Set(row.amount),
        state: Set(RemittanceState::Prepared),
        prepared_by: Set(actor.principal()),
        prepared_name: Set(tx.signature().name.clone()),
        prepared_at: Set(tx.now()),
        approved_by: Set(None),
        approved_name: Set(None),
        issued_at: Set(None),
        issued_on: Set(None),
        reference: Set(None),
        version: Set(1),
    }
}

/// The remittance and its statement, after the creditor is locked.
async fn lock(tx: &Tx, id: RemittanceId) -> Result<(remittance::Model, statement::Model), Stop> {
    let seen = remittance::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    let seen = seen.ok_or(Stop::NotFound("remittance"))?;
    lock_creditor(tx, seen.creditor_id).await?;
    let row = remittance::Entity::find_by_id((tx.agency(), id)).lock_exclusive().one(tx).await?;
    let row = row.ok_or(Stop::NotFound("remittance"))?;
    let statement = statement::Entity::find_by_id((tx.agency(), row.statement_id)).one(tx).await?;
    Ok((row, statement.ok_or(Fault::Unexpected("a remittance without its statement"))?))
}

fn cause(id: RemittanceId, effect: &'static str, effective_on: NaiveDate) -> Cause {
    Cause { source_type: "remittance", source_id: id.0, effect, effective_on }
}

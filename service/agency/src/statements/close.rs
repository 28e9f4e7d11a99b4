//! Closing: one transaction that makes a statement final (domain rule 2.7).

use super::preview::{Preview, Wanted, figure};
use super::refused::CloseRefused;
use super::{bills, write};
use chrono::{DateTime, NaiveDate, Utc};
use domain::books;
use domain::remittance::RemittanceState;
use domain::{CloseRunId, CreditorId, Permission, RemittanceId, StatementId};
use entity::{creditor, remittance};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Stop;
use ledger::Cause;
use ledger::alarms;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;
use uuid::Uuid;

/// A statement to be closed.
#[derive(Debug, Clone, Copy)]
pub struct NewClose {
    /// Whose.
    pub creditor: CreditorId,
    /// The last day covered; a period of the contract ends on it, and it is over.
    pub period_end: NaiveDate,
    /// What is posted later waits for the next statement; now unless told.
    pub cutoff: Option<DateTime<Utc>>,
}

/// Closes the statement of one creditor. What it pays out is prepared for a second person.
///
/// # Errors
/// [`CloseRefused`]; a refused close leaves no row.
pub async fn close(
    app: &App,
    actor: &Actor,
    new: NewClose,
    once: &Once,
) -> Result<Answer<StatementId>, CloseRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let id = close_in(&tx, actor.principal(), new, None).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

/// Locks a creditor: its statements, remittances, invoices and payments change one after another.
/// Debtors' payments go on meanwhile.
pub async fn lock_creditor(tx: &Tx, id: CreditorId) -> Result<creditor::Model, Stop> {
    creditor::Entity::find_by_id((tx.agency(), id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("creditor"))
}

/// Closes in the caller's transaction.
pub async fn close_in(
    tx: &Tx,
    by: Uuid,
    new: NewClose,
    run: Option<CloseRunId>,
) -> Result<StatementId, CloseRefused> {
    let NewClose { creditor, period_end, cutoff } = new;
    lock_creditor(tx, creditor).await?;
    let made = figure(tx, Wanted { creditor, period_end, cutoff }).await?;
    if period_end >= made.today {
        return Err(CloseRefused::PeriodNotEnded { period_end, today: made.today });
    }
    if made.is_empty() && !made.terms.empty_statements {
        return Err(CloseRefused::NothingToShow);
    }
    if !made.tie.holds() {
        return Err(CloseRefused::DoesNotTie { ledger: made.tie.booked()?, tie: made.tie });
    }
    let id = StatementId(random::uuid());
    let bills = bills::numbered(tx, &made.bills).await?;
    let number = write::statement(tx, id, run, &made, &bills).await?;
    write::lines(tx, id, &made).await?;
    write::stamp(tx, id, &made).await?;
    write::spend_delays(tx, &made).await?;
    write::use_on_account(tx, id, &made).await?;
    bills::write(tx, creditor, id, &made.bills, &bills).await?;
    book(tx, id, &made).await?;
    prepare(tx, by, id, &made).await?;
    let totals = made.statement.totals;
    audit::write(
        tx,
        audit::Entry {
            action: "statement.close",
            subject_type: "statement",
            subject_id: Some(id.0),
            after: Some(json!({
                "creditor": creditor, "number": number, "period_end": period_end,
                "lines": made.statement.lines.len(), "matched": made.statement.suppressed.len(),
                "remit": totals.remit.to_decimal(), "carried": totals.carried.to_decimal(),
                "open_credit": totals.open_credit.to_decimal(),
                "offset": made.offset.to_decimal(),
                "bills": bills.iter().map(|bill| bill.number).collect::<Vec<_>>(),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}

/// Tax is recognised, and what the creditor owes is taken from its money in trust.
async fn book(tx: &Tx, id: StatementId, made: &Preview) -> Result<(), Stop> {
    let cause = |effect| Cause {
        source_type: "statement",
        source_id: id.0,
        effect,
        effective_on: made.today,
    };
    let tax = books::recognise_tax(made.creditor, made.statement.totals.tax);
    ledger::write(tx, cause("tax"), made.trust_account, &tax).await?;
    let offset = books::offset(made.creditor, made.offset);
    ledger::write(tx, cause("offset"), made.trust_account, &offset).await?;
    Ok(())
}

/// What goes to the creditor waits for another person.
async fn prepare(tx: &Tx, by: Uuid, id: StatementId, made: &Preview) -> Result<(), Stop> {
    if !made.statement.totals.remit.is_positive() {
        return Ok(());
    }
    remittance::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(RemittanceId(random::uuid())),
        statement_id: Set(id),
        creditor_id: Set(made.creditor),
        amount: Set(made.statement.totals.remit),
        state: Set(RemittanceState::Prepared),
        prepared_by: Set(by),
        prepared_name: Set(tx.signature().name.clone()),
        prepared_at: Set(tx.now()),
        approved_by: Set(None),
        approved_name: Set(None),
        issued_at: Set(None),
        issued_on: Set(None),
        reference: Set(None),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    Ok(())
}

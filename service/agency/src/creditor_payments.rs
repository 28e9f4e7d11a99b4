//! What creditors pay to the agency: applied to invoices, the rest on account (domain rule 2.7,
//! money rule 10).

mod refused;

pub use refused::CreditorPaymentRefused;

use crate::statements::lock_creditor;
use chrono::NaiveDate;
use domain::books::{self, Lacking, Owner};
use domain::invoice::{InvoiceKind, apply};
use domain::ledger::Ledger;
use domain::{
    Amount, CreditorId, CreditorPaymentId, Currency, InvoiceApplicationId, InvoiceId, Money,
    Permission,
};
pub use entity::creditor_payment::Model as CreditorPayment;
use entity::invoice_application::Model as Application;
use entity::{agency, creditor_payment, invoice, invoice_application};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use ledger::Cause;
use ledger::advances;
use ledger::alarms;
use ledger::trust::balances::{self, Balance};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;

/// Money that a creditor paid.
#[derive(Debug, Clone)]
pub struct NewCreditorPayment {
    /// Who paid.
    pub creditor: CreditorId,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// When it came; today unless told.
    pub received_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    pub reference: Option<String>,
    /// The invoices it pays, in this order; the oldest first where none is named.
    pub invoices: Vec<InvoiceId>,
}

/// Which payments to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreditorPaymentFilter {
    /// Of this creditor.
    pub creditor: Option<CreditorId>,
}

/// Payments of creditors, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: CreditorPaymentFilter,
    window: &Window<CreditorPaymentId>,
) -> Result<Part<CreditorPayment>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = creditor_payment::in_agency(tx.agency());
    if let Some(creditor) = filter.creditor {
        query = query.filter(creditor_payment::Column::CreditorId.eq(creditor));
    }
    if let Some(after) = window.after {
        query = query.filter(creditor_payment::Column::Id.lt(after));
    }
    let rows =
        query.order_by_desc(creditor_payment::Column::Id).limit(window.one_more()).all(&tx).await?;
    Ok(window.cut(rows))
}

/// One payment, with the invoices it paid.
pub async fn get(
    app: &App,
    actor: &Actor,
    id: CreditorPaymentId,
) -> Result<(CreditorPayment, Vec<Application>), Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = creditor_payment::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("creditor payment"))?;
    let applications = invoice_application::in_agency(tx.agency())
        .filter(invoice_application::Column::CreditorPaymentId.eq(id))
        .order_by_asc(invoice_application::Column::Id)
        .all(&tx)
        .await?;
    Ok((row, applications))
}

/// Enters what a creditor paid. Where its money in trust is below zero, what trust lacks follows from
/// operating at once, as far as the creditor paid (money rule 10).
pub async fn enter(
    app: &App,
    actor: &Actor,
    new: NewCreditorPayment,
    once: &Once,
) -> Result<Answer<CreditorPaymentId>, CreditorPaymentRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    if new.reference.as_ref().is_some_and(|text| text.chars().count() > 200) {
        return Err(CreditorPaymentRefused::LongReference);
    }
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    lock_creditor(&tx, new.creditor).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let received_on = new.received_on.unwrap_or(today);
    plausible(received_on, today)?;
    if new.currency != agency.currency {
        return Err(CreditorPaymentRefused::WrongCurrency(agency.currency));
    }
    let invoices = open_invoices(&tx, new.creditor, &new.invoices).await?;
    let id = CreditorPaymentId(random::uuid());
    let sum = new.amount.money();
    let sums: Vec<Money> = invoices.iter().map(|row| row.open).collect();
    let (used, unapplied) = apply(sum, &sums);
    creditor_payment::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        creditor_id: Set(new.creditor),
        amount: Set(sum),
        unapplied: Set(unapplied),
        received_on: Set(received_on),
        reference: Set(new.reference.clone()),
        statement_id: Set(None),
        entered_at: Set(tx.now()),
        entered_by: Set(tx.signature().name.clone()),
        version: Set(1),
    }
    .insert(&tx)
    .await?;
    pay(&tx, id, invoices, &used).await?;
    let trust = advances::default_account(&tx).await?;
    let cause = Cause {
        source_type: "creditor_payment",
        source_id: id.0,
        effect: "post",
        effective_on: received_on,
    };
    ledger::write(&tx, cause, trust, &books::creditor_pays(new.creditor, sum)).await?;
    let lacking = balances::now(&tx)
        .await?
        .iter()
        .filter(|balance| balance.trust_account_id == trust)
        .filter_map(Balance::lacking)
        .filter(|one| one.ledger == Ledger::ClientPayable)
        .filter(|one| one.owner == Owner::Creditor(new.creditor))
        .map(|one| Lacking { amount: one.amount.min(sum), ..one })
        .collect::<Vec<_>>();
    let advance = if lacking.is_empty() {
        None
    } else {
        Some(advances::post(&tx, trust, None, &lacking).await?.id)
    };
    audit::write(
        &tx,
        audit::Entry {
            action: "creditor_payment.enter",
            subject_type: "creditor_payment",
            subject_id: Some(id.0),
            after: Some(json!({
                "creditor": new.creditor, "amount": sum.to_decimal(),
                "unapplied": unapplied.to_decimal(), "received_on": received_on,
                "reference": new.reference, "advance": advance,
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

/// Applies what lies on account to invoices: those named, else the oldest first.
pub async fn apply_rest(
    app: &App,
    actor: &Actor,
    id: CreditorPaymentId,
    named: &[InvoiceId],
    once: &Once,
) -> Result<Answer<CreditorPaymentId>, CreditorPaymentRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let seen = creditor_payment::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let seen = seen.ok_or(Stop::NotFound("creditor payment"))?;
    lock_creditor(&tx, seen.creditor_id).await?;
    let row = creditor_payment::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("creditor payment"))?;
    let invoices = open_invoices(&tx, row.creditor_id, named).await?;
    let sums: Vec<Money> = invoices.iter().map(|row| row.open).collect();
    let (used, left) = apply(row.unapplied, &sums);
    if left == row.unapplied {
        return Err(CreditorPaymentRefused::NothingToApply);
    }
    pay(&tx, id, invoices, &used).await?;
    let before = row.clone();
    let mut changed: creditor_payment::ActiveModel = row.into();
    changed.unapplied = Set(left);
    changed.version = Set(before.version + 1);
    changed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "creditor_payment.apply",
            subject_type: "creditor_payment",
            subject_id: Some(id.0),
            before: Some(json!({"unapplied": before.unapplied.to_decimal()})),
            after: Some(json!({"unapplied": left.to_decimal()})),
            reason: None,
        },
    )
    .await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

fn plausible(received_on: NaiveDate, today: NaiveDate) -> Result<(), CreditorPaymentRefused> {
    let ago = today.signed_duration_since(received_on).num_days();
    if ago < 0 {
        return Err(CreditorPaymentRefused::InTheFuture);
    }
    if ago > 3_653 {
        return Err(CreditorPaymentRefused::TooLongAgo);
    }
    Ok(())
}

/// The invoices that a payment may pay, in its order. The creditor's lock keeps others away.
async fn open_invoices(
    tx: &Tx,
    creditor: CreditorId,
    named: &[InvoiceId],
) -> Result<Vec<invoice::Model>, CreditorPaymentRefused> {
    let open = invoice::in_agency(tx.agency())
        .filter(invoice::Column::CreditorId.eq(creditor))
        .filter(invoice::Column::Kind.eq(InvoiceKind::Invoice))
        .filter(invoice::Column::Open.gt(Money::ZERO))
        .order_by_asc(invoice::Column::IssuedOn)
        .order_by_asc(invoice::Column::Number)
        .all(tx)
        .await?;
    if named.is_empty() {
        return Ok(open);
    }
    let mut open: Vec<Option<invoice::Model>> = open.into_iter().map(Some).collect();
    let mut chosen = Vec::new();
    for id in named {
        let found = open.iter_mut().find(|row| row.as_ref().is_some_and(|row| row.id == *id));
        match found.and_then(Option::take) {
            Some(row) => chosen.push(row),
            None => return Err(CreditorPaymentRefused::InvoiceNotOpen(*id)),
        }
    }
    Ok(chosen)
}

async fn pay(
    tx: &Tx,
    payment: CreditorPaymentId,
    invoices: Vec<invoice::Model>,
    used: &[Money],
) -> Result<(), CreditorPaymentRefused> {
    for (row, used) in invoices.into_iter().zip(used.iter().copied()) {
        if !used.is_positive() {
            continue;
        }
        invoice_application::ActiveModel {
            agency_id: Set(tx.agency()),
            id: Set(InvoiceApplicationId(random::uuid())),
            creditor_id: Set(row.creditor_id),
            invoice_id: Set(row.id),
            creditor_payment_id: Set(Some(payment)),
            credit_note_id: Set(None),
            amount: Set(used),
            applied_at: Set(tx.now()),
        }
        .insert(tx)
        .await?;
        let (open, version) = (row.open.minus(used)?, row.version);
        let mut changed: invoice::ActiveModel = row.into();
        changed.open = Set(open);
        changed.version = Set(version + 1);
        changed.update(tx).await?;
    }
    Ok(())
}

//! An invoice or credit note as PDF: who it is from and to, as they were called when its statement was
//! closed; what it bills; and what was paid or used of it up to now.

use super::{Application, Invoice};
use crate::exports::ExportFile;
use crate::press;
use crate::statements::{Facts, Party};
use chrono::NaiveDate;
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::{CreditorPaymentId, Currency, InvoiceId, Permission};
use entity::{agency, creditor, creditor_payment, invoice, statement};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use letters::{Applied, Billed, InvoiceLetter};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

/// What names the bytes of an invoice's PDF: they change when something is paid of it, and with the
/// layout.
pub fn tag(invoice: &Invoice) -> String {
    format!("{}-{}-{}", invoice.id, invoice.version, letters::EDITION)
}

/// The invoice or credit note, with what paid it, as [`get`](super::get) found both.
pub async fn pdf(
    app: &App,
    actor: &Actor,
    row: Invoice,
    applications: Vec<Application>,
) -> Result<ExportFile, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let origin = origin(&tx, &row).await?;
    let applied = applied(&tx, &row, applications, &origin.zone).await?;
    tx.commit().await?;
    let (kind, number) = (row.kind, row.number);
    let name = match kind {
        InvoiceKind::Invoice => format!("invoice-{number}.pdf"),
        InvoiceKind::CreditNote => format!("credit-note-{number}.pdf"),
    };
    let letter = letter(row, origin, applied);
    press::print(name, move || letters::invoice_pdf(&letter)).await
}

/// What an invoice has from its statement, or, where there is none, from what is so now.
struct Origin {
    agency: Party,
    creditor: Party,
    currency: Currency,
    zone: String,
    statement: Option<Facts>,
}

async fn origin(tx: &Tx, row: &Invoice) -> Result<Origin, Stop> {
    let agency = agency::Entity::find_by_id(tx.agency()).one(tx).await?;
    let agency = agency.ok_or(Stop::NotFound("agency"))?;
    let (currency, zone) = (agency.currency, agency.time_zone);
    if let Some(id) = row.statement_id {
        let found = statement::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
        let (facts, _) = Facts::of(found.ok_or(Stop::NotFound("statement"))?)?;
        let (agency, creditor) = (facts.agency.clone(), facts.creditor.clone());
        return Ok(Origin { agency, creditor, currency, zone, statement: Some(facts) });
    }
    let creditor = creditor::Entity::find_by_id((tx.agency(), row.creditor_id)).one(tx).await?;
    let creditor = creditor.ok_or(Stop::NotFound("creditor"))?;
    Ok(Origin {
        agency: Party {
            name: agency.display_name,
            code: String::new(),
            address: agency.postal_address,
            phone: agency.phone,
        },
        creditor: Party {
            name: creditor.name,
            code: creditor.code,
            address: String::new(),
            phone: String::new(),
        },
        currency,
        zone,
        statement: None,
    })
}

async fn applied(
    tx: &Tx,
    row: &Invoice,
    applications: Vec<Application>,
    zone: &str,
) -> Result<Vec<Applied>, Stop> {
    let payments = applications.iter().filter_map(|one| one.creditor_payment_id);
    let references: HashMap<CreditorPaymentId, Option<String>> =
        creditor_payment::in_agency(tx.agency())
            .filter(creditor_payment::Column::Id.is_in(payments))
            .all(tx)
            .await?
            .into_iter()
            .map(|payment| (payment.id, payment.reference))
            .collect();
    let others =
        applications.iter().flat_map(|one| one.credit_note_id.into_iter().chain([one.invoice_id]));
    let numbers: HashMap<InvoiceId, i64> = invoice::in_agency(tx.agency())
        .filter(invoice::Column::Id.is_in(others))
        .all(tx)
        .await?
        .into_iter()
        .map(|other| (other.id, other.number))
        .collect();
    let number = |id: InvoiceId| numbers.get(&id).copied().ok_or(Stop::NotFound("invoice"));
    let words = |one: &Application| -> Result<String, Stop> {
        if row.kind == InvoiceKind::CreditNote {
            return Ok(format!("Invoice {}", number(one.invoice_id)?));
        }
        if let Some(note) = one.credit_note_id {
            return Ok(format!("Credit note {}", number(note)?));
        }
        let reference = one.creditor_payment_id.and_then(|id| references.get(&id));
        Ok(match reference {
            Some(Some(reference)) => format!("Your payment, {reference}"),
            Some(None) | None => "Your payment".to_owned(),
        })
    };
    applications
        .iter()
        .map(|one| {
            let on = kernel::clock::date_in(zone, one.applied_at);
            Ok(Applied { description: words(one)?, on, amount: one.amount })
        })
        .collect()
}

fn letter(row: Invoice, origin: Origin, applied: Vec<Applied>) -> InvoiceLetter {
    let pay = format!(
        "Please pay {} and name invoice {} with your payment.",
        origin.agency.name, row.number
    );
    let owed = row.kind == InvoiceKind::Invoice && row.open.is_positive();
    InvoiceLetter {
        kind: row.kind,
        purpose: row.purpose,
        agency: press::party(&origin.agency),
        creditor: press::party(&origin.creditor),
        number: row.number,
        issued_on: row.issued_on,
        due_on: row.due_on,
        currency: origin.currency,
        statement: origin.statement.as_ref().map(|facts| facts.number),
        billed: vec![Billed {
            description: billed(row.purpose, origin.statement.as_ref()),
            net: row.net,
            tax: row.tax,
        }],
        net: row.net,
        tax: row.tax,
        amount: row.amount,
        applied,
        how_to_pay: Some(pay).filter(|_| owed).into_iter().collect(),
        notes: Vec::new(),
    }
}

fn billed(purpose: InvoicePurpose, statement: Option<&Facts>) -> String {
    let what = match purpose {
        InvoicePurpose::Commission => "Commission",
        InvoicePurpose::DirectCommission => "Commission on payments to you directly",
        InvoicePurpose::Deficit => "More returned and owed than collected",
    };
    let day = |day: NaiveDate| day.format("%B %-d, %Y").to_string();
    match statement {
        Some(facts) => {
            format!("{what}, {} to {}", day(facts.period_start), day(facts.period_end))
        }
        None => what.to_owned(),
    }
}

//! Invoices and credit notes that come of a close (domain rule 2.7, money rule 9).

use chrono::NaiveDate;
use domain::invoice::{DocumentKind, InvoiceKind, InvoicePurpose, apply};
use domain::money::TooLarge;
use domain::remittance::{Terms, due_on};
use domain::statement::{Documented, Totals};
use domain::{CreditorId, InvoiceApplicationId, InvoiceId, Money, StatementId};
use entity::{invoice, invoice_application};
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, FromQueryResult, QueryFilter, QueryOrder, Set, raw_sql,
};
use serde::{Deserialize, Serialize};

/// An invoice or credit note before it has a number.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Which of the two.
    pub kind: InvoiceKind,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// Commission, or the deficit.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
    /// Both.
    pub amount: Money,
    /// What earlier credit notes pay of it.
    pub credited: Money,
    /// The day it is made.
    pub issued_on: NaiveDate,
    /// The last day on which it is not late.
    pub due_on: NaiveDate,
    /// The credit notes, and what each pays.
    notes: Vec<(InvoiceId, Money)>,
}

/// An invoice or credit note as a statement prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Which.
    pub id: InvoiceId,
    /// Which of the two.
    pub kind: InvoiceKind,
    /// Gapless for its kind and agency.
    pub number: i64,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// Commission, or the deficit.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
    /// Both.
    pub amount: Money,
    /// What earlier credit notes paid of it at once.
    pub credited: Money,
    /// The last day on which it is not late.
    pub due_on: NaiveDate,
}

/// What a statement invoices: commission, direct commission, a total below zero. An open credit note
/// pays for the next invoice of its purpose, oldest first.
pub(super) async fn draft(
    tx: &Tx,
    creditor: CreditorId,
    totals: &Totals,
    today: NaiveDate,
    terms: &Terms,
) -> Result<Vec<Draft>, super::CloseRefused> {
    let deficit = Documented { net: totals.invoice_deficit, tax: Money::ZERO };
    let mut drafts = Vec::new();
    for (purpose, sum) in [
        (InvoicePurpose::Commission, totals.invoice_commission),
        (InvoicePurpose::DirectCommission, totals.invoice_direct),
        (InvoicePurpose::Deficit, deficit),
    ] {
        if let Some(mut one) = of(purpose, sum, today, terms)? {
            if one.kind == InvoiceKind::Invoice {
                let open = open_notes(tx, creditor, purpose).await?;
                let sums: Vec<Money> = open.iter().map(|note| note.open).collect();
                let (used, left) = apply(one.amount, &sums);
                one.credited = one.amount.minus(left)?;
                let used = open.iter().map(|note| note.id).zip(used);
                one.notes = used.filter(|(_, used)| used.is_positive()).collect();
            }
            drafts.push(one);
        }
    }
    Ok(drafts)
}

fn of(
    purpose: InvoicePurpose,
    sum: Documented,
    issued_on: NaiveDate,
    terms: &Terms,
) -> Result<Option<Draft>, TooLarge> {
    let amount = sum.net.plus(sum.tax)?;
    if amount.is_zero() {
        return Ok(None);
    }
    let (kind, sum, amount) = if amount.is_negative() {
        let sum = Documented { net: sum.net.negated()?, tax: sum.tax.negated()? };
        (InvoiceKind::CreditNote, sum, amount.negated()?)
    } else {
        (InvoiceKind::Invoice, sum, amount)
    };
    let due_on = due_on(issued_on, terms.invoice_days);
    let (net, tax, credited) = (sum.net, sum.tax, Money::ZERO);
    let notes = Vec::new();
    Ok(Some(Draft { kind, purpose, net, tax, amount, credited, issued_on, due_on, notes }))
}

async fn open_notes(
    tx: &Tx,
    creditor: CreditorId,
    purpose: InvoicePurpose,
) -> Result<Vec<invoice::Model>, Stop> {
    Ok(invoice::in_agency(tx.agency())
        .filter(invoice::Column::CreditorId.eq(creditor))
        .filter(invoice::Column::Kind.eq(InvoiceKind::CreditNote))
        .filter(invoice::Column::Purpose.eq(purpose))
        .filter(invoice::Column::Open.gt(Money::ZERO))
        .order_by_asc(invoice::Column::Number)
        .all(tx)
        .await?)
}

#[derive(FromQueryResult)]
struct Taken {
    number: i64,
}

/// The next number of a kind of document. The row stays locked to the end of the transaction, so
/// numbers have no gaps: what is rolled back takes its number back.
pub(super) async fn number(tx: &Tx, kind: DocumentKind) -> Result<i64, Stop> {
    let agency = tx.agency();
    let taken = Taken::find_by_statement(raw_sql!(
        Postgres,
        r#"INSERT INTO number_sequence (agency_id, kind, next) VALUES ({agency}, {kind}, 2)
           ON CONFLICT (agency_id, kind) DO UPDATE SET next = number_sequence.next + 1
           RETURNING next - 1 AS number"#
    ))
    .one(tx)
    .await?
    .ok_or(Fault::Unexpected("a number was not given"))?;
    Ok(taken.number)
}

/// Numbers the drafts: what the statement prints of them.
pub(super) async fn numbered(tx: &Tx, drafts: &[Draft]) -> Result<Vec<Bill>, Stop> {
    let mut bills = Vec::new();
    for draft in drafts {
        let kind = match draft.kind {
            InvoiceKind::Invoice => DocumentKind::Invoice,
            InvoiceKind::CreditNote => DocumentKind::CreditNote,
        };
        bills.push(Bill {
            id: InvoiceId(random::uuid()),
            kind: draft.kind,
            number: number(tx, kind).await?,
            purpose: draft.purpose,
            net: draft.net,
            tax: draft.tax,
            amount: draft.amount,
            credited: draft.credited,
            due_on: draft.due_on,
        });
    }
    Ok(bills)
}

/// Writes them, and what the credit notes pay.
pub(super) async fn write(
    tx: &Tx,
    creditor: CreditorId,
    statement: StatementId,
    drafts: &[Draft],
    bills: &[Bill],
) -> Result<(), super::CloseRefused> {
    for (draft, bill) in drafts.iter().zip(bills) {
        invoice::ActiveModel {
            agency_id: Set(tx.agency()),
            id: Set(bill.id),
            kind: Set(bill.kind),
            number: Set(bill.number),
            creditor_id: Set(creditor),
            statement_id: Set(Some(statement)),
            purpose: Set(bill.purpose),
            issued_on: Set(draft.issued_on),
            due_on: Set(bill.due_on),
            net: Set(bill.net),
            tax: Set(bill.tax),
            amount: Set(bill.amount),
            open: Set(bill.amount.minus(bill.credited)?),
            created_at: Set(tx.now()),
            version: Set(1),
        }
        .insert(tx)
        .await?;
        for (note, used) in &draft.notes {
            use_note(tx, creditor, *note, bill.id, *used).await?;
        }
    }
    Ok(())
}

/// A credit note pays for an invoice. The creditor's lock keeps others away.
async fn use_note(
    tx: &Tx,
    creditor: CreditorId,
    note: InvoiceId,
    to: InvoiceId,
    amount: Money,
) -> Result<(), super::CloseRefused> {
    let row = invoice::in_agency(tx.agency())
        .filter(invoice::Column::Id.eq(note))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("credit note"))?;
    let (open, version) = (row.open.minus(amount)?, row.version);
    let mut row: invoice::ActiveModel = row.into();
    row.open = Set(open);
    row.version = Set(version + 1);
    row.update(tx).await?;
    invoice_application::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(InvoiceApplicationId(random::uuid())),
        creditor_id: Set(creditor),
        invoice_id: Set(to),
        creditor_payment_id: Set(None),
        credit_note_id: Set(Some(note)),
        amount: Set(amount),
        applied_at: Set(tx.now()),
    }
    .insert(tx)
    .await?;
    Ok(())
}

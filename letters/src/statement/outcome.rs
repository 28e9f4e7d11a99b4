//! What a statement comes to, in words that nobody can take the wrong way round.

use super::{NamedDocument, Sheets};
use crate::LetterError;
use crate::face::Weight;
use crate::press::{EDGE, Press};
use crate::words::{long_day, sum};
use domain::invoice::{InvoiceKind, InvoicePurpose};

pub(super) fn print(press: &mut Press, sheets: &Sheets<'_>) -> Result<(), LetterError> {
    let (first, more) = sentences(sheets)?;
    let breadth = press.breadth();
    press.rule(EDGE, press.y, breadth, 0.8);
    press.y += 5.0;
    press.heading(EDGE, breadth, 2, 14.0, &first)?;
    press.y += 1.0;
    for sentence in more {
        press.paragraph(EDGE, breadth, Weight::Regular, 9.0, &sentence)?;
    }
    press.y += 4.0;
    press.rule(EDGE, press.y, breadth, 0.8);
    Ok(())
}

/// The heading, and the text under it.
fn sentences(sheets: &Sheets<'_>) -> Result<(String, Vec<String>), LetterError> {
    let (head, totals) = (sheets.head, sheets.totals);
    let money = |amount| sum(amount, head.currency);
    let mut more = Vec::new();
    let first = if totals.remit.is_positive() {
        format!("We remit {} to you", money(totals.remit))
    } else if totals.invoice_deficit.is_positive() {
        more.push("This statement is below zero; please pay the invoice for it.".to_owned());
        format!("Due from you: {}", money(totals.invoice_deficit))
    } else if totals.carried.is_negative() {
        more.push(
            "Nothing to pay now: it opens your next statement and is taken from what is collected \
             then."
                .to_owned(),
        );
        format!("Due from you, carried forward: {}", money(totals.carried.negated()?))
    } else if totals.carried.is_positive() {
        more.push(
            "This is below the minimum agreed for a remittance; it opens your next statement."
                .to_owned(),
        );
        format!("Due to you, carried forward: {}", money(totals.carried))
    } else {
        "Nothing is due to you or from you".to_owned()
    };
    for document in &head.documents {
        more.push(named(document, head.currency));
    }
    if totals.open_credit.is_negative() {
        more.push(format!(
            "Returned payments of {} are put aside and are taken from later statements.",
            money(totals.open_credit.negated()?)
        ));
    }
    if totals.held_count > 0 {
        let held = money(totals.held);
        more.push(if totals.held_count == 1 {
            format!("1 payment of {held} is still on hold and not in these sums.")
        } else {
            format!(
                "{} payments of {held} together are still on hold and not in these sums.",
                totals.held_count
            )
        });
    }
    Ok((first, more))
}

fn named(document: &NamedDocument, currency: domain::Currency) -> String {
    let purpose = match document.purpose {
        InvoicePurpose::Commission => "commission",
        InvoicePurpose::DirectCommission => "commission on payments to you directly",
        InvoicePurpose::Deficit => "this statement",
    };
    let amount = sum(document.amount, currency);
    match document.kind {
        InvoiceKind::Invoice => format!(
            "Due from you apart from this: invoice {} for {purpose}, {amount}, by {}.",
            document.number,
            long_day(document.due_on)
        ),
        InvoiceKind::CreditNote => {
            format!(
                "Due to you on your next invoice: credit note {} for {purpose}, {amount}.",
                document.number
            )
        }
    }
}

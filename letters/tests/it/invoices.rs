//! Invoices and credit notes.

use crate::fixture::{cents, invoice};
use crate::reading::read;
use domain::invoice::InvoiceKind;
use letters::{LetterError, invoice_pdf};

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn text_of(letter: &letters::InvoiceLetter) -> String {
    squeezed(&read(&invoice_pdf(letter).unwrap()).text())
}

#[test]
fn an_invoice_says_what_is_due_from_whom_and_until_when() {
    let text = text_of(&invoice());
    for words in [
        "Invoice 17",
        "Due from you: $691.23 by March 3, 2026",
        "Commission on what we collected in January 2026 1,234.50 61.73 1,296.23",
        "Total 1,134.50 56.73 1,191.23",
        "Your payment, check 1042, Feb 14, 2026 500.00",
        "Still open 691.23",
        "Please make checks payable",
        "Page 1 of 1",
    ] {
        assert!(text.contains(&squeezed(words)), "{words} in {text}");
    }
}

#[test]
fn a_credit_note_says_that_it_is_due_to_the_creditor() {
    let mut letter = invoice();
    letter.kind = InvoiceKind::CreditNote;
    letter.applied.clear();
    let text = text_of(&letter);
    assert!(text.contains(&squeezed("Credit note 17")));
    assert!(text.contains(&squeezed("Due to you: $1,191.23, used on your next invoices")));
    assert!(!text.contains(&squeezed("Please make checks payable")));
    assert!(!text.contains("Duefromyou"));
}

#[test]
fn a_paid_invoice_asks_for_nothing() {
    let mut letter = invoice();
    letter.applied.first_mut().unwrap().amount = letter.amount;
    assert!(text_of(&letter).contains(&squeezed("Paid; nothing is due")));
}

#[test]
fn an_invoice_that_does_not_add_up_is_not_printed() {
    let mut letter = invoice();
    letter.amount = letter.amount.plus(cents(1)).unwrap();
    assert!(matches!(invoice_pdf(&letter), Err(LetterError::DoesNotAddUp { what: "amount", .. })));
    let mut letter = invoice();
    letter.tax = letter.tax.plus(cents(1)).unwrap();
    assert!(matches!(invoice_pdf(&letter), Err(LetterError::DoesNotAddUp { what: "tax", .. })));
    let mut letter = invoice();
    letter.applied.first_mut().unwrap().amount = letter.amount.plus(cents(1)).unwrap();
    assert!(matches!(invoice_pdf(&letter), Err(LetterError::DoesNotAddUp { what: "applied", .. })));
}

#[test]
fn the_same_invoice_is_the_same_bytes() {
    let letter = invoice();
    assert!(invoice_pdf(&letter).unwrap() == invoice_pdf(&letter).unwrap());
}

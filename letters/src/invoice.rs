//! Invoices and credit notes to creditors (DOM-2.7).

use crate::LetterError;
use crate::face::Weight;
use crate::letterhead::{Party, facts};
use crate::press::{EDGE, Imprint, Paper, Press, print};
use crate::table::{Column, GAP, Side, Table};
use crate::words::{currency, figure, long_day, short_day, sum};
use chrono::NaiveDate;
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::{Currency, Money};

/// An invoice or credit note to be printed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InvoiceLetter {
    /// Which of the two.
    pub kind: InvoiceKind,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// Who sends it.
    pub agency: Party,
    /// Whom it is for.
    pub creditor: Party,
    /// Its number, without gaps in the agency and kind.
    pub number: i64,
    /// Its date.
    pub issued_on: NaiveDate,
    /// When it is to be paid; of no meaning on a credit note.
    pub due_on: NaiveDate,
    /// Of all amounts on it.
    pub currency: Currency,
    /// The number of the statement that it came with.
    pub statement: Option<i64>,
    /// What is billed; at least one.
    pub billed: Vec<Billed>,
    /// Commission, or what else is billed, before tax.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
    /// Both together.
    pub amount: Money,
    /// What was paid or used of it up to now; empty when it is issued.
    pub applied: Vec<Applied>,
    /// How to pay, a paragraph each; not printed on a credit note.
    pub how_to_pay: Vec<String>,
    /// Further sentences, each a paragraph.
    pub notes: Vec<String>,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Billed {
    /// In words.
    pub description: String,
    /// Before tax.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
}

/// A payment or credit note applied to an invoice, or the invoice that a credit note was used on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Applied {
    /// In words: "Your payment, check 1042", "Credit note 3".
    pub description: String,
    /// The day of the application.
    pub on: NaiveDate,
    /// What was applied, as a positive amount where it lowers the invoice.
    pub amount: Money,
}

impl InvoiceLetter {
    fn name(&self) -> String {
        match self.kind {
            InvoiceKind::Invoice => format!("Invoice {}", self.number),
            InvoiceKind::CreditNote => format!("Credit note {}", self.number),
        }
    }
}

/// The invoice or credit note as PDF (A-2a, UA-1) on US Letter, upright.
pub fn invoice_pdf(letter: &InvoiceLetter) -> Result<Vec<u8>, LetterError> {
    let open = check(letter)?;
    let name = letter.name();
    let imprint = || Imprint {
        title: format!("{name} for {}", letter.creditor.name),
        author: letter.agency.name.clone(),
        id: format!("{}/{}/{}", letter.kind.name(), letter.agency.name, letter.number),
        dated: letter.issued_on,
        foot: format!("{}  ·  {name} for {}", letter.agency.name, letter.creditor.name),
    };
    print(Paper::Upright, imprint, |press| compose(press, letter, open))
}

/// What is still open, if everything adds up.
fn check(letter: &InvoiceLetter) -> Result<Money, LetterError> {
    let ties = |what, lines, said| {
        if lines == said { Ok(()) } else { Err(LetterError::DoesNotAddUp { what, lines, said }) }
    };
    ties("net", Money::total(letter.billed.iter().map(|line| line.net))?, letter.net)?;
    ties("tax", Money::total(letter.billed.iter().map(|line| line.tax))?, letter.tax)?;
    ties("amount", letter.net.plus(letter.tax)?, letter.amount)?;
    let applied = Money::total(letter.applied.iter().map(|applied| applied.amount))?;
    let open = letter.amount.minus(applied)?;
    if open.is_negative() {
        ties("applied", applied, letter.amount)?;
    }
    Ok(open)
}

fn compose(press: &mut Press, letter: &InvoiceLetter, open: Money) -> Result<(), LetterError> {
    let breadth = press.breadth();
    letter.agency.print(press, EDGE, breadth, 10.0)?;
    press.y += 28.0;
    letter.creditor.print(press, EDGE, breadth, 10.0)?;
    press.y += 28.0;
    press.heading(EDGE, breadth, 1, 18.0, &letter.name())?;
    press.y += 4.0;
    facts(press, EDGE, (90.0, breadth - 90.0), 10.0, &head_facts(letter))?;
    press.y += 12.0;
    press.rule(EDGE, press.y, breadth, 0.8);
    press.y += 6.0;
    press.heading(EDGE, breadth, 2, 14.0, &outcome(letter, open))?;
    press.y += 5.0;
    press.rule(EDGE, press.y, breadth, 0.8);
    press.y += 14.0;
    billed(press, letter)?;
    if !letter.applied.is_empty() {
        press.y += 12.0;
        applied(press, letter, open)?;
    }
    let pay = match letter.kind {
        InvoiceKind::Invoice => letter.how_to_pay.as_slice(),
        InvoiceKind::CreditNote => &[],
    };
    for paragraph in pay.iter().chain(&letter.notes) {
        press.y += 8.0;
        press.paragraph(EDGE, breadth, Weight::Regular, 10.0, paragraph)?;
    }
    Ok(())
}

fn head_facts(letter: &InvoiceLetter) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Date", long_day(letter.issued_on))];
    if letter.kind == InvoiceKind::Invoice {
        facts.push(("Due", long_day(letter.due_on)));
    }
    if let Some(code) = &letter.creditor.code {
        facts.push(("Your code", code.clone()));
    }
    if let Some(number) = letter.statement {
        facts.push(("Statement", number.to_string()));
    }
    facts.push(("Amounts in", currency(letter.currency).to_owned()));
    facts
}

fn outcome(letter: &InvoiceLetter, open: Money) -> String {
    let amount = sum(open, letter.currency);
    match letter.kind {
        InvoiceKind::Invoice if open.is_zero() => "Paid; nothing is due".to_owned(),
        InvoiceKind::Invoice => {
            format!("Due from you: {amount} by {}", long_day(letter.due_on))
        }
        InvoiceKind::CreditNote if open.is_zero() => "Used in full".to_owned(),
        InvoiceKind::CreditNote => format!("Due to you: {amount}, used on your next invoices"),
    }
}

fn billed(press: &mut Press, letter: &InvoiceLetter) -> Result<(), LetterError> {
    let for_what = match letter.purpose {
        InvoicePurpose::Commission => "Commission",
        InvoicePurpose::DirectCommission => "Commission on payments to you directly",
        InvoicePurpose::Deficit => "Statement below zero",
    };
    let widths = [letter.net, letter.tax, letter.amount];
    let mut table = amounts(press, for_what, &["Net", "Tax", "Amount"], &widths)?;
    table.begin(press)?;
    for line in &letter.billed {
        let amount = line.net.plus(line.tax)?;
        let cells = [line.description.clone(), figure(line.net), figure(line.tax), figure(amount)];
        table.row(press, Weight::Regular, &cells)?;
    }
    table.underline(press, 0.5);
    press.y += 2.0;
    let cells = ["Total".to_owned(), figure(letter.net), figure(letter.tax), figure(letter.amount)];
    table.row(press, Weight::Bold, &cells)?;
    table.end(press);
    Ok(())
}

fn applied(press: &mut Press, letter: &InvoiceLetter, open: Money) -> Result<(), LetterError> {
    let mut table = amounts(press, "Applied to it", &["Amount"], &[letter.amount])?;
    table.begin(press)?;
    for applied in &letter.applied {
        let words = format!("{}, {}", applied.description, short_day(applied.on));
        table.row(press, Weight::Regular, &[words, figure(applied.amount)])?;
    }
    table.underline(press, 0.5);
    press.y += 2.0;
    table.row(press, Weight::Bold, &["Still open".to_owned(), figure(open)])?;
    table.end(press);
    Ok(())
}

/// A column of words, and columns of amounts that are as wide as the widest.
fn amounts(
    press: &Press,
    words: &str,
    heads: &[&str],
    figures: &[Money],
) -> Result<Table, LetterError> {
    let face = Press::face(Weight::Bold)?;
    // A line may be negative where the sum is not: leave room for the sign and a digit more.
    let widest = figures
        .iter()
        .map(|amount| face.width(&format!("-0{}", figure(*amount)), 9.5))
        .fold(60.0, f32::max)
        + GAP;
    let mut columns = vec![Column::new(words, 0.0, Side::Left)];
    columns.extend(heads.iter().map(|head| Column::new(*head, widest, Side::Right)));
    let taken: f32 = columns.iter().map(|column| column.width).sum();
    let left = press.breadth() + GAP - taken;
    if left < 120.0 {
        return Err(LetterError::TooWide);
    }
    if let Some(first) = columns.first_mut() {
        first.width = left;
    }
    Ok(Table::new(EDGE, 9.5, columns))
}

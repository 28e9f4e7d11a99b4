//! The statement of a creditor (DOM-2.7).

mod list;
mod outcome;
mod summary;

pub use summary::{Tally, steps};

use crate::LetterError;
use crate::letterhead::{Party, facts};
use crate::press::{EDGE, Imprint, Paper, Press, print};
use crate::words::{currency, long_day, method};
use chrono::NaiveDate;
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::remittance::RemittanceMethod;
use domain::statement::{Line, Totals};
use domain::{Currency, Money};

/// Lines that a statement prints at most. A longer statement prints its sums, which are of all lines,
/// and prints instead of the list how many lines there are and that the files with them (CSV, XLSX)
/// belong to it: 1,200 pages that nobody reads would take a quarter of a gigabyte to make.
pub const MOST_LINES: usize = 25_000;

/// What stands on a statement beside its lines and sums: what has to be kept to print it again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StatementHead {
    /// Who sends it.
    pub agency: Party,
    /// Whom it is for.
    pub creditor: Party,
    /// Its number, without gaps in the agency.
    pub number: i64,
    /// Its date.
    pub dated: NaiveDate,
    /// The first day covered; none on the first statement.
    pub period_start: Option<NaiveDate>,
    /// The last day covered.
    pub period_end: NaiveDate,
    /// How collected money and commission meet.
    pub method: RemittanceMethod,
    /// Of all amounts on it.
    pub currency: Currency,
    /// The trust account that the money is in, as the creditor may know it.
    pub trust_account: Option<String>,
    /// The invoices and credit notes made with it.
    pub documents: Vec<NamedDocument>,
    /// Further sentences for the creditor, each a paragraph.
    pub notes: Vec<String>,
}

/// An invoice or credit note that a statement names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NamedDocument {
    /// Which of the two.
    pub kind: InvoiceKind,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// Its number.
    pub number: i64,
    /// What it comes to, tax included.
    pub amount: Money,
    /// When it is to be paid.
    pub due_on: NaiveDate,
}

/// A statement to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLetter {
    /// What stands beside the lines.
    pub head: StatementHead,
    /// The lines that are shown, in their order.
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
}

/// The statement as PDF (A-2a, UA-1) on US Letter, lying. Processor time and memory grow with the
/// lines (docs/decisions/0012-krilla-for-letters.md has figures): call it in `spawn_blocking`, long
/// ones in a job. Of more than [`MOST_LINES`] lines it prints the sums and says where the lines are.
pub fn statement_pdf(letter: &StatementLetter) -> Result<Vec<u8>, LetterError> {
    let mut tally = Tally::default();
    for line in &letter.lines {
        tally.add(line)?;
    }
    let lines = (letter.lines.len() <= MOST_LINES).then_some(letter.lines.as_slice());
    run(&Sheets { head: &letter.head, totals: &letter.totals, tally: &tally, lines })
}

/// The same document of a statement whose lines are more than [`MOST_LINES`]: they are counted one by
/// one into the tally, and none of them has to be kept.
pub fn long_statement_pdf(
    head: &StatementHead,
    totals: &Totals,
    tally: &Tally,
) -> Result<Vec<u8>, LetterError> {
    run(&Sheets { head, totals, tally, lines: None })
}

/// What is laid out. Lines that are too many to be printed are none.
#[derive(Debug, Clone, Copy)]
struct Sheets<'a> {
    head: &'a StatementHead,
    totals: &'a Totals,
    tally: &'a Tally,
    lines: Option<&'a [Line]>,
}

fn run(sheets: &Sheets<'_>) -> Result<Vec<u8>, LetterError> {
    let steps = summary::check(sheets.totals, sheets.tally)?;
    let head = sheets.head;
    let imprint = || Imprint {
        title: format!("Statement {} for {}", head.number, head.creditor.name),
        author: head.agency.name.clone(),
        id: format!("statement/{}/{}/{}", head.agency.name, head.number, head.period_end),
        dated: head.dated,
        foot: format!(
            "{}  ·  Statement {} for {}  ·  {}",
            head.agency.name,
            head.number,
            head.creditor.name,
            long_day(head.dated)
        ),
    };
    print(Paper::Across, imprint, |press| compose(press, sheets, &steps))
}

fn compose(
    press: &mut Press,
    sheets: &Sheets<'_>,
    steps: &[(&'static str, Money)],
) -> Result<(), LetterError> {
    let head = sheets.head;
    let (left, right) = halves(press);
    head.agency.print(press, left.x, left.width, 9.0)?;
    press.y += 16.0;
    head.creditor.print(press, left.x, left.width, 9.0)?;
    let left_end = press.y;

    press.y = EDGE - 4.0;
    press.heading(right.x, right.width, 1, 18.0, &format!("Statement {}", head.number))?;
    press.y += 4.0;
    facts(
        press,
        right.x,
        (82.0, right.width - 82.0),
        9.0,
        &head_facts(head, sheets.tally.lines()),
    )?;
    press.y = press.y.max(left_end) + 14.0;

    outcome::print(press, sheets)?;
    press.y += 8.0;
    if press.room() < 190.0 {
        press.feed()?;
    }
    let top = press.y;
    summary::print(press, left, sheets, steps)?;
    let left_end = press.y;
    press.y = top;
    summary::by_type(press, right, sheets.tally)?;
    press.y = press.y.max(left_end) + 14.0;

    list::print(press, sheets)?;
    for note in &head.notes {
        press.y += 4.0;
        let breadth = press.breadth();
        press.paragraph(EDGE, breadth, crate::face::Weight::Regular, 8.0, note)?;
    }
    Ok(())
}

/// A part of the page's breadth, in points.
#[derive(Debug, Clone, Copy)]
struct Half {
    x: f32,
    width: f32,
}

/// The two parts of the first page; the right one is broader, it holds more columns.
fn halves(press: &Press) -> (Half, Half) {
    let left = press.breadth() * 0.41;
    let gap = 20.0;
    let x = EDGE + left + gap;
    (Half { x: EDGE, width: left }, Half { x, width: press.breadth() - left - gap })
}

fn head_facts(head: &StatementHead, lines: u64) -> Vec<(&'static str, String)> {
    let period = match head.period_start {
        Some(start) => format!("{} to {}", long_day(start), long_day(head.period_end)),
        None => format!("up to {}", long_day(head.period_end)),
    };
    let mut facts = vec![
        ("Date", long_day(head.dated)),
        ("Period", period),
        ("Method", method(head.method).to_owned()),
        ("Amounts in", currency(head.currency).to_owned()),
    ];
    if let Some(code) = &head.creditor.code {
        facts.push(("Your code", code.clone()));
    }
    if let Some(account) = &head.trust_account {
        facts.push(("Trust account", account.clone()));
    }
    facts.push(("Payments", lines.to_string()));
    facts
}

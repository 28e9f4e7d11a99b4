//! How the sums of a statement lead to what it comes to, and its sums by type of payment.

use super::{Half, Sheets};
use crate::LetterError;
use crate::face::Weight;
use crate::press::Press;
use crate::table::{Column, GAP, Side, Table};
use crate::words::{figure, kind};
use domain::Money;
use domain::money::TooLarge;
use domain::payment::PaymentKind;
use domain::statement::{Line, Totals};

/// The sums of some lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TypeSum {
    pub(super) count: u64,
    pub(super) to_us: Money,
    pub(super) direct: Money,
    pub(super) commission: Money,
    pub(super) tax: Money,
    pub(super) due_creditor: Money,
}

impl TypeSum {
    fn add(&mut self, line: &Line) -> Result<(), TooLarge> {
        self.count += 1;
        self.to_us = self.to_us.plus(line.to_us)?;
        self.direct = self.direct.plus(line.direct)?;
        self.commission = self.commission.plus(line.commission)?;
        self.tax = self.tax.plus(line.tax)?;
        self.due_creditor = self.due_creditor.plus(line.due_creditor)?;
        Ok(())
    }
}

/// The sums of the lines of a statement, and of each type of payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    all: TypeSum,
    /// In the order of [`PaymentKind::ALL`].
    types: [TypeSum; PaymentKind::ALL.len()],
}

impl Tally {
    /// Counts a line.
    pub fn add(&mut self, line: &Line) -> Result<(), TooLarge> {
        self.all.add(line)?;
        let mut types = PaymentKind::ALL.iter().copied().zip(&mut self.types);
        let of = types.find(|(kind, _)| *kind == line.kind);
        of.map_or(Ok(()), |(_, sum)| sum.add(line))
    }

    /// How many it has counted.
    pub fn lines(&self) -> u64 {
        self.all.count
    }

    /// Those types that occur.
    fn types(&self) -> impl Iterator<Item = (PaymentKind, &TypeSum)> {
        PaymentKind::ALL.iter().copied().zip(&self.types).filter(|(_, sum)| sum.count > 0)
    }
}

/// Compares the sums of the lines with the statement's own: a document whose figures do not tie
/// is not printed. Answers what leads to the total.
pub(super) fn check(
    totals: &Totals,
    tally: &Tally,
) -> Result<Vec<(&'static str, Money)>, LetterError> {
    let all = &tally.all;
    let ties = |what, lines, said| {
        if lines == said { Ok(()) } else { Err(LetterError::DoesNotAddUp { what, lines, said }) }
    };
    ties("collected by us", all.to_us, totals.to_us)?;
    ties("paid to the creditor", all.direct, totals.direct)?;
    let commission = totals.commission_to_us.plus(totals.commission_direct)?;
    ties("commission", all.commission, commission)?;
    ties("tax", all.tax, totals.tax)?;
    let steps = steps(totals)?;
    let total = Money::total(steps.iter().map(|(_, amount)| *amount))?;
    ties("total", total, totals.total)?;
    let outcome = totals.remit.plus(totals.carried)?.minus(totals.invoice_deficit)?;
    ties("remitted, carried or invoiced", outcome, totals.total)?;
    Ok(steps)
}

/// What leads from the sums of the lines to the total, in words for the creditor: each amount with the
/// sign that it counts with. Refuses what does not lead there.
pub fn steps(totals: &Totals) -> Result<Vec<(&'static str, Money)>, LetterError> {
    let carried = if totals.opening.is_negative() {
        "Due from you on the statement before"
    } else {
        "Due to you from the statement before"
    };
    let mut steps = vec![
        (carried, totals.opening),
        ("Collected by us", totals.to_us),
        ("Commission on what we collected", totals.commission_to_us.negated()?),
        ("Commission on payments to you directly", totals.commission_direct.negated()?),
        ("Tax on commission", totals.tax.negated()?),
        ("Commission and tax invoiced apart, not taken here", totals.invoiced_apart),
        ("Returned payments put aside for later", totals.withheld.negated()?),
    ];
    // The statement does not say apart how much of the payments on account went to what was put
    // aside, and what a return that was undone gave back: both follow from the total.
    let before = Money::total(steps.iter().map(|(_, amount)| *amount))?;
    let rest = totals.total.plus(totals.credit_used)?.minus(before)?;
    let on_account = rest.min(totals.on_account);
    steps.push(("Used from your payments on account", on_account));
    steps.push(("Put aside before and no longer needed", rest.minus(on_account)?));
    steps.push(("Returned payments put aside before", totals.credit_used.negated()?));
    if rest.is_negative() {
        return Err(LetterError::DoesNotAddUp {
            what: "total",
            lines: before.minus(totals.credit_used)?,
            said: totals.total,
        });
    }
    // What always counts is shown also when it is nothing.
    let mut at = 0_u8;
    steps.retain(|(_, amount)| {
        at += 1;
        at <= 3 || !amount.is_zero()
    });
    Ok(steps)
}

/// Sizes of type to try, so that the sums of a rich creditor still fit.
const SIZES: [f32; 3] = [8.5, 7.5, 6.5];

pub(super) fn print(
    press: &mut Press,
    half: Half,
    sheets: &Sheets<'_>,
    steps: &[(&'static str, Money)],
) -> Result<(), LetterError> {
    let total = sheets.totals.total;
    let (words, amount) = if total.is_negative() {
        ("Total due from you", total.negated()?)
    } else {
        ("Total due to you", total)
    };
    let face = Press::face(Weight::Bold)?;
    let widest = steps
        .iter()
        .map(|(_, amount)| *amount)
        .chain([amount])
        .map(|amount| face.width(&figure(amount), 8.5))
        .fold(60.0, f32::max);
    if half.width - widest - GAP < 120.0 {
        return Err(LetterError::TooWide);
    }
    let columns = vec![
        Column::new("How this statement adds up", half.width - widest, Side::Left),
        Column::new(sheets.head.currency.code(), widest + GAP, Side::Right),
    ];
    let mut table = Table::new(half.x, 8.5, columns);
    table.begin(press)?;
    for (words, amount) in steps {
        table.row(press, Weight::Regular, &[(*words).to_owned(), figure(*amount)])?;
    }
    table.underline(press, 0.5);
    press.y += 2.0;
    table.row(press, Weight::Bold, &[words.to_owned(), figure(amount)])?;
    table.end(press);
    Ok(())
}

type AmountOf = fn(&TypeSum) -> Money;

/// The amounts of a row of the sums by type, under their heads.
const AMOUNTS: [(&str, AmountOf); 4] = [
    ("To us", |sum| sum.to_us),
    ("To you", |sum| sum.direct),
    ("Commission", |sum| sum.commission),
    ("Tax", |sum| sum.tax),
];

pub(super) fn by_type(press: &mut Press, half: Half, tally: &Tally) -> Result<(), LetterError> {
    let (size, columns) = type_columns(half, tally)?;
    let mut table = Table::new(half.x, size, columns);
    table.begin(press)?;
    for (of, sum) in tally.types() {
        let words = format!("{} – {}", of.code(), kind(of));
        table.row(press, Weight::Regular, &cells(words, sum))?;
    }
    table.underline(press, 0.5);
    press.y += 2.0;
    table.row(press, Weight::Bold, &cells("All lines".to_owned(), &tally.all))?;
    table.end(press);
    Ok(())
}

fn type_columns(half: Half, tally: &Tally) -> Result<(f32, Vec<Column>), LetterError> {
    let face = Press::face(Weight::Bold)?;
    for size in SIZES {
        let mut columns = vec![
            Column::new("By type of payment", 0.0, Side::Left),
            Column::new("Lines", face.width("Lines 8", size) + GAP, Side::Right),
        ];
        for (head, of) in AMOUNTS {
            let each = tally.types().map(|(_, sum)| sum).chain([&tally.all]);
            let widest = each
                .map(|sum| face.width(&figure(of(sum)), size))
                .fold(face.width(head, size), f32::max);
            columns.push(Column::new(head, widest + GAP, Side::Right));
        }
        let taken: f32 = columns.iter().map(|column| column.width).sum();
        let left = half.width + GAP - taken;
        if left >= 80.0 {
            if let Some(words) = columns.first_mut() {
                words.width = left;
            }
            return Ok((size, columns));
        }
    }
    Err(LetterError::TooWide)
}

fn cells(words: String, sum: &TypeSum) -> [String; 6] {
    [
        words,
        sum.count.to_string(),
        figure(sum.to_us),
        figure(sum.direct),
        figure(sum.commission),
        figure(sum.tax),
    ]
}

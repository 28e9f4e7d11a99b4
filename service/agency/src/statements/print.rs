//! A closed statement as files. All of them are made of the same stored lines, read a part at a time:
//! a period of 100,000 payments never stands in memory whole, but for the PDF of up to
//! [`letters::MOST_LINES`] lines.

use super::document::{COLUMNS, Facts, cells};
use super::read::{StatementLine, find, shown};
use crate::exports::{Cell, Column, ExportFile, Format, Sheet, csv_lines, unwritten};
use crate::press;
use domain::statement::{Line, Totals};
use domain::{Money, Permission, StatementId};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use letters::{LetterError, MOST_LINES, NamedDocument, StatementHead, StatementLetter, Tally};

/// Lines read at a time.
const PART: u16 = 2_000;

/// The number of the layout of lines in JSON, CSV and XLSX. It rises with every change that alters
/// their bytes, as [`letters::EDITION`] does for the PDF.
const EDITION: u16 = 1;

/// In which form a statement is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// Head, sums and lines, for programs.
    Json,
    /// The lines, for programs and spreadsheets.
    Csv,
    /// The lines as a sheet.
    Xlsx,
    /// The whole, for people.
    Pdf,
}

impl Paper {
    /// What names the bytes of a statement in this form: a closed statement never changes, its layout
    /// may.
    pub fn tag(self, id: StatementId) -> String {
        let (ending, edition) = match self {
            Self::Json => ("json", EDITION),
            Self::Csv => ("csv", EDITION),
            Self::Xlsx => ("xlsx", EDITION),
            Self::Pdf => ("pdf", letters::EDITION),
        };
        format!("{id}-{ending}-{edition}")
    }
}

/// What leads from the sums of the lines to the total, as the PDF says it: words for the creditor, and
/// each amount with the sign that it counts with.
pub fn steps(totals: &Totals) -> Result<Vec<(&'static str, Money)>, Stop> {
    letters::steps(totals).map_err(|error| {
        tracing::error!(%error, "a stored statement does not add up");
        Fault::Unexpected("a stored statement does not add up").into()
    })
}

/// The statement as the creditor gets it.
pub async fn pdf(app: &App, actor: &Actor, id: StatementId) -> Result<ExportFile, Stop> {
    let (tx, facts, totals) = open(app, actor, id).await?;
    let (mut tally, mut lines, mut after) = (Tally::default(), Vec::new(), None);
    let all_printed = usize::try_from(facts.line_count).is_ok_and(|count| count <= MOST_LINES);
    while let Some(part) = part(&tx, id, &mut after).await? {
        for StatementLine { line, .. } in part {
            tally.add(&line).map_err(|_| Fault::Unexpected("sums of a statement do not fit"))?;
            if all_printed {
                lines.push(line);
            }
        }
    }
    tx.commit().await?;
    let name = format!("statement-{}.pdf", facts.number);
    press::print(name, move || letter(&facts, totals, tally, lines)).await
}

fn letter(
    facts: &Facts,
    totals: Totals,
    tally: Tally,
    lines: Vec<Line>,
) -> Result<Vec<u8>, LetterError> {
    let head = head(facts);
    if usize::try_from(facts.line_count).is_ok_and(|count| count <= MOST_LINES) {
        letters::statement_pdf(&StatementLetter { head, lines, totals })
    } else {
        letters::long_statement_pdf(&head, &totals, &tally)
    }
}

fn head(facts: &Facts) -> StatementHead {
    let documents = facts.bills.iter().map(|bill| NamedDocument {
        kind: bill.kind,
        purpose: bill.purpose,
        number: bill.number,
        amount: bill.amount,
        due_on: bill.due_on,
    });
    let credited = facts.bills.iter().filter(|bill| bill.credited.is_positive()).map(|bill| {
        format!(
            "Of invoice {}, {} is paid by credit notes of earlier statements.",
            bill.number,
            bill.credited.to_display(facts.currency)
        )
    });
    StatementHead {
        agency: press::party(&facts.agency),
        creditor: press::party(&facts.creditor),
        number: facts.number,
        dated: facts.dated,
        period_start: Some(facts.period_start),
        period_end: facts.period_end,
        method: facts.method,
        currency: facts.currency,
        trust_account: None,
        documents: documents.collect(),
        notes: credited.collect(),
    }
}

/// The lines as a sheet.
pub async fn workbook(app: &App, actor: &Actor, id: StatementId) -> Result<ExportFile, Stop> {
    let (tx, facts, _) = open(app, actor, id).await?;
    let number = facts.number;
    let columns = COLUMNS.iter().map(|(_, title, kind)| Column::new(*title, *kind)).collect();
    let mut sheet = Sheet::begin(&format!("Statement {number}"), columns).map_err(unwritten)?;
    let mut after = None;
    while let Some(part) = part(&tx, id, &mut after).await? {
        sheet = apart(move || {
            for StatementLine { line, .. } in &part {
                sheet.push(&cells(number, line)?).map_err(unwritten)?;
            }
            Ok(sheet)
        })
        .await?;
    }
    tx.commit().await?;
    Ok(ExportFile {
        name: format!("statement-{number}.xlsx"),
        media_type: Format::Xlsx.media_type(),
        bytes: apart(move || sheet.finish().map_err(unwritten)).await?,
    })
}

/// Work that would keep others waiting, on a thread of its own.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Stop> + Send + 'static,
) -> Result<T, Stop> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Fault::Unexpected("a sheet was not written to its end"))?
}

/// The head of the statement, its sums, and its lines a part at a time, for whoever writes them on as
/// they come. The last part may be empty.
pub async fn parts(
    app: App,
    actor: Actor,
    id: StatementId,
) -> Result<((Facts, Totals), impl Stream<Item = Result<Vec<Line>, Stop>> + use<>), Stop> {
    let (tx, facts, totals) = open(&app, &actor, id).await?;
    tx.commit().await?;
    let rest = try_unfold(Some(None), move |place: Option<Option<i32>>| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let Some(mut after) = place else { return Ok(None) };
            // A reader may be slow: no transaction stays open while it takes a part.
            let (tx, ..) = open(&app, &actor, id).await?;
            let Some(rows) = part(&tx, id, &mut after).await? else { return Ok(None) };
            tx.commit().await?;
            Ok(Some((rows.into_iter().map(|row| row.line).collect(), Some(after))))
        }
    });
    Ok(((facts, totals), rest))
}

/// The heading of the lines as CSV.
pub fn csv_heading() -> Result<Vec<u8>, Stop> {
    csv(std::iter::once(COLUMNS.iter().map(|(name, ..)| (*name).to_owned()).collect()))
}

/// Lines as CSV. Text that a spreadsheet would take for a formula is made harmless by an apostrophe.
pub fn csv_part(number: i64, lines: &[Line]) -> Result<Vec<u8>, Stop> {
    let rows = lines.iter().map(|line| cells(number, line)).collect::<Result<Vec<_>, _>>()?;
    csv(rows.iter().map(|cells| cells.iter().map(Cell::to_csv).collect()))
}

fn csv(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Stop> {
    csv_lines(rows).map_err(unwritten)
}

async fn open(app: &App, actor: &Actor, id: StatementId) -> Result<(Tx, Facts, Totals), Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let (facts, totals) = find(&tx, id).await?;
    Ok((tx, facts, totals))
}

/// The next lines; none when there are no more.
async fn part(
    tx: &Tx,
    id: StatementId,
    after: &mut Option<i32>,
) -> Result<Option<Vec<StatementLine>>, Stop> {
    let rows = shown(tx, id, *after, Some(u64::from(PART))).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *after = Some(last.seq);
    Ok(Some(rows))
}

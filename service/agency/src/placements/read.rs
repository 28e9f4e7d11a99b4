//! A whole file, judged line by line: the same for the check and for the commit after it.

use super::rows::{FileRefused, Flow, Row, walk};
use super::spool::FileForm;
use domain::placement::check::unreadable;
use domain::placement::mapping::GivenWithUpload;
use domain::placement::{
    Cell, Code, Column, ControlTotals, Finding, Layout, MAX_LINES, Mapping, Rules, Verdict, check,
};
use std::fs::File;

/// Blank lines and the like that a file may have on top of its accounts.
const MAX_SKIPPED: u64 = 200_000;

/// A judged line.
pub(super) struct Judged {
    /// The physical line, or the sheet's row, from 1.
    pub line: u64,
    /// Bytes gone by.
    pub bytes: u64,
    /// What becomes of it.
    pub verdict: Verdict,
    /// A rejected line's account number, as it came.
    pub number: Option<String>,
    /// A rejected line's name, as it came.
    pub name: Option<String>,
}

/// What a whole file says besides its lines.
#[derive(Default)]
pub(super) struct WholeFile {
    /// The control totals of its trailer.
    pub trailer: Option<ControlTotals>,
    /// Headers that are mapped to nothing.
    pub unmapped: Vec<String>,
}

/// Finds the columns without reading a line.
pub(super) fn layout(
    file: File,
    form: FileForm,
    mapping: &Mapping,
    given: GivenWithUpload,
) -> Result<Layout, FileRefused> {
    let mut found = None;
    walk(file, form, mapping, &mut |row| {
        found = Some(layout_of(&row, mapping, given)?);
        Ok(Flow::Enough)
    })?;
    found.ok_or(FileRefused::NoHeader(mapping.header_line))
}

fn layout_of(
    row: &Row<'_>,
    mapping: &Mapping,
    given: GivenWithUpload,
) -> Result<Layout, FileRefused> {
    let cells = row.cells.as_ref().map_err(|why| FileRefused::BadHeader(why.reason.to_string()))?;
    let texts: Vec<String> =
        cells.iter().map(|cell| cell.text().unwrap_or_default().into_owned()).collect();
    let header: Vec<&str> = texts.iter().map(String::as_str).collect();
    if header.iter().all(|text| text.is_empty()) {
        return Err(FileRefused::NoHeader(mapping.header_line));
    }
    Ok(mapping.layout(&header, given)?)
}

/// Reads a file and hands every judged line on, until there are no more or `sink` says enough.
pub(super) fn read(
    file: File,
    form: FileForm,
    mapping: &Mapping,
    rules: &Rules,
    sink: &mut dyn FnMut(Judged) -> bool,
) -> Result<WholeFile, FileRefused> {
    let given = GivenWithUpload { portfolio: rules.portfolio_given };
    let mut whole = WholeFile::default();
    let mut layout: Option<Layout> = None;
    let (mut received, mut skipped) = (0, 0);
    walk(file, form, mapping, &mut |row| {
        let Some(layout) = &layout else {
            let found = layout_of(&row, mapping, given)?;
            whole.unmapped = found.unmapped().to_vec();
            let width = found.width();
            layout = Some(found);
            return Ok(Flow::On(width));
        };
        let judged = judge(row, layout, rules, &mut whole.trailer)?;
        match &judged.verdict {
            Verdict::Trailer => return Ok(Flow::On(layout.width())),
            Verdict::Skipped(_) => skipped += 1,
            Verdict::Placed(..) | Verdict::Rejected(..) => received += 1,
        }
        if received > MAX_LINES || skipped > MAX_SKIPPED {
            return Err(FileRefused::TooManyLines);
        }
        Ok(if sink(judged) { Flow::On(layout.width()) } else { Flow::Enough })
    })?;
    if received == 0 {
        return Err(FileRefused::NoRows);
    }
    if mapping.trailer && whole.trailer.is_none() {
        return Err(FileRefused::TrailerMissing);
    }
    Ok(whole)
}

fn judge(
    row: Row<'_>,
    layout: &Layout,
    rules: &Rules,
    trailer: &mut Option<ControlTotals>,
) -> Result<Judged, FileRefused> {
    let (line, bytes) = (row.line, row.bytes);
    let cells = match row.cells {
        Ok(cells) => cells,
        Err(finding) => {
            let verdict = unreadable(finding);
            return Ok(Judged { line, bytes, verdict, number: None, name: None });
        }
    };
    let verdict = check(cells, layout, rules);
    match &verdict {
        Verdict::Trailer if trailer.is_some() => return Err(FileRefused::AfterTrailer),
        Verdict::Trailer => {
            *trailer = Some(ControlTotals::of_trailer(cells, rules.decimal_mark)?);
        }
        Verdict::Placed(..) | Verdict::Rejected(..) if trailer.is_some() => {
            return Err(FileRefused::AfterTrailer);
        }
        Verdict::Placed(..) | Verdict::Rejected(..) | Verdict::Skipped(_) => {}
    }
    let (number, name) = match &verdict {
        Verdict::Rejected(_, findings) if findings.iter().all(is_of_value) => said(cells, layout),
        Verdict::Rejected(..) | Verdict::Placed(..) | Verdict::Skipped(_) | Verdict::Trailer => {
            (None, None)
        }
    };
    Ok(Judged { line, bytes, verdict, number, name })
}

/// Whether the columns of the line can be trusted.
fn is_of_value(finding: &Finding) -> bool {
    !matches!(finding.code, Code::TooFewFields | Code::TooManyFields)
}

/// The account number and name of a rejected line, so that a report can say whose it is.
fn said(cells: &[Cell<'_>], layout: &Layout) -> (Option<String>, Option<String>) {
    let values = layout.values(cells);
    let text = |column: Column| {
        values
            .get(column)
            .code()
            .map(|text| domain::placement::finding::shown(column, &text))
            .filter(|text| !text.is_empty())
    };
    let person = match (text(Column::Last), text(Column::First)) {
        (Some(last), Some(first)) => Some(format!("{first} {last}")),
        (last, first) => last.or(first),
    };
    (text(Column::ClientAccountNumber), text(Column::BusinessName).or(person))
}

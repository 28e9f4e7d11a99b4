//! A report as columns and cells, and as a file.

use super::{Definition, Report};
use crate::exports::{self, ColumnKind, ExportError, ExportFile, Format};
use chrono::NaiveDate;
use domain::recovery::Percentage;
use domain::{Currency, Money};
use kernel::stop::Stop;
use rust_decimal::Decimal;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A day.
    Date,
    /// A whole number.
    Count,
    /// An amount in the report's currency.
    Money,
    /// A share; what it is of stands in the column's label.
    Percent,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs, `snake_case`.
    pub name: String,
    /// Its heading.
    pub label: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column of this kind.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), label: label.into(), kind }
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words; where `true`, they come from the outside.
    Text(String, bool),
    /// A day.
    Date(NaiveDate),
    /// A whole number.
    Count(i64),
    /// An amount.
    Money(Money),
    /// A share: `0.0741` is 7.41 %.
    Percent(Percentage),
    /// Nothing: not reached yet, or nothing to divide by. It is not zero.
    Blank,
}

impl Cell {
    /// Our own words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into(), false)
    }

    /// Words of the outside: names.
    pub fn named(words: impl Into<String>) -> Self {
        Self::Text(words.into(), true)
    }

    /// A share, or blank.
    pub fn share(share: Option<Percentage>) -> Self {
        share.map_or(Self::Blank, Self::Percent)
    }

    /// As it stands in a file: `1250.00`, `0.0741`, `2026-11-30`.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(words, _) => words.clone(),
            Self::Date(day) => day.to_string(),
            Self::Count(n) => n.to_string(),
            Self::Money(money) => money.to_decimal(),
            Self::Percent(share) => four(share.share).to_string(),
            Self::Blank => String::new(),
        }
    }
}

fn four(share: Decimal) -> Decimal {
    let mut share = share;
    share.rescale(4);
    share
}

/// A report, laid out.
#[derive(Debug, Clone)]
pub struct Table {
    /// How its figures come about.
    pub definition: &'static Definition,
    /// What was chosen of it, for headers: what the columns count, what percentages are of.
    pub reading: Option<String>,
    /// The day of the figures.
    pub as_of: NaiveDate,
    /// The first and the last day that it covers.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// The last lines: totals, averages.
    pub footer: Vec<Vec<Cell>>,
}

/// What can be laid out: one row of a report.
pub trait Row {
    /// The columns.
    fn columns() -> Vec<Column>;
    /// The cells, one a column.
    fn cells(&self) -> Vec<Cell>;
    /// The cells of the line of totals.
    fn footer(&self) -> Vec<Cell> {
        let mut cells = self.cells();
        if let Some(first) = cells.first_mut() {
            *first = Cell::text("Total");
        }
        cells
    }
}

impl<T: Row> Report<T> {
    /// Lays it out.
    pub fn table(&self) -> Table {
        Table {
            definition: self.definition,
            reading: None,
            as_of: self.as_of,
            period: self.period,
            currency: self.currency,
            columns: T::columns(),
            rows: self.rows.iter().map(Row::cells).collect(),
            footer: self.total.iter().map(Row::footer).collect(),
        }
    }
}

/// The report as a file: the headings, the rows, the footer.
pub async fn file(table: Table, format: Format) -> Result<ExportFile, Stop> {
    let name = format!("{}-{}", table.definition.name.slug(), table.as_of);
    match format {
        Format::Csv => Ok(ExportFile {
            name: format!("{name}.csv"),
            media_type: format.media_type(),
            bytes: csv(&table).map_err(exports::unwritten)?,
        }),
        Format::Xlsx => {
            let list = list(name, table).map_err(exports::unwritten)?;
            exports::file(list, format).await
        }
    }
}

/// Shares keep their four decimals, as in JSON.
fn csv(table: &Table) -> Result<Vec<u8>, ExportError> {
    let heading = table.columns.iter().map(|column| column.label.clone()).collect();
    let rows = table.rows.iter().chain(&table.footer);
    let lines = rows.map(|row| row.iter().map(harmless).collect());
    exports::csv_lines(std::iter::once(heading).chain(lines))
}

fn harmless(cell: &Cell) -> String {
    match cell {
        Cell::Text(words, true) => exports::harmless(words),
        Cell::Text(_, false)
        | Cell::Date(_)
        | Cell::Count(_)
        | Cell::Money(_)
        | Cell::Percent(_)
        | Cell::Blank => cell.plain(),
    }
}

fn list(name: String, table: Table) -> Result<exports::Table, ExportError> {
    let columns = table.columns.into_iter().map(|column| {
        let kind = match column.kind {
            Kind::Text => ColumnKind::Text,
            Kind::Date => ColumnKind::Date,
            Kind::Count => ColumnKind::Whole,
            Kind::Money => ColumnKind::Money,
            Kind::Percent => ColumnKind::Percent,
        };
        exports::Column::new(column.label, kind)
    });
    let mut list = exports::Table::new(name, columns.collect()).titled(table.definition.title);
    for row in table.rows {
        list.push(row.into_iter().map(in_sheet).collect())?;
    }
    for row in table.footer {
        list.push_foot(row.into_iter().map(in_sheet).collect())?;
    }
    Ok(list)
}

fn in_sheet(cell: Cell) -> exports::Cell {
    match cell {
        Cell::Text(words, _) => exports::Cell::Text(words),
        Cell::Date(day) => exports::Cell::Date(day),
        Cell::Count(count) => exports::Cell::Whole(count),
        Cell::Money(money) => exports::Cell::Money(money),
        Cell::Percent(share) => exports::Cell::Share(four(share.share)),
        Cell::Blank => exports::Cell::Empty,
    }
}

/// The sum for a line of totals, over rows that the database has already summed safely.
pub(super) fn sum<T>(rows: &[T], of: impl Fn(&T) -> Money) -> Money {
    rows.iter().map(of).sum()
}

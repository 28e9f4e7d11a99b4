//! A list in memory.

use super::{Cell, Column, ExportError, Sheet, csv_lines};

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180), UTF-8.
    Csv,
    /// A sheet of Office Open XML.
    Xlsx,
}

impl Format {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// How the file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Reads `csv` or `xlsx`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// A file that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, with the ending.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A list: columns, and rows whose cells fit them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    name: String,
    title: Option<String>,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    foot: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty list. The name is the file's, without ending.
    pub fn new(name: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { name: name.into(), title: None, columns, rows: Vec::new(), foot: Vec::new() }
    }

    /// The same list with a name for its sheet, which is the file's unless told.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// Adds a row: one cell for each column, each of its kind.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), ExportError> {
        check(&self.columns, &row)?;
        self.rows.push(row);
        Ok(())
    }

    /// Adds a line of sums that stands under all rows; words may stand there in any column ("Total").
    pub fn push_foot(&mut self, row: Vec<Cell>) -> Result<(), ExportError> {
        check_foot(&self.columns, &row)?;
        self.foot.push(row);
        Ok(())
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// The list as a file. A sheet of 50,000 rows takes a good part of a second of processor time:
    /// long ones belong into `spawn_blocking` or a job.
    pub fn write(&self, format: Format) -> Result<ExportFile, ExportError> {
        let bytes = match format {
            Format::Csv => {
                let heading = self.columns.iter().map(|column| column.title.clone()).collect();
                let rows = self.rows.iter().chain(&self.foot);
                let rows = rows.map(|row| row.iter().map(Cell::to_csv).collect());
                csv_lines(std::iter::once(heading).chain(rows))?
            }
            Format::Xlsx => {
                let mut sheet =
                    Sheet::begin(self.title.as_ref().unwrap_or(&self.name), self.columns.clone())?;
                for row in &self.rows {
                    sheet.push(row)?;
                }
                for row in &self.foot {
                    sheet.foot(row)?;
                }
                sheet.finish()?
            }
        };
        Ok(ExportFile {
            name: format!("{}.{}", self.name, format.extension()),
            media_type: format.media_type(),
            bytes,
        })
    }
}

pub(super) fn check(columns: &[Column], row: &[Cell]) -> Result<(), ExportError> {
    fit(columns, row, |column, cell| cell.fits(column.kind))
}

pub(super) fn check_foot(columns: &[Column], row: &[Cell]) -> Result<(), ExportError> {
    fit(columns, row, |column, cell| matches!(cell, Cell::Text(_)) || cell.fits(column.kind))
}

fn fit(
    columns: &[Column],
    row: &[Cell],
    fits: impl Fn(&Column, &Cell) -> bool,
) -> Result<(), ExportError> {
    if row.len() != columns.len() {
        return Err(ExportError::Uneven { cells: row.len(), columns: columns.len() });
    }
    match columns.iter().zip(row).find(|(column, cell)| !fits(column, cell)) {
        Some((column, _)) => Err(ExportError::WrongKind { column: column.title.clone() }),
        None => Ok(()),
    }
}

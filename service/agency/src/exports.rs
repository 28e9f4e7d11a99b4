//! Lists as files: one description of columns, written as CSV or as a sheet (XLSX).
//!
//! A report says once what its columns are and gives its rows as typed [`Cell`]s; the caller picks
//! the [`Format`]. The same rows make the same bytes, whenever they are written.
//!
//! ```
//! # use service::exports::{Cell, Column, Format, Table};
//! # use domain::Money;
//! let mut table = Table::new(
//!     "trial-balance",
//!     vec![Column::text("Account"), Column::money("Balance")],
//! );
//! table.push(vec![Cell::text("CLIENT_PAYABLE"), Cell::Money(Money::from_minor(125_000))])?;
//! let file = table.write(Format::Csv)?;
//! assert_eq!(file.name, "trial-balance.csv");
//! assert_eq!(file.bytes, b"Account,Balance\r\nCLIENT_PAYABLE,1250.00\r\n");
//! # Ok::<(), service::exports::ExportError>(())
//! ```
//!
//! Lists too long for memory are written a row at a time: [`csv_lines`] for each page of them, or a
//! [`Sheet`], which needs the memory of one row and a file of the system's folder for such files.

mod cell;
mod sheet;
mod table;

pub use cell::{Cell, Column, ColumnKind};
pub use sheet::{SHEET_ROWS, Sheet};
pub use table::{ExportFile, Format, Table};

use kernel::stop::{Fault, Stop};

/// Why a list does not become a file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A row has more or fewer cells than there are columns.
    #[error("a row has {cells} cells, the list has {columns} columns")]
    Uneven {
        /// Cells of the row.
        cells: usize,
        /// Columns of the list.
        columns: usize,
    },
    /// A cell is of another kind than its column.
    #[error("the column \"{column}\" does not take this cell")]
    WrongKind {
        /// The column's title.
        column: String,
    },
    /// More rows than a sheet holds.
    #[error("a sheet holds {SHEET_ROWS} rows and this list is longer; ask for CSV, or for less")]
    TooManyRows,
    /// Longer than a cell of a sheet may be.
    #[error(
        "a text is longer than the 32,767 characters that a cell of a sheet holds; ask for CSV"
    )]
    TextTooLong,
    /// The sheet could not be written.
    #[error("the sheet could not be written: {0}")]
    Sheet(String),
    /// The CSV could not be written.
    #[error("the CSV could not be written: {0}")]
    Csv(String),
}

/// A fault of ours: what was to be written was of our own making.
pub(crate) fn unwritten(fault: ExportError) -> Stop {
    tracing::error!(error = %fault, "a file could not be written");
    Fault::Unexpected("a file could not be written").into()
}

/// A list as a file, written on a thread of its own.
pub async fn file(table: Table, format: Format) -> Result<ExportFile, Stop> {
    tokio::task::spawn_blocking(move || table.write(format).map_err(unwritten))
        .await
        .map_err(|_| Fault::Unexpected("a file was not written to its end"))?
}

/// Text of the outside as a cell of a CSV file: a spreadsheet takes what begins with `=`, `+`, `-`,
/// `@`, tab or a line's end, also after spaces, for a formula, so such text gets an apostrophe in
/// front. Our own numbers and dates do not go through here; in a sheet nothing has to.
pub fn harmless(outside: &str) -> String {
    let runs = outside
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if runs { format!("'{outside}") } else { outside.to_owned() }
}

/// Lines of CSV (RFC 4180: commas, CRLF). Text of the outside has gone through [`harmless`] before.
pub fn csv_lines(lines: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, ExportError> {
    let broken = |fault: &dyn std::fmt::Display| ExportError::Csv(fault.to_string());
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for line in lines {
        writer.write_record(&line).map_err(|fault| broken(&fault))?;
    }
    writer.into_inner().map_err(|fault| broken(&fault))
}

#[cfg(test)]
mod tests;

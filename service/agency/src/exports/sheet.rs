//! A sheet (XLSX), written a row at a time.

use super::table::{check, check_foot};
use super::{Cell, Column, ColumnKind, ExportError};
use chrono::Datelike;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

/// Rows that a sheet holds, its heading not counted.
pub const SHEET_ROWS: u32 = 1_048_575;

/// The greatest sum of minor units that a spreadsheet keeps to the cent: its numbers have 15 digits.
const EXACT: i64 = 999_999_999_999_999;

/// A sheet that is being written. Text is written as text, never as a formula, whatever it begins
/// with. Money is a number with two decimals; an amount of more than 15 digits would lose its cents
/// as a number and is written as text.
pub struct Sheet {
    workbook: Workbook,
    columns: Vec<Column>,
    plain: Formats,
    bold: Formats,
    rows: u32,
}

struct Formats {
    text: Format,
    money: Format,
    percent: Format,
    date: Format,
    instant: Format,
}

impl Formats {
    fn of(base: &Format) -> Self {
        let numbers = |form: &str| base.clone().set_num_format(form);
        Self {
            text: base.clone(),
            money: numbers("#,##0.00"),
            percent: numbers("0.00##%"),
            date: numbers("yyyy-mm-dd"),
            instant: numbers("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

impl Sheet {
    /// Begins a sheet with its heading, which stays in sight when one scrolls and is repeated on each
    /// printed page. A sheet's name has up to 31 characters; a longer one is cut.
    pub fn begin(name: &str, columns: Vec<Column>) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        // The same rows are the same file: no clock.
        let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(stop)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let heading = Format::new().set_bold();
        let heading_right = heading.clone().set_align(FormatAlign::Right);
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(stop)?;
        sheet.set_name(sheet_name(name)).map_err(stop)?;
        sheet.set_freeze_panes(1, 0).map_err(stop)?;
        sheet.set_repeat_rows(0, 0).map_err(stop)?;
        for (at, column) in (0_u16..).zip(&columns) {
            let (width, format) = match column.kind {
                ColumnKind::Text => (24.0, &heading),
                ColumnKind::Whole => (10.0, &heading_right),
                ColumnKind::Money => (14.0, &heading_right),
                ColumnKind::Percent => (10.0, &heading_right),
                ColumnKind::Date => (12.0, &heading_right),
                ColumnKind::Instant => (20.0, &heading_right),
            };
            sheet.set_column_width(at, width).map_err(stop)?;
            sheet.write_string_with_format(0, at, &column.title, format).map_err(stop)?;
        }
        let (plain, bold) = (Formats::of(&Format::new()), Formats::of(&heading));
        Ok(Self { workbook, columns, plain, bold, rows: 0 })
    }

    /// Adds a row: one cell for each column, each of its kind.
    pub fn push(&mut self, row: &[Cell]) -> Result<(), ExportError> {
        check(&self.columns, row)?;
        self.write(row, false)
    }

    /// Adds a line of sums at the foot, bold; words may stand there in any column ("Total").
    pub fn foot(&mut self, row: &[Cell]) -> Result<(), ExportError> {
        check_foot(&self.columns, row)?;
        self.write(row, true)
    }

    fn write(&mut self, row: &[Cell], foot: bool) -> Result<(), ExportError> {
        if self.rows >= SHEET_ROWS {
            return Err(ExportError::TooManyRows);
        }
        self.rows += 1;
        let sheet = self.workbook.worksheet_from_index(0).map_err(stop)?;
        let formats = if foot { &self.bold } else { &self.plain };
        for (at, cell) in (0_u16..).zip(row) {
            write(sheet, self.rows, at, cell, formats).map_err(stop)?;
        }
        Ok(())
    }

    /// The file.
    pub fn finish(mut self) -> Result<Vec<u8>, ExportError> {
        self.workbook.save_to_buffer().map_err(stop)
    }
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, at, text, &formats.text)?;
        }
        Cell::Whole(number) => match number_of(Decimal::from(*number)) {
            Some(exact) if number.unsigned_abs() <= EXACT.unsigned_abs() => {
                sheet.write_number_with_format(row, at, exact, &formats.text)?;
            }
            Some(_) | None => {
                sheet.write_string(row, at, number.to_string())?;
            }
        },
        Cell::Money(money) => match number_of(Decimal::new(money.minor(), 2)) {
            Some(exact) if money.minor().unsigned_abs() <= EXACT.unsigned_abs() => {
                sheet.write_number_with_format(row, at, exact, &formats.money)?;
            }
            Some(_) | None => {
                sheet.write_string(row, at, money.to_decimal())?;
            }
        },
        Cell::Percent(rate) => percent(sheet, row, at, rate.share(), formats)?,
        Cell::Share(share) => percent(sheet, row, at, *share, formats)?,
        Cell::Date(day) => {
            let exact = ExcelDateTime::from_ymd(
                u16::try_from(day.year()).unwrap_or_default(),
                u8::try_from(day.month()).unwrap_or_default(),
                u8::try_from(day.day()).unwrap_or_default(),
            );
            match exact {
                Ok(exact) => sheet.write_datetime_with_format(row, at, &exact, &formats.date)?,
                // A spreadsheet knows no day before 1900.
                Err(_) => sheet.write_string(row, at, day.to_string())?,
            };
        }
        Cell::Instant(instant) => {
            match ExcelDateTime::from_timestamp(instant.timestamp()) {
                Ok(exact) => sheet.write_datetime_with_format(row, at, &exact, &formats.instant)?,
                Err(_) => sheet.write_string(row, at, instant.to_rfc3339())?,
            };
        }
    }
    Ok(())
}

fn percent(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    share: Decimal,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match number_of(share) {
        Some(exact) => sheet.write_number_with_format(row, at, exact, &formats.percent)?,
        None => sheet.write_string(row, at, share.to_string())?,
    };
    Ok(())
}

/// The number of a spreadsheet that is nearest.
fn number_of(exact: Decimal) -> Option<f64> {
    exact.to_f64()
}

/// A name that a sheet may have: without `[]:*?/\`, up to 31 characters.
fn sheet_name(name: &str) -> String {
    let fit: String = name.chars().filter(|sign| !"[]:*?/\\'".contains(*sign)).take(31).collect();
    if fit.trim().is_empty() { "Sheet1".to_owned() } else { fit }
}

fn stop(fault: XlsxError) -> ExportError {
    if matches!(fault, XlsxError::MaxStringLengthExceeded) {
        ExportError::TextTooLong
    } else {
        ExportError::Sheet(fault.to_string())
    }
}

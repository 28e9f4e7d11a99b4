//! The first sheet of an XLSX workbook, row by row, its cells as typed as they are.

use super::rows::{FileRefused, Flow, Row};
use calamine::{DataRef, Reader, Xlsx};
use chrono::NaiveDate;
use domain::placement::{Cell, MAX_BYTES, MAX_COLUMNS};
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// A value as it stands in a sheet.
enum Kept {
    Text(String),
    Number(f64),
    Date(NaiveDate),
    Flag(bool),
}

pub(super) fn walk(
    mut file: File,
    header_line: u32,
    sink: &mut dyn FnMut(Row<'_>) -> Result<Flow, FileRefused>,
) -> Result<(), FileRefused> {
    bounded(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut book = Xlsx::new(BufReader::new(file)).map_err(|_| FileRefused::BrokenWorkbook)?;
    let sheet = book.sheet_names().into_iter().next().ok_or(FileRefused::BrokenWorkbook)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| FileRefused::BrokenWorkbook)?;
    let mut walker = Walker { header_line, width: None, row: Vec::new(), number: 0, sink };
    loop {
        let Some(cell) = cells.next_cell().map_err(|_| FileRefused::BrokenWorkbook)? else {
            walker.flush()?;
            return if walker.width.is_some() {
                Ok(())
            } else {
                Err(FileRefused::NoHeader(header_line))
            };
        };
        let (row, column) = cell.get_position();
        if row != walker.number && !walker.flush()? {
            return Ok(());
        }
        walker.number = row;
        walker.put(column, kept(cell.get_value()));
    }
}

struct Walker<'s> {
    header_line: u32,
    width: Option<usize>,
    row: Vec<Option<Kept>>,
    /// The sheet's row from 0.
    number: u32,
    sink: &'s mut dyn FnMut(Row<'_>) -> Result<Flow, FileRefused>,
}

impl Walker<'_> {
    fn put(&mut self, column: u32, value: Option<Kept>) {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        // One column too many is kept, so that the row is seen to be too wide.
        if value.is_none() || column > MAX_COLUMNS {
            return;
        }
        if self.row.len() <= column {
            self.row.resize_with(column + 1, || None);
        }
        if let Some(slot) = self.row.get_mut(column) {
            *slot = value;
        }
    }

    /// Hands the row on; false when no more are wanted.
    fn flush(&mut self) -> Result<bool, FileRefused> {
        let row = std::mem::take(&mut self.row);
        if row.is_empty() || self.number + 1 < self.header_line {
            return Ok(true);
        }
        let mut cells: Vec<Cell<'_>> = row.iter().map(|kept| cell(kept.as_ref())).collect();
        if let Some(width) = self.width
            && cells.len() < width
        {
            cells.resize(width, Cell::Blank);
        }
        let line = u64::from(self.number) + 1;
        match (self.sink)(Row { line, bytes: 0, cells: Ok(&cells) })? {
            Flow::On(width) => {
                self.width = Some(width);
                Ok(true)
            }
            Flow::Enough => {
                self.width = Some(0);
                Ok(false)
            }
        }
    }
}

fn cell(kept: Option<&Kept>) -> Cell<'_> {
    match kept {
        None => Cell::Blank,
        Some(Kept::Text(text)) => Cell::Text(text),
        Some(Kept::Number(number)) => Cell::Number(*number),
        Some(Kept::Date(date)) => Cell::Date(*date),
        Some(Kept::Flag(flag)) => Cell::Flag(*flag),
    }
}

fn kept(value: &DataRef<'_>) -> Option<Kept> {
    match value {
        DataRef::Empty => None,
        DataRef::String(text) => Some(Kept::Text(text.clone())),
        DataRef::SharedString(text) => Some(Kept::Text((*text).to_owned())),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Some(Kept::Text(text.clone())),
        DataRef::Bool(flag) => Some(Kept::Flag(*flag)),
        DataRef::Int(number) => Some(Kept::Text(number.to_string())),
        DataRef::Float(number) => Some(Kept::Number(*number)),
        DataRef::Error(error) => Some(Kept::Text(error.to_string())),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
            Some(date.map_or_else(|| Kept::Number(moment.as_f64()), Kept::Date))
        }
    }
}

/// Unpacks every part once to nowhere, so that a bomb is met before it is in memory.
fn bounded(file: &mut File) -> Result<(), FileRefused> {
    let mut left = MAX_BYTES;
    for (offset, packed) in parts(file)? {
        file.seek(SeekFrom::Start(offset))?;
        let mut header = [0; 30];
        file.read_exact(&mut header).map_err(|_| FileRefused::BrokenWorkbook)?;
        let number = |at: usize| u64::from(u16_at(&header, at));
        file.seek(SeekFrom::Current(
            i64::try_from(number(26) + number(28)).map_err(|_| FileRefused::BrokenWorkbook)?,
        ))?;
        let deflated = u16_at(&header, 8) == 8;
        let input = BufReader::new(file.by_ref().take(packed));
        let mut unpacked: Box<dyn Read> =
            if deflated { Box::new(DeflateDecoder::new(input)) } else { Box::new(input) };
        let count = io::copy(&mut unpacked.by_ref().take(left + 1), &mut io::sink())
            .map_err(|_| FileRefused::BrokenWorkbook)?;
        left = left.checked_sub(count).ok_or(FileRefused::TooLarge)?;
    }
    Ok(())
}

/// Where each part of the ZIP stands and how long it is packed, by its central directory.
fn parts(file: &mut File) -> Result<Vec<(u64, u64)>, FileRefused> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(size.saturating_sub(66_000)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let record = end
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .and_then(|at| end.get(at..))
        .filter(|record| record.len() >= 22)
        .ok_or(FileRefused::BrokenWorkbook)?;
    file.seek(SeekFrom::Start(u64::from(u32_at(record, 16))))?;
    let mut directory = Vec::new();
    file.by_ref().take(u64::from(u32_at(record, 12)).min(1 << 20)).read_to_end(&mut directory)?;
    let mut parts = Vec::new();
    let mut rest = directory.as_slice();
    while rest.starts_with(b"PK\x01\x02") && rest.len() >= 46 {
        parts.push((u64::from(u32_at(rest, 42)), u64::from(u32_at(rest, 20))));
        let names: usize = [28, 30, 32].into_iter().map(|at| usize::from(u16_at(rest, at))).sum();
        rest = rest.get(46 + names..).unwrap_or_default();
    }
    if parts.is_empty() { Err(FileRefused::BrokenWorkbook) } else { Ok(parts) }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map_or(0, u32::from_le_bytes)
}

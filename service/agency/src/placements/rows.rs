//! The rows of a file, from its header on, whether it is text or a workbook.

use super::records::{Next, Records};
use super::spool::FileForm;
use super::workbook;
use domain::placement::mapping::{Encoding, MappingRefusal, Separator};
use domain::placement::totals::Unreadable;
use domain::placement::{Cell, Code, Finding, MAX_FIELD_BYTES, Mapping};
use kernel::stop::Fault;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// A row of a file.
pub(super) struct Row<'a> {
    /// The physical line, or the sheet's row, from 1.
    pub line: u64,
    /// Bytes gone by, for the progress shown; nothing in a workbook.
    pub bytes: u64,
    /// Its values, or why none can be read.
    pub cells: Result<&'a [Cell<'a>], Finding>,
}

/// Whether to go on, and with how many fields a row.
pub(super) enum Flow {
    /// On; rows have this many fields.
    On(usize),
    /// Enough.
    Enough,
}

/// Why a whole file is refused once it is read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileRefused {
    /// The mapping does not fit.
    #[error(transparent)]
    Mapping(#[from] MappingRefusal),
    /// No header line.
    #[error("The file has no header line {0}.")]
    NoHeader(u32),
    /// The header cannot be decoded.
    #[error("The header line cannot be read: {0}")]
    BadHeader(String),
    /// A header without rows.
    #[error("The file has a header and no accounts.")]
    NoRows,
    /// More lines than are read.
    #[error("The file has more than 1,000,000 lines. Split it.")]
    TooManyLines,
    /// The trailer cannot be read.
    #[error(transparent)]
    Trailer(#[from] Unreadable),
    /// A trailer is declared and missing.
    #[error(
        "The mapping declares a trailer record, and the file ends without one; it may be cut short."
    )]
    TrailerMissing,
    /// There are accounts after the trailer.
    #[error("There are lines after the trailer record.")]
    AfterTrailer,
    /// The workbook is damaged.
    #[error("This workbook is damaged or cut short. Save it again as XLSX or CSV.")]
    BrokenWorkbook,
    /// The workbook unpacks to more than is read.
    #[error("The workbook is larger than 512 MiB once unpacked. Split it, or send CSV.")]
    TooLarge,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl FileRefused {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Mapping(refusal) => refusal.code(),
            Self::NoHeader(_) => "no_header",
            Self::BadHeader(_) => "header_not_decodable",
            Self::NoRows => "no_rows",
            Self::TooManyLines => "too_many_lines",
            Self::Trailer(_) => "trailer_unreadable",
            Self::TrailerMissing => "trailer_missing",
            Self::AfterTrailer => "lines_after_trailer",
            Self::BrokenWorkbook => "workbook_broken",
            Self::TooLarge => "file_too_large",
            Self::Fault(_) => "internal_error",
        }
    }
}

impl From<io::Error> for FileRefused {
    fn from(err: io::Error) -> Self {
        Self::Fault(Fault::Outside(format!("the spool file: {err}")))
    }
}

/// Walks the rows of a file, the header first.
pub(super) fn walk(
    file: File,
    form: FileForm,
    mapping: &Mapping,
    sink: &mut dyn FnMut(Row<'_>) -> Result<Flow, FileRefused>,
) -> Result<(), FileRefused> {
    match form {
        FileForm::Text => walk_text(file, mapping, sink),
        FileForm::Workbook => workbook::walk(file, mapping.header_line, sink),
    }
}

fn walk_text(
    mut file: File,
    mapping: &Mapping,
    sink: &mut dyn FnMut(Row<'_>) -> Result<Flow, FileRefused>,
) -> Result<(), FileRefused> {
    let header_line = mapping.header_line;
    let separator = match mapping.separator {
        Some(separator) => separator,
        None => Separator::of_header(&physical_line(&mut file, header_line)?),
    };
    file.seek(SeekFrom::Start(0))?;
    skip_byte_order_mark(&mut file)?;
    let mut records = Records::new(file, separator.byte());
    let mut width = None;
    loop {
        let next = records.next(width)?;
        if next == Next::End {
            return if width.is_some() { Ok(()) } else { Err(FileRefused::NoHeader(header_line)) };
        }
        if records.line() < u64::from(header_line) {
            continue;
        }
        let row = match next {
            Next::Record => decoded(&records, mapping.encoding),
            Next::Unclosed | Next::End => Err(Finding::of_line(Code::QuoteNotClosed)),
        };
        let (line, bytes) = (records.line(), records.bytes());
        let flow = match row {
            Ok(texts) => {
                let cells: Vec<Cell<'_>> = texts.iter().map(|text| Cell::Text(text)).collect();
                sink(Row { line, bytes, cells: Ok(&cells) })?
            }
            Err(finding) => sink(Row { line, bytes, cells: Err(finding) })?,
        };
        match flow {
            Flow::On(fields) => width = Some(fields),
            Flow::Enough => return Ok(()),
        }
    }
}

fn decoded<R: Read>(
    records: &Records<R>,
    encoding: Encoding,
) -> Result<Vec<Cow<'_, str>>, Finding> {
    if records.raw().contains(&0) {
        let at = records.raw().iter().position(|byte| *byte == 0).unwrap_or(0);
        let reason =
            format!("{} It stands at byte {} of the line.", Code::NulByte.reason(), at + 1);
        return Err(Finding::of_line(Code::NulByte).because(reason));
    }
    records
        .fields()
        .map(|bytes| {
            if bytes.len() > MAX_FIELD_BYTES {
                return Err(Finding::of_line(Code::FieldTooLong));
            }
            match encoding {
                Encoding::Utf8 => utf8(bytes),
                Encoding::Windows1252 => windows_1252(bytes),
            }
            .ok_or_else(|| undecodable(records.raw(), encoding))
        })
        .collect()
}

fn utf8(bytes: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// The five bytes that Windows-1252 leaves free.
fn is_hole(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)
}

fn windows_1252(bytes: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    if bytes.iter().copied().any(is_hole) {
        return None;
    }
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
    Some(Cow::Owned(text.into_owned()))
}

fn undecodable(raw: &[u8], encoding: Encoding) -> Finding {
    let at = match encoding {
        Encoding::Utf8 => std::str::from_utf8(raw).err().map(|err| err.valid_up_to()),
        Encoding::Windows1252 => raw.iter().copied().position(is_hole),
    };
    let finding = Finding::of_line(Code::NotDecodable);
    let Some((at, byte)) = at.and_then(|at| raw.get(at).map(|byte| (at, *byte))) else {
        return finding;
    };
    let reason = format!(
        "{} It is 0x{byte:02X} at byte {} of the line.",
        Code::NotDecodable.reason(),
        at + 1
    );
    finding.because(reason)
}

fn skip_byte_order_mark(file: &mut File) -> Result<(), FileRefused> {
    let mut start = [0; 3];
    let mut read = 0;
    while read < start.len() {
        match file.read(start.get_mut(read..).unwrap_or_default())? {
            0 => break,
            more => read += more,
        }
    }
    let marked = start == [0xef, 0xbb, 0xbf];
    file.seek(SeekFrom::Start(if marked { 3 } else { 0 }))?;
    Ok(())
}

/// The bytes of a physical line, at most 64 KiB, for finding the separator.
fn physical_line(file: &mut File, number: u32) -> Result<Vec<u8>, FileRefused> {
    file.seek(SeekFrom::Start(0))?;
    let mut input = BufReader::new(file.by_ref());
    let mut line = Vec::new();
    let (mut at, mut before) = (1, 0);
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(line);
        }
        let length = chunk.len();
        for byte in chunk {
            let ends = *byte == b'\r' || *byte == b'\n' && before != b'\r';
            before = *byte;
            if ends {
                at += 1;
            }
            if at > number || line.len() > MAX_FIELD_BYTES {
                return Ok(line);
            }
            if at == number && !matches!(*byte, b'\r' | b'\n') {
                line.push(*byte);
            }
        }
        input.consume(length);
    }
}

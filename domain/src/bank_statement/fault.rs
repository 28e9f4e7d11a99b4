//! Why a bank's statement cannot be read, with the place.

use super::{MAX_BYTES, MAX_LINES};

/// Something wrong at one place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column of a CSV file or the element of a camt.053 file.
    pub column: String,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, and what to do about it.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.column, self.reason)
    }
}

/// Why a file is refused whole. A statement is read to its last line or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than any statement.
    #[error("the file has {bytes} bytes; the most is {MAX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// More lines than are read.
    #[error("the file has more than {MAX_LINES} lines; ask the bank for a shorter period")]
    TooManyLines,
    /// Not UTF-8.
    #[error("line {line} is not UTF-8 text; save or request the file as UTF-8")]
    NotUtf8 {
        /// The first such line.
        line: u64,
    },
    /// No line to read.
    #[error("the file has no lines")]
    Empty,
    /// A mapped column is not in the file.
    #[error("the file has no column {column}; its columns are: {header}")]
    NoColumn {
        /// As the mapping names it.
        column: String,
        /// What the file has.
        header: String,
    },
    /// A mapped column is in the file twice.
    #[error("the file has column {column} twice; name it by its number")]
    ColumnTwice {
        /// As the mapping names it.
        column: String,
    },
    /// Not well-formed XML.
    #[error("line {line}: the file is not well-formed XML: {reason}")]
    Xml {
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A document type declaration, by which entities are defined.
    #[error(
        "line {line}: a bank's statement has no document type declaration; the file is refused"
    )]
    Doctype {
        /// Line of the file, from 1.
        line: u64,
    },
    /// Elements nested deeper, or more of them, than any statement has.
    #[error("line {line}: the elements are nested too deeply or too many")]
    TooComplex {
        /// Line of the file, from 1.
        line: u64,
    },
    /// Another document.
    #[error("this is no camt.053 statement of versions 02 to 08: its namespace is {namespace:?}")]
    NotCamt {
        /// What it says it is.
        namespace: String,
    },
    /// A camt.053 file without statement.
    #[error("the file has no statement")]
    NoStatement,
    /// Lines that cannot be read.
    #[error("{} cannot be read; the first: {}", places(*.total), .faults.first().map(ToString::to_string).unwrap_or_default())]
    Faults {
        /// The first of them, at most [`super::MAX_FAULTS`].
        faults: Vec<Fault>,
        /// How many there are.
        total: u64,
    },
}

fn places(total: u64) -> String {
    if total == 1 { "one place".to_owned() } else { format!("{total} places") }
}

impl Unreadable {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "file_too_large",
            Self::TooManyLines => "too_many_lines",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Empty => "empty_file",
            Self::NoColumn { .. } => "column_missing",
            Self::ColumnTwice { .. } => "column_twice",
            Self::Xml { .. } => "xml_malformed",
            Self::Doctype { .. } => "xml_doctype",
            Self::TooComplex { .. } => "xml_too_complex",
            Self::NotCamt { .. } => "not_camt053",
            Self::NoStatement => "no_statement",
            Self::Faults { .. } => "lines_unreadable",
        }
    }
}

/// Faults as they are found.
#[derive(Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    total: u64,
}

impl Faults {
    pub(super) fn push(&mut self, fault: Fault) {
        self.total += 1;
        if self.list.len() < super::MAX_FAULTS {
            self.list.push(fault);
        }
    }

    pub(super) fn refuse_any(self) -> Result<(), Unreadable> {
        if self.total == 0 {
            return Ok(());
        }
        Err(Unreadable::Faults { faults: self.list, total: self.total })
    }
}

/// The text of a file that is neither too large nor anything but UTF-8.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Unreadable::NotUtf8 { line: line_of(bytes, error.valid_up_to()) })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The line, from 1, of a byte.
pub(super) fn line_of(bytes: &[u8], at: usize) -> u64 {
    let before = bytes.get(..at).unwrap_or(bytes);
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}

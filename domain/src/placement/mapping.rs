//! A creditor's mapping: which of its columns means what, and how its values are written.

use super::MAX_COLUMNS;
use super::amount::DecimalMark;
use super::cell::{Cell, tidy};
use super::column::Column;
use super::date::DateOrder;
use serde::{Deserialize, Serialize};

/// How a file's bytes become text. Declared, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, the habit of spreadsheets in the west.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What separates the fields of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// Tab.
    Tab,
    /// `|`
    Pipe,
}

impl Separator {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// The one that stands most often in a header line outside quotation marks; a comma when none
    /// does.
    pub fn of_header(header: &[u8]) -> Self {
        let count = |separator: Self| {
            let mut quoted = false;
            header
                .iter()
                .filter(|byte| {
                    quoted ^= **byte == b'"';
                    !quoted && **byte == separator.byte()
                })
                .count()
        };
        Self::ALL.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(Self::Comma)
    }
}

/// A header of the creditor and the canonical column it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappedColumn {
    /// The creditor's header; compared without case and outer spaces.
    #[cfg_attr(feature = "openapi", schema(max_length = 255, example = "Acct #"))]
    pub header: String,
    /// The canonical column.
    pub column: Column,
}

/// A value that every line of the file has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConstantValue {
    /// The canonical column.
    pub column: Column,
    /// Its value.
    #[cfg_attr(feature = "openapi", schema(max_length = 255, example = "consumer"))]
    pub value: String,
}

/// How the files of a creditor are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PlacementMappingRules))]
pub struct Mapping {
    /// Headers and what they stand for. One header may feed several columns. A canonical header
    /// stands for itself unless another is mapped to its column.
    #[cfg_attr(feature = "openapi", schema(max_items = 300))]
    pub columns: Vec<MappedColumn>,
    /// Values that every line has. They win over a header.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub constants: Vec<ConstantValue>,
    /// The order of day, month and year in dates that are not ISO.
    pub date_order: DateOrder,
    /// What separates cents.
    pub decimal_mark: DecimalMark,
    /// How bytes become text.
    pub encoding: Encoding,
    /// What separates fields; none: found in the header.
    pub separator: Option<Separator>,
    /// The physical line (or the sheet's row) of the header, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub header_line: u32,
    /// The last record is `TRAILER,row_count,principal,interest,fees,court_costs,other,total`.
    pub trailer: bool,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            constants: Vec::new(),
            date_order: DateOrder::default(),
            decimal_mark: DecimalMark::default(),
            encoding: Encoding::default(),
            separator: None,
            header_line: 1,
            trailer: false,
        }
    }
}

/// Why a mapping does not fit a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingRefusal {
    /// The file has too many columns.
    #[error("The file has {0} columns; at most 300 are read.")]
    TooManyColumns(usize),
    /// A mapped header is there twice.
    #[error("The header \"{0}\" stands in the file more than once. Rename one of them.")]
    DuplicateHeader(String),
    /// Two headers feed one column.
    #[error("Two headers are mapped to the column {0}. Map one of them.")]
    DuplicateColumn(&'static str),
    /// A mapped header is not in the file.
    #[error("The file has no header \"{0}\", which the mapping names.")]
    HeaderMissing(String),
    /// Required columns are neither in the file nor constant.
    #[error("The file lacks required columns: {}. Map a header to each, or give a constant.", .0.join(", "))]
    RequiredMissing(Vec<&'static str>),
    /// The header line is out of range.
    #[error("The header line must be between 1 and 1000.")]
    HeaderLine,
}

impl MappingRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyColumns(_) => "too_many_columns",
            Self::DuplicateHeader(_) => "duplicate_header",
            Self::DuplicateColumn(_) => "duplicate_column",
            Self::HeaderMissing(_) => "header_missing",
            Self::RequiredMissing(_) => "required_columns_missing",
            Self::HeaderLine => "header_line_out_of_range",
        }
    }
}

/// How headers compare: without case, outer spaces and byte order mark.
pub fn header_key(header: &str) -> String {
    tidy(header).to_lowercase()
}

/// What is given with the upload, so that the file need not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenWithUpload {
    /// The portfolio.
    pub portfolio: bool,
}

/// Where each canonical column of one file is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    fields: Vec<(Column, usize)>,
    constants: Vec<(Column, String)>,
    headers: Vec<String>,
    unmapped: Vec<String>,
}

impl Mapping {
    /// Whether the header stands where one may be looked for: on the lines 1 to 1000.
    pub fn header_line_fits(&self) -> bool {
        (1..=1000).contains(&self.header_line)
    }

    /// Finds the columns of a file by its header. The client is always known from the upload.
    pub fn layout(
        &self,
        header: &[&str],
        given: GivenWithUpload,
    ) -> Result<Layout, MappingRefusal> {
        if !self.header_line_fits() {
            return Err(MappingRefusal::HeaderLine);
        }
        if header.len() > MAX_COLUMNS {
            return Err(MappingRefusal::TooManyColumns(header.len()));
        }
        let headers: Vec<String> = header.iter().map(|header| header_key(header)).collect();
        let constants = self.constants()?;
        let mut fields: Vec<(Column, usize)> = Vec::new();
        for mapped in &self.columns {
            if fields.iter().any(|(column, _)| *column == mapped.column) {
                return Err(MappingRefusal::DuplicateColumn(mapped.column.name()));
            }
            fields.push((mapped.column, place_of(&headers, &mapped.header)?));
        }
        for (at, header) in headers.iter().enumerate() {
            let Some(column) = Column::parse(header) else { continue };
            let taken = self
                .columns
                .iter()
                .any(|mapped| mapped.column == column || header_key(&mapped.header) == *header);
            if taken || constants.iter().any(|(known, _)| *known == column) {
                continue;
            }
            place_of(&headers, header)?;
            fields.push((column, at));
        }
        fields.retain(|(column, _)| !constants.iter().any(|(known, _)| known == column));
        let layout = Layout { unmapped: unmapped(header, &fields), fields, constants, headers };
        layout.complete(given)
    }

    fn constants(&self) -> Result<Vec<(Column, String)>, MappingRefusal> {
        let mut constants: Vec<(Column, String)> = Vec::new();
        for constant in &self.constants {
            if constants.iter().any(|(column, _)| *column == constant.column) {
                return Err(MappingRefusal::DuplicateColumn(constant.column.name()));
            }
            constants.push((constant.column, constant.value.clone()));
        }
        Ok(constants)
    }
}

fn place_of(headers: &[String], header: &str) -> Result<usize, MappingRefusal> {
    let key = header_key(header);
    let mut places = headers.iter().enumerate().filter(|(_, header)| **header == key);
    let Some((place, _)) = places.next() else {
        return Err(MappingRefusal::HeaderMissing(tidy(header).to_owned()));
    };
    if places.next().is_some() {
        return Err(MappingRefusal::DuplicateHeader(tidy(header).to_owned()));
    }
    Ok(place)
}

fn unmapped(header: &[&str], fields: &[(Column, usize)]) -> Vec<String> {
    header
        .iter()
        .enumerate()
        .filter(|(at, name)| !tidy(name).is_empty() && !fields.iter().any(|(_, place)| place == at))
        .map(|(_, name)| tidy(name).to_owned())
        .collect()
}

impl Layout {
    fn complete(self, given: GivenWithUpload) -> Result<Self, MappingRefusal> {
        let mut missing: Vec<&'static str> = Column::REQUIRED
            .iter()
            .filter(|column| !self.has(**column))
            .map(|column| column.name())
            .collect();
        if !self.has(Column::Last) && !self.has(Column::BusinessName) {
            missing.push("last or business_name");
        }
        if !given.portfolio && !self.has(Column::PortfolioCode) {
            missing.push(Column::PortfolioCode.name());
        }
        if missing.is_empty() { Ok(self) } else { Err(MappingRefusal::RequiredMissing(missing)) }
    }

    /// Whether the file, or a constant, gives this column.
    pub fn has(&self, column: Column) -> bool {
        self.fields.iter().any(|(known, _)| *known == column)
            || self.constants.iter().any(|(known, _)| *known == column)
    }

    /// Fields in the header, hence in every record.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Headers that are mapped to nothing and kept out.
    pub fn unmapped(&self) -> &[String] {
        &self.unmapped
    }

    /// Whether these fields are the header once more.
    pub fn is_header(&self, record: &[Cell<'_>]) -> bool {
        !self.fields.is_empty()
            && self.fields.iter().all(|(_, place)| {
                let shown = record.get(*place).and_then(|cell| cell.text());
                shown.as_deref().map(header_key).as_ref() == self.headers.get(*place)
            })
    }

    /// The values of a record by canonical column.
    pub fn values<'a>(&'a self, record: &[Cell<'a>]) -> Values<'a> {
        let mut cells = [Cell::Blank; Column::COUNT];
        let mut set = |column: Column, cell: Cell<'a>| {
            if let Some(slot) = cells.get_mut(column.index()) {
                *slot = cell;
            }
        };
        for (column, place) in &self.fields {
            set(*column, record.get(*place).copied().unwrap_or_default());
        }
        for (column, value) in &self.constants {
            set(*column, Cell::Text(value));
        }
        Values { cells }
    }
}

/// The values of one record by canonical column.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    cells: [Cell<'a>; Column::COUNT],
}

impl<'a> Values<'a> {
    /// The value of a column; blank when the file does not have it.
    pub fn get(&self, column: Column) -> Cell<'a> {
        self.cells.get(column.index()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

//! Which column of a bank's CSV file is what.

use crate::placement::amount::DecimalMark;
use crate::placement::date::DateOrder;

names! {
    /// What separates the values of a line.
    Delimiter {
        /// `,`
        Comma = "comma";
        /// `;`
        Semicolon = "semicolon";
        /// Tabulator.
        Tab = "tab";
        /// `|`
        Pipe = "pipe";
    }
}

impl Delimiter {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

names! {
    /// What an amount without minus is.
    PositiveIs {
        /// Money that came in.
        Credit = "credit";
        /// Money that went out, as on statements of card accounts.
        Debit = "debit";
    }
}

/// A column, by its number from 1 or by its name in the header.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BankColumnRef))]
pub enum ColumnRef {
    /// The number, from 1.
    Number(u16),
    /// The name; case and outer spaces do not matter.
    Name(String),
}

impl std::fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// Where the amount stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BankAmountColumns))]
pub enum AmountColumns {
    /// One column with a sign: a minus before or after, parentheses, or `CR` and `DR`.
    Signed {
        /// The column.
        column: ColumnRef,
        /// What an amount without sign is.
        positive_is: PositiveIs,
    },
    /// One column for each direction; each line fills one of them.
    Split {
        /// What went out, with or without a minus.
        debit: ColumnRef,
        /// What came in.
        credit: ColumnRef,
    },
}

/// The columns of a bank's CSV file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BankCsvMapping))]
pub struct CsvMapping {
    /// Lines before the header (or before the first line where there is none).
    #[serde(default)]
    pub skip_lines: u16,
    /// Whether a header names the columns.
    pub header: bool,
    /// What separates values.
    pub delimiter: Delimiter,
    /// The day of booking.
    pub date: ColumnRef,
    /// The order of day, month and year in dates that are not ISO.
    #[serde(default)]
    pub date_order: DateOrder,
    /// The day from which the money counts.
    #[serde(default)]
    pub value_date: Option<ColumnRef>,
    /// The amount.
    pub amount: AmountColumns,
    /// What separates cents.
    #[serde(default)]
    pub decimal_mark: DecimalMark,
    /// The text, of one or more columns, joined by a space.
    #[serde(default)]
    pub description: Vec<ColumnRef>,
    /// A reference or check number.
    #[serde(default)]
    pub reference: Option<ColumnRef>,
    /// The balance after the line; positive is what the bank owes.
    #[serde(default)]
    pub balance: Option<ColumnRef>,
}

//! Columns, and what stands in them.

use super::harmless;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::{Money, Rate};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words, names, numbers that nobody adds up (account numbers keep their zeros).
    Text,
    /// A whole number.
    Whole,
    /// Money with two decimals, in the currency that the list's heading or file names.
    Money,
    /// A share as a percentage.
    Percent,
    /// A day.
    Date,
    /// An instant, in UTC.
    Instant,
}

/// A column: its title and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// What stands in it.
    pub kind: ColumnKind,
}

impl Column {
    /// A column of a kind.
    pub fn new(title: impl Into<String>, kind: ColumnKind) -> Self {
        Self { title: title.into(), kind }
    }

    /// A column of text.
    pub fn text(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Text)
    }

    /// A column of whole numbers.
    pub fn whole(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Whole)
    }

    /// A column of money.
    pub fn money(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Money)
    }

    /// A column of percentages.
    pub fn percent(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Percent)
    }

    /// A column of days.
    pub fn date(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Date)
    }

    /// A column of instants.
    pub fn instant(title: impl Into<String>) -> Self {
        Self::new(title, ColumnKind::Instant)
    }
}

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing; fits every column.
    Empty,
    /// Text, as it came from wherever.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Money.
    Money(Money),
    /// A share between 0 and 1, shown as a percentage.
    Percent(Rate),
    /// Any other share (a liquidation above 100 %, a loss), shown as a percentage.
    Share(rust_decimal::Decimal),
    /// A day.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The cell of a value that may be lacking.
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// Whether it may stand in such a column.
    pub fn fits(&self, kind: ColumnKind) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(_) => kind == ColumnKind::Text,
            Self::Whole(_) => kind == ColumnKind::Whole,
            Self::Money(_) => kind == ColumnKind::Money,
            Self::Percent(_) | Self::Share(_) => kind == ColumnKind::Percent,
            Self::Date(_) => kind == ColumnKind::Date,
            Self::Instant(_) => kind == ColumnKind::Instant,
        }
    }

    /// Its form in a CSV file: money `1250.00`, a share as the fraction `0.3`, a day `2026-01-31`, an
    /// instant `2026-01-31T05:00:00Z`, text made [`harmless`].
    pub fn to_csv(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => harmless(text),
            Self::Whole(number) => number.to_string(),
            Self::Money(money) => money.to_decimal(),
            Self::Percent(rate) => rate.to_string(),
            Self::Share(share) => share.normalize().to_string(),
            Self::Date(day) => day.to_string(),
            Self::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

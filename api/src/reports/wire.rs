//! Reports as the API shows them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::Currency;
use serde::Serialize;
use service::reports::{Cell, ColumnKind, Name, Table};
use utoipa::ToSchema;

use crate::money::WireMoney;

/// A report, and how its figures come about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportDefinition {
    /// The last part of its address.
    #[schema(max_length = 40, example = "stair-step")]
    name: String,
    #[schema(max_length = 100)]
    title: String,
    /// The question that it answers.
    #[schema(max_length = 300)]
    answers: String,
    /// How the figures are computed.
    #[schema(max_length = 1000)]
    formula: String,
    /// What its percentages are of; null: it has none.
    #[schema(required = true, max_length = 300)]
    denominator: Option<String>,
    /// What is counted up to when, and by which date.
    #[schema(max_length = 500)]
    cut_off: String,
}

/// The reports that the caller may read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportIndex {
    #[schema(max_items = 20)]
    pub(super) reports: Vec<ReportDefinition>,
}

/// What a column holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportColumnKind {
    Text,
    Date,
    Count,
    Money,
    Percent,
}

/// A column: its name is the member of each row.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportColumn {
    #[schema(max_length = 60, example = "collected")]
    name: String,
    /// Its heading. That of a percentage says what it is of.
    #[schema(max_length = 100, example = "Collected")]
    label: String,
    kind: ReportColumnKind,
}

/// A share, with what it is of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportShare {
    /// To four decimals: `0.0741` is 7.41 %.
    #[schema(max_length = 24, pattern = r"^-?\d{1,18}\.\d{4}$", example = "0.0741")]
    share: String,
    /// What it is of: `gross_placed`, `net_placed`, `collected`, `goal`.
    #[schema(max_length = 20, example = "gross_placed")]
    of: String,
    /// The amount that it is of.
    amount: WireMoney,
}

/// One figure: text, a day, a count, money, or a share.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum ReportCell {
    /// Text, or a day as `2026-11-30`.
    Text(String),
    /// A whole number.
    Count(i64),
    /// An amount.
    Money(WireMoney),
    /// A percentage.
    Share(ReportShare),
}

/// A row: a member a column, null where there is no figure (which is not zero).
type ReportRow = BTreeMap<String, Option<ReportCell>>;

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    definition: ReportDefinition,
    /// What was chosen of it: what the columns count, what percentages are of; null: nothing is to be
    /// chosen.
    #[schema(required = true, max_length = 300)]
    reading: Option<String>,
    /// The day of the figures, where the agency is.
    as_of: NaiveDate,
    /// The first day that it covers; null: it is about one moment.
    #[schema(required = true)]
    from: Option<NaiveDate>,
    /// The last day that it covers.
    #[schema(required = true)]
    to: Option<NaiveDate>,
    currency: Currency,
    #[schema(max_items = 60)]
    columns: Vec<ReportColumn>,
    #[schema(max_items = 1_000_000)]
    rows: Vec<ReportRow>,
    /// The last lines: totals, then averages where there are some.
    #[schema(max_items = 2)]
    footer: Vec<ReportRow>,
}

impl ReportDefinition {
    pub(super) fn of(name: Name) -> Self {
        let it = name.definition();
        Self {
            name: name.slug().to_owned(),
            title: it.title.to_owned(),
            answers: it.answers.to_owned(),
            formula: it.formula.to_owned(),
            denominator: it.denominator.map(str::to_owned),
            cut_off: it.cut_off.to_owned(),
        }
    }
}

impl Report {
    pub(super) fn of(table: &Table) -> Self {
        let row = |cells: &Vec<Cell>| {
            let cell = |cell| ReportCell::of(cell, table.currency);
            let names = table.columns.iter().map(|column| column.name.clone());
            names.zip(cells.iter().map(cell)).collect()
        };
        Self {
            definition: ReportDefinition::of(table.definition.name),
            reading: table.reading.clone(),
            as_of: table.as_of,
            from: table.period.map(|(from, _)| from),
            to: table.period.map(|(_, to)| to),
            currency: table.currency,
            columns: table
                .columns
                .iter()
                .map(|column| ReportColumn {
                    name: column.name.clone(),
                    label: column.label.clone(),
                    kind: column.kind.into(),
                })
                .collect(),
            rows: table.rows.iter().map(row).collect(),
            footer: table.footer.iter().map(row).collect(),
        }
    }
}

impl ReportCell {
    fn of(cell: &Cell, currency: Currency) -> Option<Self> {
        match cell {
            Cell::Text(words, _) => Some(Self::Text(words.clone())),
            Cell::Date(day) => Some(Self::Text(day.to_string())),
            Cell::Count(count) => Some(Self::Count(*count)),
            Cell::Money(money) => Some(Self::Money(WireMoney::new(*money, currency))),
            Cell::Percent(share) => Some(Self::Share(ReportShare {
                share: cell.plain(),
                of: share.of.name().to_owned(),
                amount: WireMoney::new(share.amount, currency),
            })),
            Cell::Blank => None,
        }
    }
}

impl From<ColumnKind> for ReportColumnKind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text,
            ColumnKind::Date => Self::Date,
            ColumnKind::Count => Self::Count,
            ColumnKind::Money => Self::Money,
            ColumnKind::Percent => Self::Percent,
        }
    }
}

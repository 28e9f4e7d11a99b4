//! The stair-step as it is shown: a curve for the latest cohorts, and the table of all, its cells
//! shaded by how much of the placed money they hold. The numbers stand in every cell.

use crate::chart::{self, Caption, Series, Svg};
use crate::locale::Loc;
use askama::Template;
use domain::Money;
use domain::recovery::{COLUMNS, Cell, Footer, Month, PercentOf, Percentage, Row, StepMeasure};
use rust_decimal::Decimal;

/// Curves that can be told apart.
const CURVES: usize = 4;
/// Columns that are one step wide: the curve has a point for each.
const SINGLE: usize = 12;
/// Shades of a cell, from none.
const SHADES: u8 = 5;

/// A stair-step; prints itself: `{{ stairs }}`.
#[derive(Template)]
#[template(path = "parts/stairs.html")]
pub struct Stairs {
    loc: Loc,
    curve: Svg,
    says: String,
    of: &'static str,
    columns: Vec<String>,
    rows: Vec<Line>,
    total: Line,
    averages: Vec<Option<Shade>>,
    open: bool,
}

impl askama::filters::HtmlSafe for Stairs {}

struct Line {
    name: String,
    accounts: i64,
    placed: Money,
    withdrawn: Money,
    cells: Vec<Option<Shade>>,
    collected: Money,
    gross: String,
    net: String,
    fee: String,
}

struct Shade {
    share: String,
    collected: Money,
    heat: u8,
}

impl Stairs {
    /// Of a stair-step; `open` shows the table without being asked.
    pub fn of(stairs: &service::recovery::Stairs, loc: Loc, open: bool) -> Self {
        let (steps, basis) = (&stairs.steps, stairs.reading.basis);
        let reached = steps.footer.columns.iter().filter(|cell| cell.is_some()).count();
        let every = steps.rows.iter().flat_map(|row| row.cells.iter().flatten());
        let hottest =
            every.filter_map(|cell| cell.percentage).map(|p| p.share).max().unwrap_or_default();
        let shades = |cells: &[Option<Cell>], shaded: bool| {
            let top = if shaded { hottest } else { Decimal::ZERO };
            cells.iter().take(reached).map(|cell| cell.map(|cell| shade(&cell, top))).collect()
        };
        let line = |row: &Row| Line {
            name: month_name(row.month),
            accounts: row.tally.accounts,
            placed: row.tally.placed,
            withdrawn: row.tally.withdrawn,
            cells: shades(&row.cells, true),
            collected: row.tally.collected,
            gross: percent(row.tally.of_gross),
            net: percent(row.tally.of_net),
            fee: percent(row.tally.effective_fee),
        };
        let Footer { columns, tally } = &steps.footer;
        let measure = match stairs.reading.measure {
            StepMeasure::MonthOnly => "in each column alone",
            StepMeasure::Cumulative => "up to the end of each column",
        };
        let buckets = if stairs.reading.principal_only { "on principal" } else { "on all buckets" };
        let of = PercentOf::from(stairs.reading.denominator).words();
        Self {
            curve: curve(&steps.rows, stairs.reading.measure, of),
            says: format!(
                "Collected {buckets} {measure}, as a share {of}; {}. Columns not reached are blank.",
                basis.words()
            ),
            of,
            columns: COLUMNS.iter().take(reached).map(|column| column.label(basis)).collect(),
            rows: steps.rows.iter().rev().map(line).collect(),
            total: Line {
                name: "Total".to_owned(),
                accounts: tally.accounts,
                placed: tally.placed,
                withdrawn: tally.withdrawn,
                cells: Vec::new(),
                collected: tally.collected,
                gross: percent(tally.of_gross),
                net: percent(tally.of_net),
                fee: percent(tally.effective_fee),
            },
            averages: shades(columns, false),
            open,
            loc,
        }
    }
}

fn shade(cell: &Cell, hottest: Decimal) -> Shade {
    let share = cell.percentage.map(|it| it.share).unwrap_or_default();
    let heat = (share * Decimal::from(SHADES)).checked_div(hottest).unwrap_or_default();
    let heat = heat.ceil().to_string().parse().unwrap_or(0);
    Shade {
        share: percent(cell.percentage),
        collected: cell.collected,
        heat: u8::min(heat, SHADES),
    }
}

fn curve(rows: &[Row], measure: StepMeasure, of: &str) -> Svg {
    // A curve begins at nothing, before its first step.
    let named: Vec<(String, Vec<f64>)> = rows
        .iter()
        .rev()
        .filter(|row| row.tally.placed.is_positive())
        .take(CURVES)
        .map(|row| {
            let mut before = Decimal::ZERO;
            let points = row.cells.iter().take(SINGLE).map_while(|cell| *cell).map(|cell| {
                let share = cell.percentage.map(|it| it.share).unwrap_or_default();
                before = match measure {
                    StepMeasure::MonthOnly => before + share,
                    StepMeasure::Cumulative => share,
                };
                number(&before) * 100.0
            });
            (short_month(row.month), std::iter::once(0.0).chain(points).collect())
        })
        .collect();
    let series: Vec<Series<'_>> =
        named.iter().map(|(name, points)| Series { name, points }).collect();
    let says =
        named.iter().fold(format!("Share {of} collected so far."), |says, (name, points)| {
            format!("{says} {name}: {:.1} %.", points.last().copied().unwrap_or(0.0))
        });
    let caption = Caption { id: "curve", title: "Liquidation by month of placement", says: &says };
    chart::lines(&caption, &series, "steps since placement", &|value| format!("{value:.1}%"))
}

/// `7.41 %`; a dash where there is nothing to divide by.
pub fn percent(share: Option<Percentage>) -> String {
    share.map_or_else(|| "\u{2013}".to_owned(), |share| format!("{}\u{a0}%", share.percent()))
}

/// An exact decimal as a coordinate of a drawing.
pub fn number(exact: &impl std::fmt::Display) -> f64 {
    exact.to_string().parse().unwrap_or(0.0)
}

/// `November 2026`.
pub fn month_name(month: Month) -> String {
    month.first().format("%B %Y").to_string()
}

/// `Nov 2026`, at the end of a curve.
pub fn short_month(month: Month) -> String {
    month.first().format("%b %Y").to_string()
}

/// `$950`, `$12.4k`, `$1.2m`: short enough for the top of a bar.
pub fn dollars(value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    let plain = value.abs();
    let short = |value: f64, unit: &str| {
        let text = format!("{value:.1}");
        format!("{sign}${}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    if plain >= 999_500.0 {
        short(plain / 1_000_000.0, "m")
    } else if plain >= 1_000.0 {
        short(plain / 1_000.0, "k")
    } else {
        format!("{sign}${plain:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_labelled_shortly() {
        let labels = [0.0, 950.4, 12_400.0, 20_000.0, 999_999.0, 1_250_000.0, -3_150.0];
        let shown = labels.map(dollars);
        assert_eq!(shown, ["$0", "$950", "$12.4k", "$20k", "$1m", "$1.2m", "\u{2212}$3.1k"]);
    }

    #[test]
    fn a_share_names_its_percent() {
        let share = Percentage::new(
            Money::from_minor(741),
            PercentOf::GrossPlaced,
            Money::from_minor(10_000),
        );
        assert_eq!(percent(share), "7.41\u{a0}%");
        assert_eq!(percent(None), "\u{2013}");
    }
}

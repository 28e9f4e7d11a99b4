//! The stair-step as a report: the columns of the trade, totals and age-weighted averages.

use super::table::{Cell, Column, Kind, Table};
use super::{Asked, Definition, Name, ReportRefused};
use domain::Permission;
use domain::recovery::{COLUMNS, Cell as Step, PercentOf, StepMeasure, Tally};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::{self, Reading, Stairs};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::StairStep,
    title: "Stair-step",
    answers: "How much of what was placed in each month have we collected, and how fast?",
    formula: "Rows are months of placement. Collected: PU, PC and PA less returns, by the day they took effect; a \
        return counts in the month of the return. Net placed: placed less what was recalled, placed in error, duplicate \
        or adjusted away. The last line is the age-weighted average: what the cohorts old enough for a column collected, \
        of what those same cohorts placed.",
    denominator: Some(
        "Cells and averages: of gross or of net placed, as chosen. Liquidation: of both. Fee: of collected.",
    ),
    cut_off: "Everything posted up to now. A column holds a cohort once all its accounts have entered it; months not \
        reached are blank, not zero.",
};

/// Draws up the stair-step, for whoever may read reports.
///
/// # Errors
/// [`ReportRefused`].
pub async fn stair_step(
    app: &App,
    actor: &Actor,
    asked: Asked,
    reading: Reading,
) -> Result<Stairs, ReportRefused> {
    actor.require(Permission::ReportRead)?;
    Ok(recovery::stair_step(app, actor, asked.of, reading).await?)
}

/// Lays a stair-step out: what stands left of the columns, amount and share of each column, what
/// stands right of them; then totals, then averages. Columns that no cohort has entered are left out.
pub fn stair_table(stairs: &Stairs) -> Table {
    let Reading { basis, measure, denominator, principal_only, .. } = stairs.reading;
    let of = PercentOf::from(denominator).words();
    let footer = &stairs.steps.footer;
    let reached = COLUMNS.iter().zip(&footer.columns).filter(|(_, cell)| cell.is_some()).count();
    let mut columns = vec![
        Column::new("placed_in", "Placed in", Kind::Date),
        Column::new("accounts", "Accounts", Kind::Count),
        Column::new("placed", "Placed", Kind::Money),
        Column::new("average", "Average", Kind::Money),
        Column::new("withdrawn", "Adjusted, recalled", Kind::Money),
        Column::new("net_placed", "Net placed", Kind::Money),
    ];
    for column in COLUMNS.iter().take(reached) {
        let label = column.label(basis);
        let name = label.to_lowercase().replace(' ', "_").replace('-', "_to_").replace('+', "_on");
        columns.push(Column::new(name.clone(), label.clone(), Kind::Money));
        columns.push(Column::new(
            format!("{name}_share"),
            format!("{label}, % {of}"),
            Kind::Percent,
        ));
    }
    columns.extend([
        Column::new("collected", "Collected", Kind::Money),
        Column::new("of_gross", "Liquidation, % of gross placed", Kind::Percent),
        Column::new("of_net", "Liquidation, % of net placed", Kind::Percent),
        Column::new("commission", "Commission", Kind::Money),
        Column::new("effective_fee", "Fee, % of collected", Kind::Percent),
        Column::new("paid", "Paid or settled in full", Kind::Count),
        Column::new("closed", "Closed", Kind::Count),
        Column::new("active", "Active", Kind::Count),
        Column::new("active_balance", "Active balance", Kind::Money),
    ]);
    let rows = stairs
        .steps
        .rows
        .iter()
        .map(|row| line(Cell::Date(row.month.first()), &row.tally, row.cells.iter().take(reached)))
        .collect();
    let blank = vec![None; reached];
    let totals = line(Cell::text("Total"), &footer.tally, blank.iter());
    let mut averages = vec![Cell::Blank; columns.len()];
    let steps = footer.columns.iter().take(reached).flat_map(step);
    let places = averages.iter_mut().skip(6);
    for (place, cell) in places.zip(steps) {
        *place = cell;
    }
    if let Some(first) = averages.first_mut() {
        *first = Cell::text("Age-weighted average");
    }
    let measure = match measure {
        StepMeasure::MonthOnly => "each column alone",
        StepMeasure::Cumulative => "cumulative",
    };
    let buckets = if principal_only { "principal only" } else { "all buckets" };
    Table {
        definition: &DEFINITION,
        reading: Some(format!("{}; {measure}; percentages {of}; {buckets}", basis.words())),
        as_of: stairs.as_of,
        period: None,
        currency: stairs.currency,
        columns,
        rows,
        footer: vec![totals, averages],
    }
}

fn line<'a>(
    first: Cell,
    tally: &Tally,
    steps: impl Iterator<Item = &'a Option<Step>>,
) -> Vec<Cell> {
    let mut cells = vec![
        first,
        Cell::Count(tally.accounts),
        Cell::Money(tally.placed),
        tally.average.map_or(Cell::Blank, Cell::Money),
        Cell::Money(tally.withdrawn),
        Cell::Money(tally.net),
    ];
    cells.extend(steps.flat_map(step));
    cells.extend([
        Cell::Money(tally.collected),
        Cell::share(tally.of_gross),
        Cell::share(tally.of_net),
        Cell::Money(tally.commission),
        Cell::share(tally.effective_fee),
        Cell::Count(tally.paid),
        Cell::Count(tally.closed),
        Cell::Count(tally.active),
        Cell::Money(tally.active_balance),
    ]);
    cells
}

fn step(cell: &Option<Step>) -> [Cell; 2] {
    match cell {
        Some(cell) => [Cell::Money(cell.collected), Cell::share(cell.percentage)],
        None => [Cell::Blank, Cell::Blank],
    }
}

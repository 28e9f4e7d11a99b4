//! The stair-step: cohorts by month of placement against columns of age (domain rule 2.15, E6).

use super::percentage::{Percentage, average, effective_fee};
use super::step::{COLUMNS, Column, StepBasis, StepMeasure};
use super::{Cohort, Denominator, Month, base};
use crate::money::{Money, TooLarge};

/// One cohort as it is counted in the books, all figures of the same day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortRow {
    /// The cohort; `collected` is by step of the report's basis, the first step first.
    pub cohort: Cohort,
    /// How many steps all its accounts have entered ([`StepBasis::entered`]).
    pub entered: usize,
    /// The agency's commission on what was collected.
    pub commission: Money,
    /// Accounts paid or settled in full.
    pub paid: i64,
    /// Accounts closed otherwise.
    pub closed: i64,
    /// Accounts still worked.
    pub active: i64,
    /// What is owed on them.
    pub active_balance: Money,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Collected in the column, or up to its end.
    pub collected: Money,
    /// The share of what was placed; none where nothing was.
    pub percentage: Option<Percentage>,
}

/// The figures that a row and the footer share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Accounts placed.
    pub accounts: i64,
    /// All that was placed.
    pub placed: Money,
    /// Placed per account.
    pub average: Option<Money>,
    /// What the creditor took back.
    pub withdrawn: Money,
    /// What was placed, less that.
    pub net: Money,
    /// All that was collected.
    pub collected: Money,
    /// Collected per account placed: the unit yield.
    pub unit_yield: Option<Money>,
    /// Liquidation of gross placed.
    pub of_gross: Option<Percentage>,
    /// Liquidation of net placed.
    pub of_net: Option<Percentage>,
    /// The agency's commission.
    pub commission: Money,
    /// Commission of collected.
    pub effective_fee: Option<Percentage>,
    /// Accounts paid or settled in full.
    pub paid: i64,
    /// Accounts closed otherwise.
    pub closed: i64,
    /// Accounts still worked.
    pub active: i64,
    /// What is owed on them.
    pub active_balance: Money,
}

/// A cohort's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The month of placement.
    pub month: Month,
    /// Its cells, one for each of [`COLUMNS`]; none where the cohort is too young.
    pub cells: Vec<Option<Cell>>,
    /// Collected in columns that not all accounts have entered yet: in the total, in no cell.
    pub early: Money,
    /// The figures beside the cells.
    pub tally: Tally,
}

/// The last lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// For each of [`COLUMNS`], what the cohorts that are old enough collected, and the share of
    /// what those cohorts placed: the age-weighted average. None where no cohort is old enough.
    pub columns: Vec<Option<Cell>>,
    /// The totals.
    pub tally: Tally,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StairStep {
    /// What the columns count.
    pub basis: StepBasis,
    /// What a cell shows.
    pub measure: StepMeasure,
    /// What the percentages of the cells are of.
    pub denominator: Denominator,
    /// The cohorts, in the order given.
    pub rows: Vec<Row>,
    /// Totals and age-weighted averages.
    pub footer: Footer,
}

/// Draws up the stair-step. A column has a cohort once all its accounts have entered it
/// (money rule 22); its average divides by what those cohorts placed, and by nothing else.
///
/// # Errors
/// [`TooLarge`].
pub fn climb(
    cohorts: &[CohortRow],
    basis: StepBasis,
    measure: StepMeasure,
    denominator: Denominator,
) -> Result<StairStep, TooLarge> {
    let rows = cohorts
        .iter()
        .map(|row| line(row, measure, denominator))
        .collect::<Result<Vec<_>, TooLarge>>()?;
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for at in 0..COLUMNS.len() {
        let mut collected = Money::ZERO;
        let mut placed = None;
        for (row, cohort) in rows.iter().zip(cohorts) {
            if let Some(cell) = row.cells.get(at).copied().flatten() {
                collected = collected.plus(cell.collected)?;
                let sum = placed.unwrap_or(Money::ZERO);
                placed = Some(sum.plus(cohort.cohort.base(denominator))?);
            }
        }
        columns.push(placed.map(|placed| Cell {
            collected,
            percentage: Percentage::new(collected, denominator.into(), placed),
        }));
    }
    let tally = total(cohorts)?;
    Ok(StairStep { basis, measure, denominator, rows, footer: Footer { columns, tally } })
}

fn line(row: &CohortRow, measure: StepMeasure, denominator: Denominator) -> Result<Row, TooLarge> {
    let placed = row.cohort.base(denominator);
    let mut cells = Vec::with_capacity(COLUMNS.len());
    let mut before = Money::ZERO;
    let mut early = Money::ZERO;
    for column in COLUMNS {
        let alone = collected_in(&row.cohort, column)?;
        if !column.is_entered(row.entered) {
            early = early.plus(alone)?;
            cells.push(None);
            continue;
        }
        before = before.plus(alone)?;
        let collected = match measure {
            StepMeasure::MonthOnly => alone,
            StepMeasure::Cumulative => before,
        };
        let percentage = Percentage::new(collected, denominator.into(), placed);
        cells.push(Some(Cell { collected, percentage }));
    }
    let tally = tally(&Sums::of(row)?)?;
    Ok(Row { month: row.cohort.month, cells, early, tally })
}

fn collected_in(cohort: &Cohort, column: Column) -> Result<Money, TooLarge> {
    Money::total(
        (1..).zip(&cohort.collected).filter(|(step, _)| column.holds(*step)).map(|(_, it)| *it),
    )
}

fn total(cohorts: &[CohortRow]) -> Result<Tally, TooLarge> {
    let mut sums = Sums::default();
    for row in cohorts {
        sums = sums.plus(&Sums::of(row)?)?;
    }
    tally(&sums)
}

/// What is added up.
#[derive(Default)]
struct Sums {
    accounts: i64,
    placed: Money,
    withdrawn: Money,
    collected: Money,
    commission: Money,
    paid: i64,
    closed: i64,
    active: i64,
    active_balance: Money,
}

impl Sums {
    fn of(row: &CohortRow) -> Result<Self, TooLarge> {
        Ok(Self {
            accounts: row.cohort.accounts,
            placed: row.cohort.placed,
            withdrawn: row.cohort.withdrawn,
            collected: Money::total(row.cohort.collected.iter().copied())?,
            commission: row.commission,
            paid: row.paid,
            closed: row.closed,
            active: row.active,
            active_balance: row.active_balance,
        })
    }

    fn plus(&self, more: &Self) -> Result<Self, TooLarge> {
        let count = |one: i64, two: i64| one.checked_add(two).ok_or(TooLarge);
        Ok(Self {
            accounts: count(self.accounts, more.accounts)?,
            placed: self.placed.plus(more.placed)?,
            withdrawn: self.withdrawn.plus(more.withdrawn)?,
            collected: self.collected.plus(more.collected)?,
            commission: self.commission.plus(more.commission)?,
            paid: count(self.paid, more.paid)?,
            closed: count(self.closed, more.closed)?,
            active: count(self.active, more.active)?,
            active_balance: self.active_balance.plus(more.active_balance)?,
        })
    }
}

fn tally(sums: &Sums) -> Result<Tally, TooLarge> {
    let liquidation = |denominator: Denominator| {
        let placed = base(sums.placed, sums.withdrawn, denominator);
        Percentage::new(sums.collected, denominator.into(), placed)
    };
    Ok(Tally {
        accounts: sums.accounts,
        placed: sums.placed,
        average: average(sums.placed, sums.accounts)?,
        withdrawn: sums.withdrawn,
        net: sums.placed.minus(sums.withdrawn)?,
        collected: sums.collected,
        unit_yield: average(sums.collected, sums.accounts)?,
        of_gross: liquidation(Denominator::GrossPlaced),
        of_net: liquidation(Denominator::NetPlaced),
        commission: sums.commission,
        effective_fee: effective_fee(sums.commission, sums.collected),
        paid: sums.paid,
        closed: sums.closed,
        active: sums.active,
        active_balance: sums.active_balance,
    })
}

#[cfg(test)]
mod tests;

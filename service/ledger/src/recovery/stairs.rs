//! The stair-step: cohorts by the month of placement against columns of age (domain rule 2.15, E6),
//! drawn up by [`domain::recovery::climb`].

use super::cohorts::{collected, standings};
use super::{Of, books, reach};
use chrono::NaiveDate;
use domain::recovery::{
    Cohort, CohortRow, Denominator, Month, StairStep, StepBasis, StepMeasure, climb,
};
use domain::{Currency, Money, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::{Fault, Stop};
use std::collections::BTreeMap;

/// How a stair-step is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Calendar months or thirties of days.
    pub basis: StepBasis,
    /// In each column alone, or up to its end.
    pub measure: StepMeasure,
    /// What the percentages of the cells are of.
    pub denominator: Denominator,
    /// Only what was paid on principal; else on all buckets.
    pub principal_only: bool,
    /// Months of placement that it goes back, the present one included.
    pub months: u32,
}

impl Default for Reading {
    /// Calendar months, cumulative, of gross placed, all buckets, twelve cohorts.
    fn default() -> Self {
        Self {
            basis: StepBasis::CalendarMonths,
            measure: StepMeasure::Cumulative,
            denominator: Denominator::GrossPlaced,
            principal_only: false,
            months: 12,
        }
    }
}

/// A stair-step as it stands on a day.
#[derive(Debug, Clone)]
pub struct Stairs {
    /// The day, where the agency is.
    pub as_of: NaiveDate,
    /// The currency of all amounts.
    pub currency: Currency,
    /// How it was read.
    pub reading: Reading,
    /// The cohorts, oldest first; months without placements are not there.
    pub steps: StairStep,
}

/// Draws up the stair-step.
///
/// # Errors
/// [`Stop::Forbidden`] without `payment:read`, [`Stop::NotFound`] for a creditor or portfolio out
/// of reach.
pub async fn stair_step(
    app: &App,
    actor: &Actor,
    of: Of,
    reading: Reading,
) -> Result<Stairs, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let reach = reach(&tx, actor, of).await?;
    let books = books(&tx).await?;
    let standings = standings(&tx, &reach).await?;
    let collected = collected(&tx, &reach).await?;
    tx.commit().await?;
    let since = books.month.back(reading.months.saturating_sub(1));
    let mut cohorts: BTreeMap<Month, (NaiveDate, CohortRow)> = BTreeMap::new();
    for one in standings {
        let month = Month::of(one.placed_in);
        if month < since {
            continue;
        }
        let (last, row) = cohorts.entry(month).or_insert_with(|| (one.placed_in, empty(month)));
        *last = one.last_placed_on.max(*last);
        row.cohort.accounts += one.accounts;
        row.cohort.placed = sum(row.cohort.placed, one.placed)?;
        row.cohort.withdrawn = sum(row.cohort.withdrawn, one.withdrawn)?;
        row.paid += one.paid;
        row.closed += one.recalled + one.closed;
        row.active += one.active;
        row.active_balance = sum(row.active_balance, one.active_owed)?;
    }
    for one in collected {
        let Some((_, row)) = cohorts.get_mut(&Month::of(one.placed_in)) else { continue };
        let step = match reading.basis {
            StepBasis::CalendarMonths => {
                Month::of(one.placed_in).until(Month::of(one.collected_in))
            }
            StepBasis::AgeBuckets => usize::try_from(one.age_step).unwrap_or(0),
        };
        let steps = &mut row.cohort.collected;
        if steps.len() <= step {
            steps.resize(step + 1, Money::ZERO);
        }
        if let Some(slot) = steps.get_mut(step) {
            let more = if reading.principal_only { one.principal } else { one.collected };
            *slot = sum(*slot, more)?;
        }
        row.commission = sum(row.commission, one.commission)?;
    }
    let rows: Vec<CohortRow> = cohorts
        .into_values()
        .map(|(last, mut row)| {
            row.entered = reading.basis.entered(last, books.today);
            row
        })
        .collect();
    let steps = climb(&rows, reading.basis, reading.measure, reading.denominator)
        .map_err(|_| Fault::Unexpected("a stair-step that does not fit"))?;
    Ok(Stairs { as_of: books.today, currency: books.currency, reading, steps })
}

fn empty(month: Month) -> CohortRow {
    CohortRow {
        cohort: Cohort {
            month,
            accounts: 0,
            placed: Money::ZERO,
            withdrawn: Money::ZERO,
            collected: Vec::new(),
        },
        entered: 0,
        commission: Money::ZERO,
        paid: 0,
        closed: 0,
        active: 0,
        active_balance: Money::ZERO,
    }
}

fn sum(one: Money, two: Money) -> Result<Money, Fault> {
    one.plus(two).map_err(|_| Fault::Unexpected("a stair-step that does not fit"))
}

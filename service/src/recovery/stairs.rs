//! The stair-step: cohorts by the month of placement, collected by months since.

use super::{Of, Reach, books, reach};
use crate::actor::Actor;
use crate::app::App;
use crate::db::Tx;
use crate::stop::{Fault, Stop};
use chrono::NaiveDate;
use domain::recovery::{Cohort, Month};
use domain::{Money, Permission};
use sea_orm::{FromQueryResult, raw_sql};
use std::collections::BTreeMap;

/// The cohorts of the last `months` months that had placements, oldest first. Month 1 is the
/// calendar month of placement.
///
/// # Errors
/// [`Stop::Forbidden`] without `payment:read`, [`Stop::NotFound`] for a creditor or portfolio out
/// of reach.
pub async fn stairs(app: &App, actor: &Actor, of: Of, months: u32) -> Result<Vec<Cohort>, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let reach = reach(&tx, actor, of).await?;
    let month = books(&tx).await?.month;
    let since = month.back(months.saturating_sub(1));
    let mut cohorts = placed(&tx, &reach, since, month).await?;
    for step in steps(&tx, &reach, since).await? {
        let slot = cohorts
            .get_mut(&Month::of(step.placed_in))
            .and_then(|cohort| cohort.collected.get_mut(usize::try_from(step.at).unwrap_or(0)));
        if let Some(slot) = slot {
            *slot = step.amount;
        }
    }
    tx.commit().await?;
    Ok(cohorts.into_values().collect())
}

#[derive(FromQueryResult)]
struct PlacedRow {
    placed_in: NaiveDate,
    accounts: i64,
    placed: Money,
    withdrawn: Money,
}

#[derive(FromQueryResult)]
struct StepRow {
    placed_in: NaiveDate,
    at: i32,
    amount: Money,
}

async fn placed(
    tx: &Tx,
    reach: &Reach,
    since: Month,
    now: Month,
) -> Result<BTreeMap<Month, Cohort>, Fault> {
    let Reach { agency, all, creditors, creditor, portfolio } = reach.clone();
    let since = since.first();
    let rows = PlacedRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT date_trunc('month', a.placed_on)::date AS placed_in, count(*) AS accounts,
                  sum(a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other)::bigint AS placed,
                  coalesce(sum(a.principal + a.interest + a.fees + a.costs + a.other)
                      FILTER (WHERE a.status IN ('CRC', 'CER', 'CDU')), 0)::bigint AS withdrawn
           FROM account a
           WHERE a.agency_id = {agency} AND ({all} OR a.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR a.creditor_id = {creditor})
             AND ({portfolio}::uuid IS NULL OR a.portfolio_id = {portfolio})
             AND a.placed_on >= {since}
           GROUP BY 1"#
    ))
    .all(tx)
    .await?;
    let cohort = |row: PlacedRow| {
        let month = Month::of(row.placed_in);
        Cohort {
            month,
            accounts: row.accounts,
            placed: row.placed,
            withdrawn: row.withdrawn,
            collected: vec![Money::ZERO; month.until(now) + 1],
        }
    };
    Ok(rows.into_iter().map(cohort).map(|cohort| (cohort.month, cohort)).collect())
}

/// What was collected in each month of each cohort. A payment that took effect before its account
/// was placed counts in the month of placement.
async fn steps(tx: &Tx, reach: &Reach, since: Month) -> Result<Vec<StepRow>, Fault> {
    let Reach { agency, all, creditors, creditor, portfolio } = reach.clone();
    let since = since.first();
    Ok(StepRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT date_trunc('month', a.placed_on)::date AS placed_in,
                  greatest(0, (extract(year FROM p.effective_on) - extract(year FROM a.placed_on)) * 12
                      + extract(month FROM p.effective_on) - extract(month FROM a.placed_on))::int AS at,
                  sum(CASE WHEN p.kind IN ('paid_agency', 'paid_creditor') THEN p.applied ELSE -p.applied END)::bigint AS amount
           FROM payment p JOIN account a ON a.agency_id = p.agency_id AND a.id = p.account_id
           WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
             AND ({all} OR p.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR p.creditor_id = {creditor})
             AND ({portfolio}::uuid IS NULL OR a.portfolio_id = {portfolio})
             AND a.placed_on >= {since}
           GROUP BY 1, 2"#
    ))
    .all(tx)
    .await?)
}

//! The one engine of recovery: how the accounts of each portfolio and month of placement stand, and
//! what was collected on them. Both come from the roll-up and, for what happened since, from the rows
//! themselves; every figure of recovery is a sum of these.

use super::Reach;
use chrono::NaiveDate;
use domain::{Money, PortfolioId};
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{FromQueryResult, raw_sql};

/// The accounts placed in one month in one portfolio.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Standing {
    pub portfolio_id: PortfolioId,
    /// The first day of the month of placement.
    pub placed_in: NaiveDate,
    pub last_placed_on: NaiveDate,
    pub accounts: i64,
    pub placed: Money,
    pub withdrawn: Money,
    pub active: i64,
    pub active_owed: Money,
    pub paid: i64,
    pub recalled: i64,
    pub closed: i64,
}

/// What was collected on them in one month, at one age.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Recovered {
    pub portfolio_id: PortfolioId,
    pub placed_in: NaiveDate,
    /// The first day of the month in which it took effect.
    pub collected_in: NaiveDate,
    /// Whole thirties of days since each account's own placement.
    pub age_step: i32,
    pub collected: Money,
    pub principal: Money,
    pub commission: Money,
}

/// How the accounts stand at this moment.
pub(super) async fn standings(tx: &Tx, reach: &Reach) -> Result<Vec<Standing>, Fault> {
    let Reach { agency, all, creditors, creditor, every, portfolios, rolled_to } = reach.clone();
    Ok(Standing::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH changed AS (
               SELECT a.id FROM account a WHERE a.agency_id = {agency} AND a.status_changed_at >= {rolled_to}
               UNION
               SELECT p.account_id FROM payment p WHERE p.agency_id = {agency} AND p.posted_at >= {rolled_to}
               UNION
               SELECT e.account_id FROM debt_entry e WHERE e.agency_id = {agency} AND e.posted_at >= {rolled_to}),
           part AS (
               SELECT portfolio_id, creditor_id, placed_in, last_placed_on, accounts, placed, withdrawn, active,
                      active_owed, paid, recalled, closed
               FROM cohort WHERE agency_id = {agency}
               UNION ALL
               SELECT portfolio_id, creditor_id, placed_in, placed_on, 1, placed, withdrawn,
                      (standing = 'active')::int, CASE WHEN standing = 'active' THEN owed ELSE 0 END,
                      (standing = 'paid')::int, (standing = 'recalled')::int, (standing = 'closed')::int
               FROM account_standing WHERE agency_id = {agency} AND account_id IN (SELECT id FROM changed)
               UNION ALL
               SELECT portfolio_id, creditor_id, placed_in, placed_in, -1, -placed, -withdrawn,
                      -(standing = 'active')::int, CASE WHEN standing = 'active' THEN -owed ELSE 0 END,
                      -(standing = 'paid')::int, -(standing = 'recalled')::int, -(standing = 'closed')::int
               FROM cohort_account WHERE agency_id = {agency} AND account_id IN (SELECT id FROM changed))
           SELECT portfolio_id, placed_in, max(last_placed_on) AS last_placed_on, sum(accounts)::bigint AS accounts,
                  sum(placed)::bigint AS placed, sum(withdrawn)::bigint AS withdrawn, sum(active)::bigint AS active,
                  sum(active_owed)::bigint AS active_owed, sum(paid)::bigint AS paid,
                  sum(recalled)::bigint AS recalled, sum(closed)::bigint AS closed
           FROM part
           WHERE ({all} OR creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR creditor_id = {creditor})
             AND ({every} OR portfolio_id IN ({..portfolios}))
           GROUP BY 1, 2 HAVING sum(accounts) > 0
           ORDER BY 2, 1"#
    ))
    .all(tx)
    .await?)
}

/// What was collected, less returns, up to this moment.
pub(super) async fn collected(tx: &Tx, reach: &Reach) -> Result<Vec<Recovered>, Fault> {
    let Reach { agency, all, creditors, creditor, every, portfolios, rolled_to } = reach.clone();
    Ok(Recovered::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT portfolio_id, placed_in, collected_in, age_step, sum(collected)::bigint AS collected,
                  sum(principal)::bigint AS principal, sum(commission)::bigint AS commission
           FROM (
               SELECT portfolio_id, creditor_id, placed_in, collected_in, age_step, collected, principal, commission
               FROM cohort_collection WHERE agency_id = {agency}
               UNION ALL
               SELECT portfolio_id, creditor_id, placed_in, collected_in, age_step, collected, principal, commission
               FROM payment_collected WHERE agency_id = {agency} AND posted_at >= {rolled_to}) part
           WHERE ({all} OR creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR creditor_id = {creditor})
             AND ({every} OR portfolio_id IN ({..portfolios}))
           GROUP BY 1, 2, 3, 4"#
    ))
    .all(tx)
    .await?)
}

//! The roll-up of placements and collections, so that recovery is read from some hundred rows.
//!
//! It never lies: what it holds ends at an instant, and readers add what came later from the rows
//! themselves. Nothing that posts waits for it.

use crate::findings::Finding;
use chrono::{DateTime, Duration, Utc};
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};

/// How long a transaction may go on after its instant: what it writes is counted from the rows so long.
const LAG: Duration = Duration::hours(1);

#[derive(FromQueryResult)]
struct Mark {
    rolled_to: DateTime<Utc>,
}

/// Rolls up what is an hour old. Idempotent: an account is taken out as it was counted before it is
/// counted again, and a payment is counted when the mark passes it.
pub async fn run(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    // A million accounts at once, after the first import.
    tx.execute_unprepared("SET LOCAL statement_timeout = '10min'").await?;
    let (agency, to) = (tx.agency(), tx.now() - LAG);
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"INSERT INTO roll_up (agency_id, rolled_to) VALUES ({agency}, 'epoch') ON CONFLICT DO NOTHING"#
    ))
    .await?;
    let mark = Mark::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT rolled_to FROM roll_up WHERE agency_id = {agency} FOR UPDATE"#
    ))
    .one(&tx)
    .await?
    .ok_or(Fault::Unexpected("the mark of the roll-up is gone"))?;
    let from = mark.rolled_to;
    if from >= to {
        return Ok(());
    }
    collections(&tx, from, to).await?;
    accounts(&tx, from).await?;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE roll_up SET rolled_to = {to} WHERE agency_id = {agency}"#
    ))
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets an agency's roll-up and makes it anew from the rows.
pub(crate) async fn rebuild(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH mark AS (UPDATE roll_up SET rolled_to = 'epoch' WHERE agency_id = {agency}),
               one AS (DELETE FROM cohort WHERE agency_id = {agency}),
               two AS (DELETE FROM cohort_account WHERE agency_id = {agency})
           DELETE FROM cohort_collection WHERE agency_id = {agency}"#
    ))
    .await?;
    tx.commit().await?;
    run(app, runner).await
}

async fn collections(tx: &Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"INSERT INTO cohort_collection AS c (agency_id, portfolio_id, placed_in, collected_in, age_step, creditor_id,
               collected, principal, commission)
           SELECT agency_id, portfolio_id, placed_in, collected_in, age_step, creditor_id,
                  sum(collected), sum(principal), sum(commission)
           FROM payment_collected
           WHERE agency_id = {agency} AND posted_at >= {from} AND posted_at < {to}
           GROUP BY agency_id, portfolio_id, placed_in, collected_in, age_step, creditor_id
           ON CONFLICT (agency_id, portfolio_id, placed_in, collected_in, age_step) DO UPDATE
           SET collected = c.collected + excluded.collected, principal = c.principal + excluded.principal,
               commission = c.commission + excluded.commission"#
    ))
    .await?;
    Ok(())
}

/// Counts every account that may have changed, in one statement. Citus has no one instant for a statement
/// that writes: whatever is read here is read whole (`MATERIALIZED`) before the first row is written.
async fn accounts(tx: &Tx, from: DateTime<Utc>) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH changed AS MATERIALIZED (
               SELECT a.id FROM account a WHERE a.agency_id = {agency} AND a.status_changed_at >= {from}
               UNION
               SELECT p.account_id FROM payment p WHERE p.agency_id = {agency} AND p.posted_at >= {from}
               UNION
               SELECT e.account_id FROM debt_entry e WHERE e.agency_id = {agency} AND e.posted_at >= {from}),
           present AS MATERIALIZED (
               SELECT * FROM account_standing
               WHERE agency_id = {agency} AND account_id IN (SELECT id FROM changed)),
           part AS MATERIALIZED (
               SELECT agency_id, portfolio_id, creditor_id, placed_in, placed_on, 1 AS sign, standing, placed,
                      withdrawn, owed
               FROM present
               UNION ALL
               SELECT agency_id, portfolio_id, creditor_id, placed_in, placed_in, -1, standing, placed, withdrawn,
                      owed
               FROM cohort_account
               WHERE agency_id = {agency} AND account_id IN (SELECT id FROM changed)),
           kept AS (
               INSERT INTO cohort_account AS k (agency_id, account_id, portfolio_id, placed_in, creditor_id, standing,
                   placed, withdrawn, owed)
               SELECT agency_id, account_id, portfolio_id, placed_in, creditor_id, standing, placed, withdrawn, owed
               FROM present
               ON CONFLICT (agency_id, account_id) DO UPDATE
               SET portfolio_id = excluded.portfolio_id, placed_in = excluded.placed_in,
                   creditor_id = excluded.creditor_id, standing = excluded.standing, placed = excluded.placed,
                   withdrawn = excluded.withdrawn, owed = excluded.owed
               WHERE (k.portfolio_id, k.placed_in, k.creditor_id, k.standing, k.placed, k.withdrawn, k.owed)
                   IS DISTINCT FROM (excluded.portfolio_id, excluded.placed_in, excluded.creditor_id, excluded.standing,
                       excluded.placed, excluded.withdrawn, excluded.owed)
               RETURNING 1),
           counted AS (
           INSERT INTO cohort AS c (agency_id, portfolio_id, placed_in, creditor_id, last_placed_on, accounts, placed,
               withdrawn, active, active_owed, paid, recalled, closed)
           SELECT agency_id, portfolio_id, placed_in, creditor_id, max(placed_on), sum(sign), sum(sign * placed),
                  sum(sign * withdrawn), coalesce(sum(sign) FILTER (WHERE standing = 'active'), 0),
                  coalesce(sum(sign * owed) FILTER (WHERE standing = 'active'), 0),
                  coalesce(sum(sign) FILTER (WHERE standing = 'paid'), 0),
                  coalesce(sum(sign) FILTER (WHERE standing = 'recalled'), 0),
                  coalesce(sum(sign) FILTER (WHERE standing = 'closed'), 0)
           FROM part GROUP BY agency_id, portfolio_id, placed_in, creditor_id
           ON CONFLICT (agency_id, portfolio_id, placed_in) DO UPDATE
           SET last_placed_on = greatest(c.last_placed_on, excluded.last_placed_on),
               accounts = c.accounts + excluded.accounts, placed = c.placed + excluded.placed,
               withdrawn = c.withdrawn + excluded.withdrawn, active = c.active + excluded.active,
               active_owed = c.active_owed + excluded.active_owed, paid = c.paid + excluded.paid,
               recalled = c.recalled + excluded.recalled, closed = c.closed + excluded.closed
           RETURNING 1)
           SELECT count(*) FROM counted"#
    ))
    .await?;
    Ok(())
}

/// Where the roll-up contradicts the ledger and the accounts: rows for the proof and for
/// `admin verify`. What was collected is held against the transfers of the memorandum book, what is
/// owed against the accounts. The subject is the portfolio; at most a thousand.
pub async fn contradictions(tx: &Tx) -> Result<Vec<Finding>, Fault> {
    let agency = tx.agency();
    Ok(Finding::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH mark AS (
               SELECT coalesce((SELECT rolled_to FROM roll_up WHERE agency_id = {agency}), 'epoch') AS at),
           ledger AS (
               SELECT a.portfolio_id, date_trunc('month', a.placed_on::timestamp)::date AS placed_in,
                      date_trunc('month', t.effective_on::timestamp)::date AS collected_in,
                      sum(CASE WHEN t.debit_ledger = 'debt_paid' THEN t.amount ELSE -t.amount END)::bigint AS amount
               FROM transfer t
               JOIN account a ON a.agency_id = t.agency_id AND a.id = t.account_id, mark
               WHERE t.agency_id = {agency} AND t.posted_at < mark.at
                 AND (t.debit_ledger = 'debt_paid' AND t.credit_ledger = 'debt'
                      OR t.debit_ledger = 'debt' AND t.credit_ledger = 'debt_paid')
               GROUP BY 1, 2, 3),
           rolled AS (
               SELECT portfolio_id, placed_in, collected_in, sum(collected)::bigint AS amount
               FROM cohort_collection WHERE agency_id = {agency} GROUP BY 1, 2, 3),
           counted AS (
               SELECT portfolio_id, placed_in, sum(placed)::bigint AS placed,
                      coalesce(sum(owed) FILTER (WHERE standing = 'active'), 0)::bigint AS owed
               FROM cohort_account WHERE agency_id = {agency} GROUP BY 1, 2)
           SELECT found.*, 'portfolio' AS detail, NULL::uuid AS trust_account_id,
                  count(*) OVER () AS total
           FROM (
           SELECT 'roll_up_collected' AS "check", portfolio_id AS subject_id,
                  coalesce(l.amount, 0) AS ledger, coalesce(r.amount, 0) AS record
           FROM ledger l FULL JOIN rolled r USING (portfolio_id, placed_in, collected_in)
           WHERE coalesce(l.amount, 0) <> coalesce(r.amount, 0)
           UNION ALL
           SELECT 'roll_up_placed', portfolio_id, coalesce(k.placed, 0), coalesce(c.placed, 0)
           FROM cohort c FULL JOIN counted k USING (portfolio_id, placed_in)
           WHERE coalesce(c.agency_id, {agency}) = {agency} AND coalesce(k.placed, 0) <> coalesce(c.placed, 0)
           UNION ALL
           SELECT 'roll_up_owed', portfolio_id, coalesce(k.owed, 0), coalesce(c.active_owed, 0)
           FROM cohort c FULL JOIN counted k USING (portfolio_id, placed_in)
           WHERE coalesce(c.agency_id, {agency}) = {agency} AND coalesce(k.owed, 0) <> coalesce(c.active_owed, 0)
           UNION ALL
           SELECT 'roll_up_account', s.portfolio_id, s.owed, k.owed
           FROM account_standing s JOIN cohort_account k ON k.agency_id = s.agency_id AND k.account_id = s.account_id,
                mark
           WHERE s.agency_id = {agency} AND (s.owed, s.standing, s.withdrawn) <> (k.owed, k.standing, k.withdrawn)
             AND NOT EXISTS (SELECT FROM payment p WHERE p.agency_id = {agency} AND p.account_id = s.account_id
                             AND p.posted_at >= mark.at)
             AND NOT EXISTS (SELECT FROM debt_entry e WHERE e.agency_id = {agency} AND e.account_id = s.account_id
                             AND e.posted_at >= mark.at)
             AND NOT EXISTS (SELECT FROM account a WHERE a.agency_id = {agency} AND a.id = s.account_id
                             AND a.status_changed_at >= mark.at)) found
           ORDER BY 1, 2 LIMIT 1000"#
    ))
    .all(tx)
    .await?)
}

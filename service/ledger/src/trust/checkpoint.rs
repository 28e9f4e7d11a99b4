//! Checkpoints: the trust balances of one instant, and what creditors owed then, kept, so that later
//! proofs and statements add only what was posted after. Made by a job each night where much was posted;
//! verified like everything else.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::{Permission, TrustCheckpointId};
use kernel::actor::{Actor, JobRunner};
use kernel::app::App;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Stop;
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};

/// So many transfers are summed anew quickly enough; a checkpoint is made when there are more.
const MANY: i64 = 20_000;
/// A transaction carries the instant at which it began and ends within a minute: what is older than
/// this is final.
const SETTLED: Duration = Duration::hours(1);

#[derive(FromQueryResult)]
struct Since {
    day: NaiveDate,
    transfers: i64,
}

/// Makes a checkpoint if much was posted since the last one.
pub async fn keep(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let at = tx.now() - SETTLED;
    make(&tx, at, MANY).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a checkpoint of that instant, however little was posted.
pub async fn keep_now(app: &App, actor: &Actor, at: DateTime<Utc>) -> Result<(), Stop> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    make(&tx, at.min(tx.now() - SETTLED), 0).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a checkpoint of that instant unless fewer transfers than `many` came since the one before;
/// answers whether it did.
pub(super) async fn make(tx: &Tx, at: DateTime<Utc>, many: i64) -> Result<bool, Stop> {
    let (agency, now) = (tx.agency(), tx.now());
    let since = Since::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT ({at}::timestamptz AT TIME ZONE g.time_zone)::date AS day,
                  (SELECT count(*) FROM transfer t
                   WHERE t.agency_id = {agency} AND t.posted_at <= {at}
                     AND (t.trust_account_id IS NOT NULL
                       OR t.debit_ledger = 'client_receivable' OR t.credit_ledger = 'client_receivable')
                     AND t.posted_at > coalesce((SELECT max(c.at) FROM trust_checkpoint c
                                                 WHERE c.agency_id = {agency}), '-infinity')) AS transfers
           FROM agency g WHERE g.id = {agency}"#
    ))
    .one(tx)
    .await?
    .ok_or(Stop::NotFound("agency"))?;
    if since.transfers < many {
        return Ok(false);
    }
    let (id, day, transfers) = (TrustCheckpointId(random::uuid()), since.day, since.transfers);
    let kept = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"INSERT INTO trust_checkpoint (agency_id, id, at, day, transfers, made_at)
               VALUES ({agency}, {id}, {at}, {day}, {transfers}, {now}) ON CONFLICT DO NOTHING"#
        ))
        .await?;
    if kept.rows_affected() == 0 {
        return Ok(false);
    }
    // From the transfers themselves, not from the checkpoint before: an error would not be handed on.
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH kept AS (
               INSERT INTO trust_checkpoint_line (agency_id, id, checkpoint_id, trust_account_id, ledger, creditor_id,
               debtor_id, clears_on, amount)
           SELECT m.agency_id, gen_random_uuid(), {id}, m.trust_account_id, m.ledger, m.creditor_id, m.debtor_id,
                  m.clears_on, sum(m.amount)::bigint
           FROM (SELECT p.agency_id, p.trust_account_id, side.ledger,
                     CASE WHEN side.ledger IN ('client_payable', 'costs_advanced', 'client_receivable')
                          THEN p.creditor_id END AS creditor_id,
                     CASE WHEN side.ledger = 'debtor_credit' THEN p.debtor_id END AS debtor_id,
                     CASE WHEN p.trust_account_id IS NOT NULL THEN p.clears_on END AS clears_on,
                     side.sign * p.amount AS amount
                 FROM (SELECT t.agency_id, t.trust_account_id, t.debit_ledger, t.credit_ledger, t.creditor_id,
                           CASE WHEN 'debtor_credit' IN (t.debit_ledger, t.credit_ledger) THEN t.debtor_id END AS debtor_id,
                           nullif(greatest(CASE WHEN t.reverses_id IS NULL THEN t.available_on
                                                ELSE (SELECT o.available_on FROM transfer o
                                                      WHERE o.agency_id = {agency} AND o.id = t.reverses_id) END, {day}),
                                  {day}) AS clears_on,
                           sum(t.amount) AS amount
                       FROM transfer t
                       WHERE t.agency_id = {agency} AND t.posted_at <= {at}
                         AND (t.trust_account_id IS NOT NULL
                           OR t.debit_ledger = 'client_receivable' OR t.credit_ledger = 'client_receivable')
                       GROUP BY 1, 2, 3, 4, 5, 6, 7) p
                 CROSS JOIN LATERAL (VALUES (p.debit_ledger, 1), (p.credit_ledger, -1)) AS side (ledger, sign)
                 WHERE p.trust_account_id IS NOT NULL OR side.ledger = 'client_receivable') m
           GROUP BY m.agency_id, m.trust_account_id, m.ledger, m.creditor_id, m.debtor_id, m.clears_on
           HAVING sum(m.amount) <> 0
           RETURNING 1)
           SELECT count(*) FROM kept"#
    ))
    .await?;
    Ok(true)
}

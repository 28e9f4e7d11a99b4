//! The proof over a whole database, for the operator of an installation: agency by agency, with its
//! checkpoints and its roll-up. Two connections share the work, and see the same instant; on Citus it is
//! one.

use super::proof::{Ground, Proof};
use crate::findings::{Check, Finding};
use crate::recovery;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{AgencyId, TrustCheckpointId};
use entity::agency;
use kernel::actor::PlatformAdmin;
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs;
use kernel::stop::{Fault, Stop};
use sea_orm::raw_sql;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use std::sync::atomic::AtomicUsize;

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// An agency begins: its short name, and how many transfers it has.
    Agency(&'a str, i64),
    /// A check of it ended, with so many findings.
    Checked(&'static str, u64),
}

/// What became of one agency.
#[derive(Debug, Clone)]
pub struct AgencyVerdict {
    /// Its short name.
    pub slug: String,
    /// How many transfers it has.
    pub transfers: i64,
    /// The proof.
    pub proof: Proof,
    /// Lines of its last checkpoint that the transfers do not give.
    pub checkpoint: Vec<Finding>,
    /// Where the roll-up of recovery contradicts the ledger and the accounts.
    pub roll_up: Vec<Finding>,
}

impl AgencyVerdict {
    /// Whether nothing was found.
    pub fn holds(&self) -> bool {
        self.proof.proven && self.checkpoint.is_empty() && self.roll_up.is_empty()
    }
}

/// Proves all agencies, or the one with this short name, from their transfers alone. `told` hears
/// how far it is. It reads and never writes.
pub async fn verify(
    app: &App,
    _console: &PlatformAdmin,
    slug: Option<&str>,
    told: impl Fn(Progress<'_>),
) -> Result<Vec<AgencyVerdict>, Stop> {
    let mut wanted = agency::Entity::find().order_by_asc(agency::Column::Slug);
    if let Some(slug) = slug {
        wanted = wanted.filter(agency::Column::Slug.eq(slug));
    }
    let agencies = wanted.all(app.db().system()).await?;
    if agencies.is_empty() && slug.is_some() {
        return Err(Stop::NotFound("agency"));
    }
    let mut verdicts = Vec::new();
    for agency in agencies {
        verdicts.push(one(app, agency.id, agency.slug, &told).await?);
    }
    Ok(verdicts)
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

async fn one(
    app: &App,
    id: AgencyId,
    slug: String,
    told: &impl Fn(Progress<'_>),
) -> Result<AgencyVerdict, Stop> {
    let (right, second) = abreast(app, id).await?;
    let (left, right) = (second.as_ref().unwrap_or(&right), &right);
    let (transfers, ground) = tokio::try_join!(count(left), Ground::of(right, None))?;
    told(Progress::Agency(&slug, transfers));
    let checked = |name: &'static str, found: &[Finding]| {
        told(Progress::Checked(name, u64::try_from(found.len()).unwrap_or(u64::MAX)));
    };
    let next = AtomicUsize::new(0);
    let heard = |check: Check, found| told(Progress::Checked(check.name(), found));
    let (mut outcomes, (checkpoint, roll_up, others)) =
        tokio::try_join!(ground.work_off(left, &next, &heard), async {
            let checkpoint = checkpoint(right).await?;
            checked("checkpoint", &checkpoint);
            let roll_up = recovery::contradictions(right).await?;
            checked("roll_up", &roll_up);
            let others = ground.work_off(right, &next, &heard).await?;
            Ok((checkpoint, roll_up, others))
        })?;
    outcomes.extend(others);
    Ok(AgencyVerdict { slug, transfers, proof: ground.judge(outcomes), checkpoint, roll_up })
}

async fn count(tx: &Tx) -> Result<i64, Stop> {
    let agency = tx.agency();
    let count = Count::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT count(*) AS n FROM transfer WHERE agency_id = {agency}"#
    ))
    .one(tx)
    .await?;
    Ok(count.map_or(0, |count| count.n))
}

#[derive(FromQueryResult)]
struct Engine {
    citus: bool,
}

#[derive(FromQueryResult)]
struct Snapshot {
    name: String,
}

/// Two transactions that read and never write, and see the same rows: what is posted meanwhile is in
/// both or in neither. On Citus there is no second one: a snapshot that is exported does not reach the
/// workers, where the rows are.
async fn abreast(app: &App, id: AgencyId) -> Result<(Tx, Option<Tx>), Stop> {
    // A large book takes longer than a request may, and its sums want memory.
    const READER: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
         SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '256MB'; SET LOCAL jit = off";
    let left = app.begin(&jobs::runner(id)).await?;
    left.execute_unprepared(READER).await?;
    let engine = Engine::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS citus"#
    ));
    if engine.one(&left).await?.is_some_and(|engine| engine.citus) {
        return Ok((left, None));
    }
    let snapshot =
        Snapshot::find_by_statement(raw_sql!(Postgres, r#"SELECT pg_export_snapshot() AS name"#))
            .one(&left)
            .await?
            .filter(|one| one.name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
            .ok_or(Fault::Unexpected("the database exports no snapshot"))?;
    let right = app.begin(&jobs::runner(id)).await?;
    right.execute_unprepared(READER).await?;
    right.execute_unprepared(&format!("SET TRANSACTION SNAPSHOT '{}'", snapshot.name)).await?;
    Ok((left, Some(right)))
}

#[derive(FromQueryResult)]
struct Last {
    id: TrustCheckpointId,
    at: DateTime<Utc>,
    day: NaiveDate,
}

/// The last checkpoint against the transfers up to its instant.
async fn checkpoint(tx: &Tx) -> Result<Vec<Finding>, Stop> {
    let agency = tx.agency();
    let last = Last::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id, at, day FROM trust_checkpoint WHERE agency_id = {agency} ORDER BY at DESC LIMIT 1"#
    ))
    .one(tx)
    .await?;
    let Some(Last { id, at, day }) = last else { return Ok(Vec::new()) };
    Ok(Finding::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH pairs AS (
               SELECT t.trust_account_id, t.debit_ledger, t.credit_ledger, t.creditor_id,
                   CASE WHEN 'debtor_credit' IN (t.debit_ledger, t.credit_ledger) THEN t.debtor_id END AS debtor_id,
                   nullif(greatest(CASE WHEN t.reverses_id IS NULL THEN t.available_on
                                        ELSE (SELECT o.available_on FROM transfer o
                                              WHERE o.agency_id = {agency} AND o.id = t.reverses_id) END, {day}),
                          {day}) AS clears_on,
                   sum(t.amount)::bigint AS amount
               FROM transfer t
               WHERE t.agency_id = {agency} AND t.posted_at <= {at}
                 AND (t.trust_account_id IS NOT NULL
                   OR t.debit_ledger = 'client_receivable' OR t.credit_ledger = 'client_receivable')
               GROUP BY 1, 2, 3, 4, 5, 6),
           both_ways AS (
               SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on,
                   sum(moved)::bigint AS moved, sum(kept)::bigint AS kept
               FROM (SELECT p.trust_account_id, side.ledger,
                         CASE WHEN side.ledger IN ('client_payable', 'costs_advanced', 'client_receivable')
                              THEN p.creditor_id END AS creditor_id,
                         CASE WHEN side.ledger = 'debtor_credit' THEN p.debtor_id END AS debtor_id,
                         CASE WHEN p.trust_account_id IS NOT NULL THEN p.clears_on END AS clears_on,
                         side.sign * p.amount AS moved, 0 AS kept
                     FROM pairs p
                     CROSS JOIN LATERAL (VALUES (p.debit_ledger, 1), (p.credit_ledger, -1)) AS side (ledger, sign)
                     WHERE p.trust_account_id IS NOT NULL OR side.ledger = 'client_receivable'
                     UNION ALL
                     SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on, 0, amount
                     FROM trust_checkpoint_line WHERE agency_id = {agency} AND checkpoint_id = {id}) x
               GROUP BY 1, 2, 3, 4, 5)
           SELECT 'checkpoint' AS "check", {id} AS subject_id,
               ledger || coalesce(' until ' || clears_on::text, '') AS detail, trust_account_id,
               moved AS ledger, kept AS record, count(*) OVER () AS total
           FROM both_ways WHERE moved <> kept ORDER BY 3 LIMIT 1000"#
    ))
    .all(tx)
    .await?)
}

//! The proof over a whole database, for the operator of an installation: agency by agency, with its
//! checkpoints.

use super::checks::{Check, Finding};
use super::proof::{Proof, prove};
use crate::actor::PlatformAdmin;
use crate::app::App;
use crate::db::Tx;
use crate::jobs;
use crate::stop::Stop;
use domain::AgencyId;
use entity::agency;
use sea_orm::raw_sql;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};

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
}

impl AgencyVerdict {
    /// Whether nothing was found.
    pub fn holds(&self) -> bool {
        self.proof.proven && self.checkpoint.is_empty()
    }
}

/// Proves all agencies, or the one with this short name, from their transfers alone. `told` hears
/// how far it is. It reads and never writes.
pub async fn verify(
    app: &App,
    _console: &PlatformAdmin,
    slug: Option<&str>,
    mut told: impl FnMut(Progress<'_>),
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
        verdicts.push(one(app, agency.id, agency.slug, &mut told).await?);
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
    told: &mut impl FnMut(Progress<'_>),
) -> Result<AgencyVerdict, Stop> {
    let tx = app.begin(&jobs::runner(id)).await?;
    // A large book takes longer than a request may; sums over it want memory and both processors.
    tx.execute_unprepared(
        "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '256MB'; SET TRANSACTION READ ONLY",
    )
    .await?;
    let count = Count::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT count(*) AS n FROM transfer WHERE agency_id = {id}"#
    ))
    .one(&tx)
    .await?;
    let transfers = count.map_or(0, |count| count.n);
    told(Progress::Agency(&slug, transfers));
    let proof = prove(&tx, None, |check: Check, found| {
        told(Progress::Checked(check.name(), found));
    })
    .await?;
    let checkpoint = checkpoint(&tx).await?;
    told(Progress::Checked("checkpoint", u64::try_from(checkpoint.len()).unwrap_or(u64::MAX)));
    Ok(AgencyVerdict { slug, transfers, proof, checkpoint })
}

/// The last checkpoint against the transfers up to its instant.
async fn checkpoint(tx: &Tx) -> Result<Vec<Finding>, Stop> {
    let agency = tx.agency();
    Ok(Finding::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH last AS (
               SELECT id, at, day FROM trust_checkpoint WHERE agency_id = {agency} ORDER BY at DESC LIMIT 1),
           kept AS (
               SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on, amount
               FROM trust_checkpoint_line
               WHERE agency_id = {agency} AND checkpoint_id = (SELECT id FROM last)),
           moved AS (
               SELECT t.trust_account_id, side.ledger,
                   CASE WHEN side.ledger IN ('client_payable', 'costs_advanced') THEN t.creditor_id END AS creditor_id,
                   CASE WHEN side.ledger = 'debtor_credit' THEN t.debtor_id END AS debtor_id,
                   (SELECT c.day FROM (SELECT CASE WHEN t.reverses_id IS NULL THEN t.available_on
                           ELSE (SELECT o.available_on FROM transfer o
                                 WHERE o.agency_id = t.agency_id AND o.id = t.reverses_id) END AS day) c WHERE c.day > last.day) AS clears_on,
                   side.sign * t.amount AS amount
               FROM last JOIN transfer t ON t.agency_id = {agency} AND t.trust_account_id IS NOT NULL
                   AND t.posted_at <= last.at
               CROSS JOIN LATERAL (VALUES (t.debit_ledger, 1), (t.credit_ledger, -1)) AS side (ledger, sign)),
           both_ways AS (
               SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on,
                   sum(moved)::bigint AS moved, sum(kept)::bigint AS kept
               FROM (SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on, amount AS moved, 0 AS kept
                     FROM moved
                     UNION ALL
                     SELECT trust_account_id, ledger, creditor_id, debtor_id, clears_on, 0, amount FROM kept) x
               GROUP BY 1, 2, 3, 4, 5)
           SELECT 'checkpoint' AS "check", (SELECT id FROM last) AS subject_id,
               ledger || coalesce(' until ' || clears_on::text, '') AS detail, trust_account_id,
               moved AS ledger, kept AS record, count(*) OVER () AS total
           FROM both_ways WHERE moved <> kept ORDER BY 3 LIMIT 1000"#
    ))
    .all(tx)
    .await?)
}

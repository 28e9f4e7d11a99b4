//! The bulk path: transactions of the agency's pool that take typed arrays, and the file's bytes.

use domain::{AgencyId, PlacementId};
use futures_util::TryStreamExt;
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::db::settings;
use kernel::stop::Fault;
use sqlx::{AssertSqlSafe, Postgres, Row, Transaction};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

/// A transaction of the bulk path.
pub(super) type BulkTx = Transaction<'static, Postgres>;

/// The database, in the words of the rest of the crate.
pub(super) fn db(err: sqlx::Error) -> Fault {
    Fault::Db(sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(err.into())))
}

/// Opens a transaction in the runner's scope that may take as long as a million lines need.
pub(super) async fn begin(app: &App, runner: &JobRunner) -> Result<BulkTx, Fault> {
    let scope = settings(runner);
    let begin =
        format!("BEGIN; {scope}; SET LOCAL statement_timeout = '30min'; SET LOCAL jit = off");
    app.db().agency_pool().begin_with(AssertSqlSafe(begin)).await.map_err(db)
}

/// Opens a transaction for what a crash may take: staged lines and how far the work has come. Both are
/// made again from the file, so its commit waits for no disk.
pub(super) async fn begin_passing(app: &App, runner: &JobRunner) -> Result<BulkTx, Fault> {
    let mut tx = begin(app, runner).await?;
    sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *tx).await.map_err(db)?;
    Ok(tx)
}

/// Plans for this many lines: the planner knows nothing of lines that were staged a moment ago, takes
/// them for one, and would join a million of them by looping.
pub(super) async fn plan_for(tx: &mut BulkTx, lines: u64) -> Result<(), Fault> {
    if lines > 2_000 {
        sqlx::query("SET LOCAL enable_nestloop = off").execute(&mut **tx).await.map_err(db)?;
    }
    Ok(())
}

/// Holds a name until the transaction ends; false when somebody else holds it.
pub(super) async fn hold(tx: &mut BulkTx, what: &str, agency: AgencyId) -> Result<bool, Fault> {
    sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("{what}|{}", agency.0))
        .fetch_one(&mut **tx)
        .await
        .map_err(db)
}

/// Writes the stored bytes of a file to a nameless file on disk.
pub(super) async fn fetch_file(
    app: &App,
    runner: &JobRunner,
    placement: PlacementId,
) -> Result<File, Fault> {
    let disk = |err: std::io::Error| Fault::Outside(format!("the spool file: {err}"));
    let mut tx = begin(app, runner).await?;
    let mut file = tempfile::tempfile().map_err(disk)?;
    {
        let mut chunks = sqlx::query(
            "SELECT bytes FROM placement_file WHERE agency_id = $1 AND placement_id = $2 ORDER BY seq",
        )
        .bind(runner.agency().0)
        .bind(placement.0)
        .fetch(&mut *tx);
        while let Some(row) = chunks.try_next().await.map_err(db)? {
            let bytes: Vec<u8> = row.try_get(0).map_err(db)?;
            file.write_all(&bytes).map_err(disk)?;
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(disk)?;
    Ok(file)
}

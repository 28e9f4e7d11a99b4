//! The commit: the accounts of all good lines are made in one transaction, or none.
//!
//! The file is read and judged again by the day of its check, so that no social security number ever
//! lies in the staging table; the lines' verdicts, accounts and packets come from there. While it
//! runs, the row counter of the placement moves in short transactions of its own.

use super::bulk::{self, BulkTx, db};
use super::ground::{Ground, Settled};
use super::insert::{Mark, Rows, Shared};
use super::read::read;
use super::rows::FileRefused;
use super::stage::Ready;
use super::{check, duplicates, packets, store};
use domain::PlacementId;
use domain::placement::{CommitPolicy, Tally};
use entity::placement;
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Stop};
use sqlx::Row;
use std::collections::HashMap;
use std::fs::File;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Lines written at a time.
const BATCH: usize = 5_000;

/// Why a commit that was asked for cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCommitted {
    /// All or nothing, and something is wrong.
    #[error("The file has rejected or duplicate lines, so nothing is placed.")]
    HasErrors,
    /// No good line is left.
    #[error("No line of the file can be placed.")]
    NothingToPlace,
    /// The same bytes were placed meanwhile.
    #[error("This very file has been placed before for this creditor.")]
    AlreadyPlaced,
}

impl NotCommitted {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::HasErrors => "placement_has_errors",
            Self::NothingToPlace => "nothing_to_place",
            Self::AlreadyPlaced => "file_already_placed",
        }
    }
}

/// Commits a placement that waits for it; does nothing when that is done.
pub async fn run(app: &App, runner: &JobRunner, id: PlacementId) -> Result<(), Stop> {
    let Some((row, shared)) = start(app, runner, id).await? else { return Ok(()) };
    let mut tx = bulk::begin(app, runner).await?;
    // One commit at a time in an agency: two files may hold accounts of the same person.
    if !bulk::hold(&mut tx, "placements", runner.agency()).await? {
        return Err(Fault::Unexpected("another placement of the agency is being committed").into());
    }
    if lines(&mut tx, &row).await? != row.received {
        drop(tx);
        return check_again(app, runner, id).await;
    }
    let file = bulk::fetch_file(app, runner, id).await?;
    match place(app, runner, &mut tx, &row, &shared, file).await? {
        Ok(tally) => {
            finish(&mut tx, &row, &shared, &tally).await?;
            tx.commit().await.map_err(db)?;
            tracing::info!(placement = %id, accounts = tally.accepted, "a placement is committed");
            Ok(())
        }
        Err(refused) => {
            drop(tx);
            let tx = app.begin(runner).await?;
            store::note_not_committed(&tx, id, refused.code(), &refused.to_string()).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn start(
    app: &App,
    runner: &JobRunner,
    id: PlacementId,
) -> Result<Option<(placement::Model, Shared)>, Stop> {
    let tx = app.begin(runner).await?;
    let row = store::lock(&tx, id).await?;
    if row.state != "committing" {
        return Ok(None);
    }
    let placed_on = store::today(&tx).await?;
    let keys = app.vault().keys(&tx, tx.agency()).await?;
    let judged_on = row.checked_on.unwrap_or(placed_on);
    let ground = Ground::of(&tx, &row, judged_on, keys).await?;
    let by = row.committed_by.clone().unwrap_or_else(|| row.uploaded_by.clone());
    let shared = Shared { ground, placed_on, now: tx.now(), by };
    store::note_start(&tx, id, None).await?;
    tx.commit().await?;
    Ok(Some((row, shared)))
}

async fn lines(tx: &mut BulkTx, row: &placement::Model) -> Result<i64, Fault> {
    sqlx::query_scalar(
        "SELECT count(*) FROM placement_line WHERE agency_id = $1 AND placement_id = $2",
    )
    .bind(row.agency_id.0)
    .bind(row.id.0)
    .fetch_one(&mut **tx)
    .await
    .map_err(db)
}

/// The staging table lost the lines in a crash of the database: back to the check.
async fn check_again(app: &App, runner: &JobRunner, id: PlacementId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    store::note_check_lost(&tx, id).await?;
    jobs::enqueue(&tx, Job::CheckPlacement { placement: id }).await?;
    tx.commit().await?;
    check::run(app, runner, id).await
}

/// Decides by the books as they are now, and makes the accounts.
async fn place(
    app: &App,
    runner: &JobRunner,
    tx: &mut BulkTx,
    row: &placement::Model,
    shared: &Shared,
    file: File,
) -> Result<Result<Tally, NotCommitted>, Stop> {
    let ground = &shared.ground;
    if placed_before(tx, row).await? {
        return Ok(Err(NotCommitted::AlreadyPlaced));
    }
    bulk::plan_for(tx, u64::try_from(row.received).unwrap_or(0)).await?;
    duplicates::against_accounts(tx, ground.agency, ground.placement, ground.creditor).await?;
    packets::find(tx, ground).await?;
    let counted = Tally {
        skipped: u64::try_from(row.skipped).unwrap_or(0),
        warned: u64::try_from(row.warned).unwrap_or(0),
        ..Tally::default()
    };
    let tally = check::tally(tx, ground, counted).await?;
    let all_or_nothing = row.policy.as_deref() == Some(CommitPolicy::AllOrNothing.name());
    if all_or_nothing && tally.rejected + tally.duplicate > 0 {
        return Ok(Err(NotCommitted::HasErrors));
    }
    if tally.accepted == 0 {
        return Ok(Err(NotCommitted::NothingToPlace));
    }
    let made = make_accounts(app, runner, tx, shared, file).await?;
    if u64::try_from(made).ok() != Some(tally.accepted) {
        return Err(Fault::Unexpected("the file does not read as it did in its check").into());
    }
    Ok(Ok(tally))
}

async fn placed_before(tx: &mut BulkTx, row: &placement::Model) -> Result<bool, Fault> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM placement WHERE agency_id = $1 AND creditor_id = $2 AND file_sha256 = $3
             AND state = 'committed' AND accepted > 0)",
    )
    .bind(row.agency_id.0)
    .bind(row.creditor_id.0)
    .bind(&row.file_sha256)
    .fetch_one(&mut **tx)
    .await
    .map_err(db)
}

/// A thread reads and judges; another builds rows; here they are written. Each is one batch ahead of
/// the next.
async fn make_accounts(
    app: &App,
    runner: &JobRunner,
    tx: &mut BulkTx,
    shared: &Shared,
    file: File,
) -> Result<usize, Stop> {
    let (send, mut batches) = mpsc::channel::<Vec<Ready>>(1);
    let ground = shared.ground.clone();
    let reader = tokio::task::spawn_blocking(move || ready_lines(file, &ground, &send));
    let mut building: Option<JoinHandle<Result<Rows, Fault>>> = None;
    let mut made = 0;
    while let Some(batch) = batches.recv().await {
        let marks = marks(tx, shared, &batch).await?;
        let for_thread = shared.clone();
        let next = tokio::task::spawn_blocking(move || Rows::build(&for_thread, batch, &marks));
        if let Some(before) = building.replace(next) {
            made += write(app, runner, tx, shared, before, made).await?;
        }
    }
    if let Some(last) = building {
        made += write(app, runner, tx, shared, last, made).await?;
    }
    match reader.await.map_err(|_| Fault::Unexpected("the reading thread broke"))? {
        Ok(()) => Ok(made),
        Err(FileRefused::Fault(fault)) => Err(fault.into()),
        Err(_) => Err(Fault::Unexpected("the file does not read as it did in its check").into()),
    }
}

fn ready_lines(
    file: File,
    ground: &Ground,
    send: &mpsc::Sender<Vec<Ready>>,
) -> Result<(), FileRefused> {
    let mut batch = Vec::with_capacity(BATCH);
    read(file, ground.form, &ground.mapping, &ground.rules, &mut |mut judged| {
        let line_no = i64::try_from(judged.line).unwrap_or(i64::MAX);
        if let Settled::Good(line, portfolio, _) = ground.settle(&mut judged) {
            batch.push(Ready { line_no, line, portfolio });
        }
        if batch.len() < BATCH {
            return true;
        }
        send.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))).is_ok()
    })?;
    // A closed channel has its own error on the other side.
    let _ = send.blocking_send(batch);
    Ok(())
}

async fn marks(
    tx: &mut BulkTx,
    shared: &Shared,
    batch: &[Ready],
) -> Result<HashMap<i64, Mark>, Fault> {
    let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
        return Ok(HashMap::new());
    };
    sqlx::query(
        "SELECT line_no, account_id, debtor_id, makes_debtor, needs_review, replaces_account_id
         FROM placement_line
         WHERE agency_id = $1 AND placement_id = $2 AND line_no BETWEEN $3 AND $4 AND verdict = 'good'",
    )
    .bind(shared.ground.agency.0)
    .bind(shared.ground.placement.0)
    .bind(first.line_no)
    .bind(last.line_no)
    .fetch_all(&mut **tx)
    .await
    .map_err(db)?
    .iter()
    .map(|row| {
        let mark = Mark {
            account: row.try_get(1)?,
            debtor: row.try_get(2)?,
            makes_debtor: row.try_get(3)?,
            needs_review: row.try_get(4)?,
            replaces: row.try_get(5)?,
        };
        Ok((row.try_get(0)?, mark))
    })
    .collect::<Result<_, sqlx::Error>>()
    .map_err(db)
}

async fn write(
    app: &App,
    runner: &JobRunner,
    tx: &mut BulkTx,
    shared: &Shared,
    built: JoinHandle<Result<Rows, Fault>>,
    before: usize,
) -> Result<usize, Fault> {
    let rows = built.await.map_err(|_| Fault::Unexpected("the building thread broke"))??;
    let count = rows.len();
    rows.write(tx, shared).await?;
    let done = i64::try_from(before + count).unwrap_or(i64::MAX);
    let mut progress = bulk::begin_passing(app, runner).await?;
    sqlx::query("UPDATE placement SET rows_done = $3 WHERE agency_id = $1 AND id = $2")
        .bind(shared.ground.agency.0)
        .bind(shared.ground.placement.0)
        .bind(done)
        .execute(&mut *progress)
        .await
        .map_err(db)?;
    progress.commit().await.map_err(db)?;
    Ok(count)
}

/// The placement's own row, the audit line, and the end of the file's bytes, with the accounts.
async fn finish(
    tx: &mut BulkTx,
    row: &placement::Model,
    shared: &Shared,
    tally: &Tally,
) -> Result<(), Fault> {
    let counts = [
        tally.received,
        tally.accepted,
        tally.rejected,
        tally.duplicate,
        tally.skipped,
        tally.warned,
    ];
    let totals = serde_json::json!({ "tally": tally, "differences": [] }).to_string();
    let mut update = sqlx::query(
        "UPDATE placement SET state = 'committed', committed_at = $3, totals = $4::text::jsonb, received = $5,
             accepted = $6, rejected = $7, duplicate = $8, skipped = $9, warned = $10, refusal_code = NULL,
             refusal_detail = NULL, version = version + 1
         WHERE agency_id = $1 AND id = $2",
    )
    .bind(row.agency_id.0)
    .bind(row.id.0)
    .bind(shared.now)
    .bind(totals);
    for count in counts {
        update = update.bind(i64::try_from(count).unwrap_or(i64::MAX));
    }
    update.execute(&mut **tx).await.map_err(db)?;
    let after = serde_json::json!({ "accounts": tally.accepted }).to_string();
    sqlx::query(
        "INSERT INTO audit (agency_id, id, at, actor_kind, actor_name, action, subject_type, subject_id, after)
         VALUES ($1, $2, $3, 'job', $4, 'placement.committed', 'placement', $5, $6::text::jsonb)",
    )
    .bind(row.agency_id.0)
    .bind(random::uuid())
    .bind(shared.now)
    .bind(&shared.by)
    .bind(row.id.0)
    .bind(after)
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    sqlx::query("DELETE FROM placement_file WHERE agency_id = $1 AND placement_id = $2")
        .bind(row.agency_id.0)
        .bind(row.id.0)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
    Ok(())
}

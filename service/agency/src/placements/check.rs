//! The dry run: every line of a file is judged, nothing is placed.
//!
//! The file streams from the database to a nameless file, through a reading thread in batches of ten
//! thousand into the staging table; a million lines need the memory of three batches.

use super::bulk::{self, BulkTx, db};
use super::ground::Ground;
use super::read::{Judged, WholeFile, read};
use super::rows::FileRefused;
use super::stage::Batch;
use super::{duplicates, packets, store};
use domain::placement::{Code, Difference, Finding, Manifest, Tally};
use domain::{Buckets, Money, PlacementId};
use entity::placement;
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::stop::{Fault, Stop};
use sqlx::Row;
use std::fs::File;
use tokio::sync::mpsc;

/// Checks a placement that waits for it; does nothing when it is checked already.
pub async fn run(app: &App, runner: &JobRunner, id: PlacementId) -> Result<(), Stop> {
    let mut guard = bulk::begin(app, runner).await?;
    if !bulk::hold(&mut guard, &format!("placement {}", id.0), runner.agency()).await? {
        return Err(Fault::Unexpected("another worker is checking this placement").into());
    }
    let Some((row, ground)) = start(app, runner, id).await? else { return Ok(()) };
    let file = bulk::fetch_file(app, runner, id).await?;
    let mut tally = Tally::default();
    match stage(app, runner, &ground, file, &mut tally).await {
        Ok(whole) => finish(app, runner, &row, &ground, whole, tally).await,
        Err(FileRefused::Fault(fault)) => Err(fault.into()),
        Err(refused) => {
            refuse(app, runner, id, refused.code(), &refused.to_string()).await?;
            Ok(())
        }
    }
}

/// Clears what an earlier, broken run left, and finds the ground to stand on.
async fn start(
    app: &App,
    runner: &JobRunner,
    id: PlacementId,
) -> Result<Option<(placement::Model, Ground)>, Stop> {
    let tx = app.begin(runner).await?;
    let row = store::lock(&tx, id).await?;
    if row.state != "checking" {
        return Ok(None);
    }
    let today = store::today(&tx).await?;
    let keys = app.vault().keys(&tx, tx.agency()).await?;
    let ground = Ground::of(&tx, &row, today, keys).await?;
    store::clear_lines(&tx, id).await?;
    store::note_start(&tx, id, Some(today)).await?;
    tx.commit().await?;
    Ok(Some((row, ground)))
}

/// Lines handed from the thread that reads to the thread that stages.
const HANDFUL: usize = 1_000;

/// One thread reads and judges, one computes the indexes and fills the batches; here they are written.
async fn stage(
    app: &App,
    runner: &JobRunner,
    ground: &Ground,
    file: File,
    tally: &mut Tally,
) -> Result<WholeFile, FileRefused> {
    let (send, mut batches) = mpsc::channel::<Batch>(1);
    let (hand, handfuls) = mpsc::channel::<Vec<Judged>>(2);
    let (reading, staging) = (ground.clone(), ground.clone());
    let reader = tokio::task::spawn_blocking(move || judge_all(file, &reading, &hand));
    let stager = tokio::task::spawn_blocking(move || fill(handfuls, &staging, &send));
    let mut written = Ok(());
    while let Some(batch) = batches.recv().await {
        tally.received += u64::try_from(batch.lines()).unwrap_or(0);
        tally.skipped += batch.skipped;
        tally.warned += batch.warned;
        written = write(app, runner, ground, batch).await;
        if written.is_err() {
            break;
        }
    }
    drop(batches);
    let whole = reader.await.map_err(|_| Fault::Unexpected("the reading thread broke"))?;
    let filled = stager.await.map_err(|_| Fault::Unexpected("the staging thread broke"))?;
    written?;
    filled?;
    whole
}

fn judge_all(
    file: File,
    ground: &Ground,
    hand: &mpsc::Sender<Vec<Judged>>,
) -> Result<WholeFile, FileRefused> {
    let mut handful = Vec::with_capacity(HANDFUL);
    let whole = read(file, ground.form, &ground.mapping, &ground.rules, &mut |judged| {
        handful.push(judged);
        if handful.len() < HANDFUL {
            return true;
        }
        let full = std::mem::replace(&mut handful, Vec::with_capacity(HANDFUL));
        hand.blocking_send(full).is_ok()
    })?;
    // A closed channel has its own error on the other side.
    let _ = hand.blocking_send(handful);
    Ok(whole)
}

fn fill(
    mut handfuls: mpsc::Receiver<Vec<Judged>>,
    ground: &Ground,
    send: &mpsc::Sender<Batch>,
) -> Result<(), Fault> {
    let mut batch = Batch::default();
    while let Some(handful) = handfuls.blocking_recv() {
        for judged in handful {
            batch.add(ground, judged)?;
            if batch.is_full() && send.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    if !batch.is_empty() {
        // A closed channel has its own error on the other side.
        let _ = send.blocking_send(batch);
    }
    Ok(())
}

async fn write(app: &App, runner: &JobRunner, ground: &Ground, batch: Batch) -> Result<(), Fault> {
    let (lines, bytes) = (batch.lines(), batch.bytes);
    let mut tx = bulk::begin_passing(app, runner).await?;
    batch.write(&mut tx, ground).await?;
    sqlx::query(
        "UPDATE placement SET rows_done = rows_done + $3, bytes_done = $4 WHERE agency_id = $1 AND id = $2",
    )
    .bind(ground.agency.0)
    .bind(ground.placement.0)
    .bind(lines)
    .bind(bytes)
    .execute(&mut *tx)
    .await
    .map_err(db)?;
    tx.commit().await.map_err(db)
}

/// The set-based part: duplicates, packets, totals; then the placement is checked, or refused
/// because it is not what the creditor says it sent.
async fn finish(
    app: &App,
    runner: &JobRunner,
    row: &placement::Model,
    ground: &Ground,
    whole: WholeFile,
    counted: Tally,
) -> Result<(), Stop> {
    let (agency, id) = (ground.agency, ground.placement);
    let mut tx = bulk::begin(app, runner).await?;
    bulk::plan_for(&mut tx, counted.received).await?;
    duplicates::mark(&mut tx, agency, id, ground.creditor).await?;
    packets::find(&mut tx, ground).await?;
    let tally = tally(&mut tx, ground, counted).await?;
    tx.commit().await.map_err(db)?;
    let differences = differences(row, &whole, &tally)?;
    let tx = app.begin(runner).await?;
    let row = store::lock(&tx, id).await?;
    if row.state != "checking" {
        return Ok(());
    }
    store::note_unmapped(&tx, (ground.creditor, id), &unmapped(&whole)).await?;
    store::note_tally(&tx, id, &tally, &differences).await?;
    if differences.is_empty() {
        store::note_checked(&tx, id).await?;
    } else {
        store::note_refused(&tx, id, "control_totals_differ", &words(&differences)).await?;
        store::clear_file(&tx, id).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What the lines add up to, by the verdicts in the staging table.
pub(super) async fn tally(
    tx: &mut BulkTx,
    ground: &Ground,
    counted: Tally,
) -> Result<Tally, Fault> {
    let rows = sqlx::query(
        "SELECT verdict, count(*), sum(principal)::bigint, sum(interest)::bigint, sum(fees)::bigint,
                sum(costs)::bigint, sum(other)::bigint, count(*) FILTER (WHERE unreadable)
         FROM placement_line WHERE agency_id = $1 AND placement_id = $2 GROUP BY verdict",
    )
    .bind(ground.agency.0)
    .bind(ground.placement.0)
    .fetch_all(&mut **tx)
    .await
    .map_err(db)?;
    let mut tally = Tally { skipped: counted.skipped, warned: counted.warned, ..Tally::default() };
    for row in rows {
        let verdict: String = row.try_get(0).map_err(db)?;
        let number = |at: usize| row.try_get::<i64, _>(at).map_err(db);
        let count = u64::try_from(number(1)?).unwrap_or(0);
        let dollars = Buckets {
            principal: Money::from_minor(number(2)?),
            interest: Money::from_minor(number(3)?),
            fees: Money::from_minor(number(4)?),
            costs: Money::from_minor(number(5)?),
            other: Money::from_minor(number(6)?),
        };
        tally.received += count;
        tally.unreadable += u64::try_from(number(7)?).unwrap_or(0);
        match verdict.as_str() {
            "good" => (tally.accepted, tally.accepted_dollars) = (count, dollars),
            "duplicate" => (tally.duplicate, tally.duplicate_dollars) = (count, dollars),
            _ => (tally.rejected, tally.rejected_dollars) = (count, dollars),
        }
    }
    Ok(tally)
}

/// Where manifest and trailer differ from what was received.
fn differences(
    row: &placement::Model,
    whole: &WholeFile,
    tally: &Tally,
) -> Result<Vec<Difference>, Fault> {
    let mut all = Vec::new();
    if let Some(manifest) = &row.manifest {
        let manifest: Manifest = serde_json::from_value(manifest.clone())?;
        // It was readable when it was taken in.
        if let Ok(totals) = manifest.totals() {
            all.extend(totals.differences(tally));
        }
    }
    if let Some(trailer) = &whole.trailer {
        all.extend(trailer.differences(tally));
    }
    Ok(all)
}

fn words(differences: &[Difference]) -> String {
    let each: Vec<String> = differences
        .iter()
        .map(|d| format!("{}: declared {}, received {}", d.what, d.declared, d.received))
        .collect();
    format!("The control totals do not agree with the file ({}).", each.join("; "))
}

fn unmapped(whole: &WholeFile) -> Vec<Finding> {
    whole
        .unmapped
        .iter()
        .map(|header| {
            let reason = format!("The column \"{header}\" is mapped to nothing and left out.");
            Finding::of_line(Code::UnknownColumn).because(reason)
        })
        .collect()
}

async fn refuse(
    app: &App,
    runner: &JobRunner,
    id: PlacementId,
    code: &str,
    detail: &str,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    store::lock(&tx, id).await?;
    store::clear_lines(&tx, id).await?;
    store::clear_file(&tx, id).await?;
    store::note_refused(&tx, id, code, detail).await?;
    tx.commit().await?;
    Ok(())
}

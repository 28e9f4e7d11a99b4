//! The placement's own row and what hangs on it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::placement::{Difference, Finding, Tally};
use domain::{CreditorId, Currency, PlacementId};
use entity::{agency, placement};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, raw_sql};
use std::io::{Read, Seek, SeekFrom};

/// Bytes of the file in one row.
const CHUNK: usize = 256 * 1024;

/// Reads and locks a placement.
pub(super) async fn lock(tx: &Tx, id: PlacementId) -> Result<placement::Model, Stop> {
    placement::in_agency(tx.agency())
        .filter(placement::Column::Id.eq(id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("placement"))
}

/// Today, where the agency is.
pub(super) async fn today(tx: &Tx) -> Result<NaiveDate, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    Ok(day_in(&agency.time_zone, tx.now()))
}

/// The currency of the agency's books.
pub(super) async fn currency(tx: &Tx) -> Result<Currency, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    Ok(agency.currency)
}

fn day_in(zone: &str, now: DateTime<Utc>) -> NaiveDate {
    zone.parse::<Tz>()
        .map_or_else(|_| now.date_naive(), |zone| now.with_timezone(&zone).date_naive())
}

/// Stores the bytes of a file.
pub(super) async fn put_file(
    tx: &Tx,
    (creditor, id): (CreditorId, PlacementId),
    mut file: std::fs::File,
) -> Result<(), Fault> {
    let agency = tx.agency();
    file.seek(SeekFrom::Start(0)).map_err(disk)?;
    for seq in 0_i32.. {
        let mut bytes = Vec::with_capacity(CHUNK);
        file.by_ref()
            .take(CHUNK.try_into().unwrap_or(u64::MAX))
            .read_to_end(&mut bytes)
            .map_err(disk)?;
        if bytes.is_empty() {
            break;
        }
        tx.execute_raw(raw_sql!(
            Postgres,
            r#"INSERT INTO placement_file (agency_id, placement_id, seq, bytes, creditor_id)
               VALUES ({agency}, {id}, {seq}, {bytes}, {creditor})"#
        ))
        .await?;
    }
    Ok(())
}

fn disk(err: std::io::Error) -> Fault {
    Fault::Outside(format!("the spool file: {err}"))
}

/// Forgets the bytes of the file.
pub(super) async fn clear_file(tx: &Tx, id: PlacementId) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"DELETE FROM placement_file WHERE agency_id = {agency} AND placement_id = {id}"#
    ))
    .await?;
    Ok(())
}

/// Forgets staged lines and findings.
pub(super) async fn clear_lines(tx: &Tx, id: PlacementId) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"DELETE FROM placement_line WHERE agency_id = {agency} AND placement_id = {id}"#
    ))
    .await?;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"DELETE FROM placement_finding WHERE agency_id = {agency} AND placement_id = {id}"#
    ))
    .await?;
    Ok(())
}

/// Something long begins; a check says by which day it judges.
pub(super) async fn note_start(
    tx: &Tx,
    id: PlacementId,
    checked_on: Option<NaiveDate>,
) -> Result<(), Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET started_at = {now}, rows_done = 0, bytes_done = 0,
               checked_on = coalesce({checked_on}, checked_on)
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    Ok(())
}

/// Columns that are mapped to nothing, as findings of the file (line 0).
pub(super) async fn note_unmapped(
    tx: &Tx,
    (creditor, id): (CreditorId, PlacementId),
    findings: &[Finding],
) -> Result<(), Fault> {
    let agency = tx.agency();
    for (seq, finding) in (0_i16..).zip(findings) {
        let (severity, code) = (finding.code.severity().name(), finding.code.name());
        let (reason, fix) = (finding.reason.as_ref(), finding.fix());
        tx.execute_raw(raw_sql!(
            Postgres,
            r#"INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, code, reason, fix,
                   creditor_id)
               VALUES ({agency}, {id}, 0, {seq}, {severity}, {code}, {reason}, {fix}, {creditor})
               ON CONFLICT DO NOTHING"#
        ))
        .await?;
    }
    Ok(())
}

/// Counts and dollars.
pub(super) async fn note_tally(
    tx: &Tx,
    id: PlacementId,
    tally: &Tally,
    differences: &[Difference],
) -> Result<(), Fault> {
    let agency = tx.agency();
    let [received, accepted, rejected, duplicate, skipped, warned] = [
        tally.received,
        tally.accepted,
        tally.rejected,
        tally.duplicate,
        tally.skipped,
        tally.warned,
    ]
    .map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let totals = serde_json::json!({ "tally": tally, "differences": differences });
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET received = {received}, accepted = {accepted}, rejected = {rejected},
               duplicate = {duplicate}, skipped = {skipped}, warned = {warned}, totals = {totals},
               version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    Ok(())
}

/// The dry run is done.
pub(super) async fn note_checked(tx: &Tx, id: PlacementId) -> Result<(), Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'checked', checked_at = {now}, policy = NULL, version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    Ok(())
}

/// The file as a whole is refused.
pub(super) async fn note_refused(
    tx: &Tx,
    id: PlacementId,
    code: &str,
    detail: &str,
) -> Result<(), Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'refused', refusal_code = {code}, refusal_detail = {detail},
               checked_at = {now}, version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    Ok(())
}

/// A commit was asked for and could not be: back to checked, with the reason.
pub(super) async fn note_not_committed(
    tx: &Tx,
    id: PlacementId,
    code: &str,
    detail: &str,
) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'checked', policy = NULL, refusal_code = {code}, refusal_detail = {detail},
               version = version + 1
           WHERE agency_id = {agency} AND id = {id} AND state = 'committing'"#
    ))
    .await?;
    Ok(())
}

/// The lines are lost: the placement is checked again, and has to be committed again.
pub(super) async fn note_check_lost(tx: &Tx, id: PlacementId) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'checking', policy = NULL, version = version + 1
           WHERE agency_id = {agency} AND id = {id} AND state = 'committing'"#
    ))
    .await?;
    Ok(())
}

//! What is forgotten when nobody needs it any more: it names people, and its work is done.

use chrono::Duration;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::audit;
use kernel::stop::Stop;
use sea_orm::{ConnectionTrait, raw_sql};
use serde_json::json;

/// How long finished work is kept whole, so that a person can still look into it.
const KEPT: Duration = Duration::days(30);

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Staged lines of placements whose accounts were made; lines with findings stay for the
    /// acknowledgment.
    pub lines: u64,
    /// Journalled calls to the gateway of which only the fact is left.
    pub calls: u64,
    /// Events of the gateway of which only the fact is left.
    pub events: u64,
}

/// Forgets, in one agency, what has been done for thirty days: staged lines that became accounts, and
/// what the gateway was told and told us of payers. That a call was made and an event came is kept.
pub async fn forget(app: &App, runner: &JobRunner) -> Result<Forgotten, Stop> {
    let tx = app.begin(runner).await?;
    let agency = tx.agency();
    let before = tx.now() - KEPT;
    let lines = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"DELETE FROM placement_line l USING placement p
               WHERE l.agency_id = {agency} AND l.verdict = 'good'
                 AND p.agency_id = {agency} AND p.id = l.placement_id
                 AND p.state = 'committed' AND p.committed_at < {before}
                 AND NOT EXISTS (SELECT FROM placement_finding f WHERE f.agency_id = {agency}
                                 AND f.placement_id = l.placement_id AND f.line_no = l.line_no)"#
        ))
        .await?
        .rows_affected();
    let calls = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE gateway_call SET body = '', response = NULL
               WHERE agency_id = {agency} AND state IN ('done', 'failed', 'abandoned')
                 AND created_at < {before} AND (body <> '' OR response IS NOT NULL)"#
        ))
        .await?
        .rows_affected();
    let events = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE gateway_event SET payload = ''
               WHERE agency_id = {agency} AND state IN ('done', 'ignored') AND processed_at < {before}
                 AND payload <> ''"#
        ))
        .await?
        .rows_affected();
    let forgotten = Forgotten { lines, calls, events };
    if forgotten != (Forgotten { lines: 0, calls: 0, events: 0 }) {
        let entry = audit::Entry {
            action: "retention.forget",
            subject_type: "agency",
            subject_id: Some(agency.0),
            after: Some(json!({ "lines": lines, "calls": calls, "events": events })),
            ..audit::Entry::default()
        };
        audit::write(&tx, entry).await?;
    }
    tx.commit().await?;
    Ok(forgotten)
}

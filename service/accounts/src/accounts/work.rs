//! Where an account stands in the worklist, kept in step with its status, restrictions and results.

use super::case::restrictions_on;
use chrono::{DateTime, Utc};
use domain::account::{AccountStatus, Restriction};
use domain::worklist::{Facts, WorkClass, class_of};
use entity::account;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{ActiveModelTrait, FromQueryResult, IntoActiveModel, Set, raw_sql};

/// Why the account is due, where a result said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// As before; at once, when nothing was due before and it may be worked again.
    AsBefore,
    /// At this time, and because a call back was promised.
    CallBack(DateTime<Utc>),
    /// At this time.
    At(DateTime<Utc>),
    /// A result took it out of the worklist.
    Never,
}

#[derive(FromQueryResult)]
struct Marks {
    reachable: bool,
    worked_at: Option<DateTime<Utc>>,
}

/// Stores a status and what follows from it: closing and reopening, the class and date of the next
/// work, the end of the lease where it may not be worked; raises the version.
pub async fn settle(
    tx: &Tx,
    row: account::Model,
    status: AccountStatus,
    due: Due,
) -> Result<account::Model, Fault> {
    let now = tx.now();
    let class = class(tx, &row, status, due).await?;
    let next = match (class, due) {
        (None, _) | (_, Due::Never) => None,
        (Some(_), Due::CallBack(at) | Due::At(at)) => Some(at),
        (Some(_), Due::AsBefore) => Some(row.next_work_at.unwrap_or(now)),
    };
    let closed_at = if status.is_open() { None } else { row.closed_at.or(Some(now)) };
    let (before, version) = (row.status, row.version);
    let work_class = class.map_or(row.work_class, WorkClass::rank);
    let mut changed = row.into_active_model();
    changed.status = Set(status);
    if before != status {
        changed.status_changed_at = Set(now);
    }
    changed.closed_at = Set(closed_at);
    changed.work_class = Set(work_class);
    changed.next_work_at = Set(next);
    if next.is_none() {
        changed.lease_user_id = Set(None);
        changed.lease_until = Set(None);
    }
    changed.version = Set(version + 1);
    Ok(changed.update(tx).await?)
}

async fn class(
    tx: &Tx,
    row: &account::Model,
    status: AccountStatus,
    due: Due,
) -> Result<Option<WorkClass>, Fault> {
    let now = tx.now();
    let (agency_id, id) = (row.agency_id, row.id);
    let stopped = restrictions_on(tx, id).await?.into_iter().any(Restriction::stops_work);
    let marks = Marks::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT
             EXISTS (SELECT FROM contact_point WHERE agency_id = {agency_id} AND account_id = {id}
                     AND NOT bad) AS reachable,
             (SELECT max(at) FROM work_result
              WHERE agency_id = {agency_id} AND account_id = {id}) AS worked_at"#
    ))
    .one(tx)
    .await?
    .ok_or(Fault::Unexpected("no marks"))?;
    let zone = kernel::agency::own(tx).await?.time_zone;
    Ok(class_of(&Facts {
        status,
        stopped,
        call_back: match due {
            Due::CallBack(_) => true,
            Due::AsBefore => {
                WorkClass::of_rank(row.work_class) == WorkClass::CallBack
                    && row.next_work_at.is_some()
            }
            Due::At(_) | Due::Never => false,
        },
        replied: false,
        reachable: marks.reachable,
        placed_on: row.placed_on,
        worked_on: marks.worked_at.map(|at| date_in(&zone, at)),
        today: date_in(&zone, now),
    }))
}

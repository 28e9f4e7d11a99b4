//! Placements: a creditor's file is taken in, checked line by line, and committed.
//!
//! ```text
//! receive ── received ─┐
//! upload ─────────── checking ── checked ── committing ── committed
//!               └─ refused    └─ canceled
//! ```
//!
//! Nothing is placed before the commit, and the commit is one transaction. Big files are checked and
//! committed by jobs, small ones while the caller waits.

mod bulk;
mod check;
mod commit;
mod duplicates;
mod ground;
mod insert;
pub mod mappings;
mod packets;
mod read;
mod receive;
mod records;
mod report;
mod rows;
mod spool;
mod stage;
mod store;
mod upload;
mod view;
mod workbook;

pub use commit::NotCommitted;
pub use receive::{look, receive, recheck};
pub use report::{ReportPlace, acknowledgment_csv};
pub use spool::{FileForm, Spool, SpoolError, Spooled, UploadRefused};
pub use upload::{NotTaken, Order, Preview, preview, upload};
pub use view::{AcknowledgedAccount, LineFinding, Placement, Progress, Refusal};

use chrono::Duration;
use domain::placement::{CommitPolicy, PlacementState, Severity};
use domain::{AccountId, CreditorId, Permission, PlacementId};
use entity::placement;
use kernel::actor::{Actor, JobRunner, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::jobs::{self, Job};
use kernel::once::{Answer, Once, OnceRefused};
use kernel::stop::{Kind, Refused, Stop};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql,
};

/// Lines up to this number are committed while the caller waits.
const AT_ONCE: i64 = 5_000;

/// Why a placement is not committed or given up.
#[derive(Debug, thiserror::Error)]
pub enum CommitRefused {
    /// It is not in the state for it.
    #[error("The placement is {}; only one that is checked can be committed or canceled.", .0.name())]
    NotChecked(PlacementState),
    /// Something is wrong with the lines.
    #[error(transparent)]
    NotCommitted(#[from] NotCommitted),
    /// The idempotency key.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(CommitRefused);

impl Refused for CommitRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotChecked(_) | Self::NotCommitted(_) => Kind::Conflict,
            Self::Once(once) => once.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotChecked(_) => "placement_not_checked",
            Self::NotCommitted(refused) => refused.code(),
            Self::Once(once) => once.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotChecked(_) | Self::NotCommitted(_) => None,
            Self::Once(once) => once.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

/// One placement, with its counts and progress.
pub async fn find(app: &App, actor: &Actor, id: PlacementId) -> Result<Placement, Stop> {
    actor.require(Permission::PlacementRead)?;
    find_in(app, actor, id).await
}

async fn find_in(app: &App, actor: &Actor, id: PlacementId) -> Result<Placement, Stop> {
    let tx = app.begin(actor).await?;
    let row = placement::in_agency(tx.agency())
        .filter(placement::Column::Id.eq(id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("placement"))?;
    Ok(Placement::of(row, tx.now())?.in_currency(store::currency(&tx).await?))
}

/// Placements, newest first, of one creditor or of all that the actor reaches; `after` is the last
/// of the page before.
pub async fn list(
    app: &App,
    actor: &Actor,
    creditor: Option<CreditorId>,
    after: Option<PlacementId>,
    limit: u64,
) -> Result<Vec<Placement>, Stop> {
    actor.require(Permission::PlacementRead)?;
    let tx = app.begin(actor).await?;
    let mut query = placement::in_agency(tx.agency());
    if let Some(creditor) = creditor {
        query = query.filter(placement::Column::CreditorId.eq(creditor));
    }
    if let Some(after) = after {
        query = query.filter(placement::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(placement::Column::Id).limit(limit).all(&tx).await?;
    let currency = store::currency(&tx).await?;
    rows.into_iter().map(|row| Ok(Placement::of(row, tx.now())?.in_currency(currency))).collect()
}

/// The findings of a placement by line; `after` is line and place of the last one of the page
/// before.
pub async fn findings(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    severity: Option<Severity>,
    after: Option<(i64, i16)>,
    limit: u64,
) -> Result<Vec<LineFinding>, Stop> {
    actor.require(Permission::PlacementRead)?;
    let tx = app.begin(actor).await?;
    exists(&tx, id).await?;
    let agency = tx.agency();
    let severity = severity.map(Severity::name);
    let (line, seq) = after.unwrap_or((-1, -1));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(LineFinding::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT f.line_no, f.seq, f.severity, f.column_name, f.code, f.value, f.reason, f.fix,
               l.client_account_number, l.debtor_name,
               l.principal + l.interest + l.fees + l.costs + l.other AS balance
           FROM placement_finding f
           LEFT JOIN placement_line l
             ON l.agency_id = f.agency_id AND l.placement_id = f.placement_id AND l.line_no = f.line_no
           WHERE f.agency_id = {agency} AND f.placement_id = {id}
             AND ({severity}::text IS NULL OR f.severity = {severity})
             AND (f.line_no, f.seq) > ({line}, {seq}::smallint)
           ORDER BY f.line_no, f.seq LIMIT {limit}"#
    ))
    .all(&tx)
    .await?)
}

/// Has the accounts of a checked placement made. A repeated call with the same key answers the same
/// and does nothing.
pub async fn commit(
    app: &App,
    actor: &Actor,
    once: &Once,
    id: PlacementId,
    policy: CommitPolicy,
) -> Result<Answer<Placement>, CommitRefused> {
    actor.require(Permission::PlacementWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(known) = once.claim::<PlacementId>(&tx).await? {
        drop(tx);
        return Ok(Answer::again(find_in(app, actor, known).await?));
    }
    let row = store::lock(&tx, id).await?;
    let before = Placement::of(row, tx.now())?;
    may_commit(&before, policy)?;
    let (agency, name, by) = (tx.agency(), policy.name(), tx.signature().name.clone());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'committing', policy = {name}, committed_by = {by}, rows_done = 0,
               refusal_code = NULL, refusal_detail = NULL, version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    let entry = audit::Entry {
        action: "placement.commit",
        subject_type: "placement",
        subject_id: Some(id.0),
        after: Some(serde_json::json!({ "policy": name })),
        ..audit::Entry::default()
    };
    audit::write(&tx, entry).await?;
    let at_once = i64::try_from(before.tally.accepted).is_ok_and(|lines| lines <= AT_ONCE);
    let due = if at_once { tx.now() + Duration::seconds(30) } else { tx.now() };
    jobs::enqueue_at(&tx, Job::CommitPlacement { placement: id }, due).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    if at_once {
        let runner = jobs::runner(actor.agency());
        if let Err(stop) = commit::run(app, &runner, id).await {
            tracing::warn!(placement = %id, error = %stop, "a placement could not be committed at once");
        }
    }
    Ok(Answer::first(find_in(app, actor, id).await?))
}

fn may_commit(placement: &Placement, policy: CommitPolicy) -> Result<(), CommitRefused> {
    if placement.state != PlacementState::Checked {
        return Err(CommitRefused::NotChecked(placement.state));
    }
    let tally = &placement.tally;
    if tally.accepted == 0 {
        return Err(NotCommitted::NothingToPlace.into());
    }
    match policy {
        CommitPolicy::AllOrNothing if tally.rejected + tally.duplicate > 0 => {
            Err(NotCommitted::HasErrors.into())
        }
        CommitPolicy::AllOrNothing | CommitPolicy::ValidLinesOnly => Ok(()),
    }
}

/// Gives up a placement that is checked, or whose check waits.
pub async fn cancel(app: &App, actor: &Actor, id: PlacementId) -> Result<Placement, CommitRefused> {
    actor.require(Permission::PlacementWrite)?;
    let tx = app.begin(actor).await?;
    let row = store::lock(&tx, id).await?;
    let before = Placement::of(row, tx.now())?;
    match before.state {
        PlacementState::Received | PlacementState::Checked | PlacementState::Checking => {}
        PlacementState::Committing
        | PlacementState::Committed
        | PlacementState::Refused
        | PlacementState::Canceled => return Err(CommitRefused::NotChecked(before.state)),
    }
    store::clear_lines(&tx, id).await?;
    store::clear_file(&tx, id).await?;
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'canceled', version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    let entry = audit::Entry {
        action: "placement.cancel",
        subject_type: "placement",
        subject_id: Some(id.0),
        ..audit::Entry::default()
    };
    audit::write(&tx, entry).await?;
    tx.commit().await?;
    Ok(find_in(app, actor, id).await?)
}

/// The accounts that a committed placement made, for its acknowledgment; `after` is the last of the
/// page before.
pub async fn accounts(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    after: Option<AccountId>,
    limit: u64,
) -> Result<Vec<AcknowledgedAccount>, Stop> {
    actor.require(Permission::PlacementRead)?;
    let tx = app.begin(actor).await?;
    exists(&tx, id).await?;
    let agency = tx.agency();
    let after = after.unwrap_or(AccountId(uuid::Uuid::nil()));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(AcknowledgedAccount::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id, reference, client_account_number, debtor_name, placed_on, last_payment_on, last_payment_amount,
               placed_principal + placed_interest + placed_fees + placed_costs + placed_other AS placed_balance,
               principal + interest + fees + costs + other AS current_balance
           FROM account
           WHERE agency_id = {agency} AND placement_id = {id} AND id > {after}
           ORDER BY id LIMIT {limit}"#
    ))
    .all(&tx)
    .await?)
}

async fn exists(tx: &kernel::Tx, id: PlacementId) -> Result<(), Stop> {
    placement::in_agency(tx.agency())
        .filter(placement::Column::Id.eq(id))
        .one(tx)
        .await?
        .map(|_| ())
        .ok_or(Stop::NotFound("placement"))
}

/// The job: checks a placement.
pub async fn check(app: &App, runner: &JobRunner, id: PlacementId) -> Result<(), Stop> {
    check::run(app, runner, id).await
}

/// The job: makes the accounts of a placement.
pub async fn place(app: &App, runner: &JobRunner, id: PlacementId) -> Result<(), Stop> {
    commit::run(app, runner, id).await
}

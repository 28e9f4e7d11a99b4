//! A file taken in before anybody has said what its columns mean: kept, looked at as often as
//! needed, then checked.

use super::read::layout;
use super::spool::{FileForm, Spooled};
use super::upload::{
    AT_ONCE, BACKUP_AFTER, NotTaken, Order, Preview, keep, may_be_taken, preview_of,
};
use super::view::Placement;
use super::{bulk, check, find_in, store};
use domain::placement::mapping::GivenWithUpload;
use domain::placement::{Mapping, PlacementState};
use domain::{Permission, PlacementId};
use entity::placement;
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::jobs::{self, Job};
use kernel::stop::{Fault, Stop};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, raw_sql};

/// Takes a file in and keeps it until its columns are said ([`recheck`]).
///
/// # Errors
/// [`NotTaken`], as for an upload; the header is not looked at yet.
pub async fn receive(
    app: &App,
    actor: &Actor,
    order: Order,
    spooled: Spooled,
) -> Result<Placement, NotTaken> {
    actor.require(Permission::PlacementWrite)?;
    may_be_taken(&order)?;
    let tx = app.begin(actor).await?;
    let id = keep(&tx, &order, spooled, PlacementState::Received).await?;
    tx.commit().await?;
    Ok(find_in(app, actor, id).await?)
}

/// Looks at the first rows of a kept file.
///
/// # Errors
/// [`NotTaken::Begun`] when the file is no longer kept, [`NotTaken::Header`] when it cannot be read
/// in this way.
pub async fn look(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    mapping: &Mapping,
) -> Result<Preview, NotTaken> {
    actor.require(Permission::PlacementWrite)?;
    let row = waiting(app, actor, id).await?;
    let file = bulk::fetch_file(app, &jobs::runner(actor.agency()), id).await?;
    preview_of(file, form(&row), mapping)
}

/// Says what the columns of a kept file mean, and has it checked: at once when it is small, by a
/// job when it is not. What was found before is forgotten.
///
/// # Errors
/// [`NotTaken::Header`] when the columns do not fit the file, [`NotTaken::Begun`] when its accounts
/// are made already.
pub async fn recheck(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    mapping: Mapping,
) -> Result<Placement, NotTaken> {
    actor.require(Permission::PlacementWrite)?;
    let row = waiting(app, actor, id).await?;
    let runner = jobs::runner(actor.agency());
    let file = bulk::fetch_file(app, &runner, id).await?;
    let given = GivenWithUpload { portfolio: row.portfolio_id.is_some() };
    layout(file, form(&row), &mapping, given)?;
    let tx = app.begin(actor).await?;
    let row = store::lock(&tx, id).await?;
    may_be_rechecked(&row)?;
    store::clear_lines(&tx, id).await?;
    let agency = tx.agency();
    let mapping = serde_json::to_value(&mapping).map_err(Fault::from)?;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE placement SET state = 'checking', mapping = {mapping}, refusal_code = NULL,
               refusal_detail = NULL, totals = NULL, rows_done = 0, version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    let entry = audit::Entry {
        action: "placement.map",
        subject_type: "placement",
        subject_id: Some(id.0),
        ..audit::Entry::default()
    };
    audit::write(&tx, entry).await?;
    let at_once = u64::try_from(row.byte_size).is_ok_and(|size| size <= AT_ONCE);
    let due = if at_once { tx.now() + BACKUP_AFTER } else { tx.now() };
    jobs::enqueue_at(&tx, Job::CheckPlacement { placement: id }, due).await?;
    tx.commit().await?;
    if at_once && let Err(stop) = check::run(app, &runner, id).await {
        tracing::warn!(placement = %id, error = %stop, "a placement could not be checked at once");
    }
    Ok(find_in(app, actor, id).await?)
}

/// A placement within reach whose columns may still be said.
async fn waiting(app: &App, actor: &Actor, id: PlacementId) -> Result<placement::Model, NotTaken> {
    let tx = app.begin(actor).await?;
    let row = placement::in_agency(tx.agency())
        .filter(placement::Column::Id.eq(id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("placement"))?;
    tx.commit().await?;
    may_be_rechecked(&row)?;
    Ok(row)
}

fn may_be_rechecked(row: &placement::Model) -> Result<(), NotTaken> {
    let unknown = Fault::Unexpected("a placement is in a state that nobody knows");
    match PlacementState::parse(&row.state).ok_or(unknown)? {
        PlacementState::Received | PlacementState::Checked => Ok(()),
        state @ (PlacementState::Checking
        | PlacementState::Committing
        | PlacementState::Committed
        | PlacementState::Refused
        | PlacementState::Canceled) => Err(NotTaken::Begun(state)),
    }
}

fn form(row: &placement::Model) -> FileForm {
    if row.is_workbook { FileForm::Workbook } else { FileForm::Text }
}

//! A close run: the month end (or other period end) over all creditors that are due.
//!
//! Opened once, then each creditor is closed in a transaction of its own, so that a run which broke
//! off goes on where it stood; finishing it sweeps once (money rule 8).

mod due;
mod entries;
mod funds;
mod refused;
mod sheet;
mod summary;
mod tie_out;

pub use due::{DueCreditor, Standing, due, left};
pub use entries::{Entry, entries};
pub use funds::{Funds, funds};
pub use refused::RunRefused;
pub use sheet::{Figures, SheetRow, sheet};
pub use summary::{Progress, RunFigures, Summary, progress, summary};
pub use tie_out::{CreditorTie, TieOut};

use crate::statements::{CloseRefused, NewClose, close_in};
use crate::sweeps::{self, SweepRefused, lock_cash};
use chrono::{DateTime, NaiveDate, Utc};
use domain::remittance::CloseRunState;
use domain::{CloseRunId, CreditorId, Permission, StatementId, SweepId};
use entity::close_run;
pub use entity::close_run::Model as CloseRun;
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use ledger::alarms;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A run to be opened.
#[derive(Debug, Clone, Copy)]
pub struct NewRun {
    /// The last day covered.
    pub period_end: NaiveDate,
    /// What is posted later waits; now unless told. All creditors of the run get the same.
    pub cutoff: Option<DateTime<Utc>>,
}

/// What became of one creditor in a step.
#[derive(Debug)]
pub struct Outcome {
    /// Whose.
    pub creditor: CreditorId,
    /// The statement, or why there is none.
    pub result: Result<StatementId, CloseRefused>,
}

/// What finishing a run did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Finished {
    /// Which run.
    pub run: CloseRunId,
    /// The sweep; none where nothing was to be swept or nobody wanted it.
    pub sweep: Option<SweepId>,
}

/// Opens a run. One at a time is open for a period end.
pub async fn open(
    app: &App,
    actor: &Actor,
    new: NewRun,
    once: &Once,
) -> Result<Answer<CloseRunId>, RunRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let agency = lock_cash(&tx).await?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    if new.period_end >= today {
        return Err(RunRefused::PeriodNotEnded { period_end: new.period_end, today });
    }
    let cutoff = new.cutoff.unwrap_or(tx.now());
    if cutoff > tx.now() {
        return Err(RunRefused::CutoffInFuture);
    }
    let other = close_run::in_agency(tx.agency())
        .filter(close_run::Column::PeriodEnd.eq(new.period_end))
        .filter(close_run::Column::State.eq(CloseRunState::Open))
        .one(&tx)
        .await?;
    if let Some(other) = other {
        return Err(RunRefused::RunOpen(other.id));
    }
    let id = CloseRunId(random::uuid());
    close_run::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        period_end: Set(new.period_end),
        cutoff: Set(cutoff),
        state: Set(CloseRunState::Open),
        started_by: Set(tx.signature().name.clone()),
        started_at: Set(tx.now()),
        closed_at: Set(None),
        version: Set(1),
    }
    .insert(&tx)
    .await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "close_run.open",
            subject_type: "close_run",
            subject_id: Some(id.0),
            after: Some(json!({"period_end": new.period_end, "cutoff": cutoff})),
            ..audit::Entry::default()
        },
    )
    .await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    Ok(Answer::first(id))
}

/// The runs, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    window: &Window<CloseRunId>,
) -> Result<Part<CloseRun>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = close_run::in_agency(tx.agency());
    if let Some(after) = window.after {
        query = query.filter(close_run::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(close_run::Column::Id).limit(window.one_more()).all(&tx).await?;
    Ok(window.cut(rows))
}

/// One run.
pub async fn get(app: &App, actor: &Actor, id: CloseRunId) -> Result<CloseRun, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    find(&tx, id).await
}

/// Closes creditors of a run, each in its own transaction: those named, else all that are due. May
/// be repeated: what is closed stays closed, and is answered as `period_closed`.
pub async fn close(
    app: &App,
    actor: &Actor,
    run: CloseRunId,
    named: &[CreditorId],
) -> Result<Vec<Outcome>, RunRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let creditors = {
        let tx = app.begin(actor).await?;
        let row = find(&tx, run).await?;
        still_open(&row)?;
        if named.is_empty() { due::ids(&tx, &row).await? } else { named.to_vec() }
    };
    let mut outcomes = Vec::new();
    for creditor in creditors {
        let result = close_one(app, actor, run, creditor).await;
        let result = match result {
            Err(RunRefused::Close(refused)) => Err(refused),
            Err(other) => return Err(other),
            Ok(id) => Ok(id),
        };
        outcomes.push(Outcome { creditor, result });
    }
    Ok(outcomes)
}

async fn close_one(
    app: &App,
    actor: &Actor,
    run: CloseRunId,
    creditor: CreditorId,
) -> Result<StatementId, RunRefused> {
    let tx = app.begin(actor).await?;
    // Shared: several people may close creditors of one run, and nobody finishes it meanwhile.
    let row = close_run::Entity::find_by_id((tx.agency(), run))
        .lock(LockType::Share)
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("close run"))?;
    still_open(&row)?;
    let new = NewClose { creditor, period_end: row.period_end, cutoff: Some(row.cutoff) };
    let id = close_in(&tx, actor.principal(), new, Some(run)).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(id)
}

/// Finishes a run whose books tie out: nothing more is closed in it, and earned fees are swept once.
pub async fn finish(
    app: &App,
    actor: &Actor,
    id: CloseRunId,
    with_sweep: bool,
    once: &Once,
) -> Result<Answer<Finished>, RunRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    // A difference blocks (domain rule 2.8): what is swept would come out of somebody's money. Whether
    // the books tie does not depend on what closes meanwhile, so nobody waits for the sums.
    let ties = tie_out::tie_out(&tx).await?;
    if !ties.holds() {
        let creditors = ties.untied.len();
        return Err(RunRefused::DoesNotTieOut { difference: ties.difference, creditors });
    }
    lock_cash(&tx).await?;
    let row = close_run::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("close run"))?;
    still_open(&row)?;
    let sweep = if with_sweep {
        match sweeps::sweep_in(&tx, None).await {
            Ok(sweep) => Some(sweep),
            Err(SweepRefused::NothingToSweep) => None,
            Err(refused) => return Err(refused.into()),
        }
    } else {
        None
    };
    let version = row.version;
    let mut closed: close_run::ActiveModel = row.into();
    closed.state = Set(CloseRunState::Closed);
    closed.closed_at = Set(Some(tx.now()));
    closed.version = Set(version + 1);
    closed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "close_run.finish",
            subject_type: "close_run",
            subject_id: Some(id.0),
            before: Some(json!({"state": CloseRunState::Open})),
            after: Some(json!({"state": CloseRunState::Closed, "sweep": sweep})),
            reason: None,
        },
    )
    .await?;
    let finished = Finished { run: id, sweep };
    once.keep(&tx, &finished).await?;
    tx.commit().await?;
    Ok(Answer::first(finished))
}

async fn find(tx: &Tx, id: CloseRunId) -> Result<CloseRun, Stop> {
    let row = close_run::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    row.ok_or(Stop::NotFound("close run"))
}

fn still_open(row: &CloseRun) -> Result<(), RunRefused> {
    match row.state {
        CloseRunState::Open => Ok(()),
        CloseRunState::Closed => Err(RunRefused::RunClosed),
    }
}

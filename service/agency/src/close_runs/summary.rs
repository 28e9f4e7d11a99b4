//! What a close run made, and whether the books tie out.

use super::tie_out::{TieOut, tie_out};
use super::{CloseRun, due, find};
use domain::{CloseRunId, Currency, Money, Permission};
use entity::agency;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};

/// The sums of a run's statements, and the tie-out of the present.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The run.
    pub run: CloseRun,
    /// The currency of the books.
    pub currency: Currency,
    /// Figures of its statements.
    pub figures: RunFigures,
    /// Creditors that are due and not closed.
    pub due: u64,
    /// The three sides.
    pub tie_out: TieOut,
}

/// Figures of a run's statements.
#[derive(Debug, Clone, FromQueryResult)]
pub struct RunFigures {
    /// How many statements.
    pub statements: i64,
    /// How many lines.
    pub lines: i64,
    /// Collected by the agency.
    pub to_us: Money,
    /// Paid to creditors directly.
    pub direct: Money,
    /// Commission on both.
    pub commission: Money,
    /// Tax on it.
    pub tax: Money,
    /// What goes to creditors.
    pub remit: Money,
    /// Of it, prepared and not paid out.
    pub prepared: Money,
    /// Of it, paid out.
    pub issued: Money,
    /// Due from creditors and carried; zero or below.
    pub carried_due: Money,
    /// Due to creditors and carried: below the minimum.
    pub carried_small: Money,
    /// Invoices less credit notes.
    pub invoiced: Money,
}

/// How far a run has come: the summary without the tie-out, whose sums go over the whole ledger.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The run.
    pub run: CloseRun,
    /// Figures of its statements.
    pub figures: RunFigures,
    /// Creditors that are due and not closed.
    pub due: u64,
}

/// What a run made so far.
pub async fn summary(app: &App, actor: &Actor, id: CloseRunId) -> Result<Summary, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let Progress { run, figures, due } = progress_in(&tx, id).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let tie_out = tie_out(&tx).await?;
    Ok(Summary { run, currency: agency.currency, figures, due, tie_out })
}

/// How far a run has come.
pub async fn progress(app: &App, actor: &Actor, id: CloseRunId) -> Result<Progress, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    progress_in(&tx, id).await
}

async fn progress_in(tx: &Tx, id: CloseRunId) -> Result<Progress, Stop> {
    let run = find(tx, id).await?;
    let agency_id = tx.agency();
    let figures = RunFigures::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT count(*) AS statements, coalesce(sum(s.line_count), 0)::bigint AS lines,
               coalesce(sum((s.totals ->> 'to_us')::bigint), 0)::bigint AS to_us,
               coalesce(sum((s.totals ->> 'direct')::bigint), 0)::bigint AS direct,
               coalesce(sum((s.totals ->> 'commission_to_us')::bigint + (s.totals ->> 'commission_direct')::bigint), 0)::bigint
                   AS commission,
               coalesce(sum((s.totals ->> 'tax')::bigint), 0)::bigint AS tax,
               coalesce(sum(s.remit), 0)::bigint AS remit,
               coalesce(sum(r.prepared), 0)::bigint AS prepared, coalesce(sum(r.issued), 0)::bigint AS issued,
               coalesce(sum(least(s.carried, 0)), 0)::bigint AS carried_due,
               coalesce(sum(greatest(s.carried, 0)), 0)::bigint AS carried_small,
               coalesce(sum(s.invoiced), 0)::bigint AS invoiced
           FROM statement s
           LEFT JOIN LATERAL (
               SELECT sum(r.amount) FILTER (WHERE r.state = 'prepared') AS prepared,
                   sum(r.amount) FILTER (WHERE r.state = 'issued') AS issued
               FROM remittance r WHERE r.agency_id = {agency_id} AND r.statement_id = s.id) r ON true
           WHERE s.agency_id = {agency_id} AND s.run_id = {id}"#
    ))
    .one(tx)
    .await?
    .ok_or(Stop::NotFound("close run"))?;
    let left = due::ids(tx, &run).await?.len();
    Ok(Progress { run, figures, due: u64::try_from(left).unwrap_or(u64::MAX) })
}

//! The money of a run by the way it came: what counts in it, and what waits for which reason (money
//! rules 1 and 2).

use super::find;
use chrono::NaiveDate;
use domain::payment::PaymentMethod;
use domain::{CloseRunId, Money, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{FromQueryResult, raw_sql};

/// The money that came by one method; returns count below zero.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Funds {
    /// How it came.
    pub method: PaymentMethod,
    /// Payments that count in the run, closed in it or not yet.
    pub counted: i64,
    /// What they come to.
    pub available: Money,
    /// Payments on hold beyond the run's day.
    pub held: i64,
    /// What they come to.
    pub on_hold: Money,
    /// The day on which the last of them is available.
    pub held_until: Option<NaiveDate>,
    /// Payments that a person delayed or blocked.
    pub stopped: i64,
    /// What they come to.
    pub held_back: Money,
    /// Payments of the period that were posted after the cutoff.
    pub late: i64,
    /// What they come to.
    pub after_cutoff: Money,
}

/// What the agency collected and no earlier statement shows, method by method.
pub async fn funds(app: &App, actor: &Actor, id: CloseRunId) -> Result<Vec<Funds>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let run = find(&tx, id).await?;
    let (agency, period_end, cutoff) = (tx.agency(), run.period_end, run.cutoff);
    Ok(Funds::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH unstated AS (
               SELECT p.method, p.available_on,
                   CASE WHEN p.kind IN ('paid_agency_return', 'paid_forwarder_return') THEN -p.applied ELSE p.applied END AS applied,
                   CASE WHEN s.run_id IS NOT NULL THEN 'counted'
                        WHEN p.posted_at > {cutoff} THEN 'late'
                        WHEN p.holding <> 'normal' THEN 'stopped'
                        WHEN p.available_on > {period_end} THEN 'held'
                        ELSE 'counted' END AS standing
               FROM payment p
               LEFT JOIN statement s ON s.agency_id = {agency} AND s.id = p.statement_id
               WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL AND p.effective_on <= {period_end}
                 AND p.kind IN ('paid_agency', 'paid_forwarder', 'paid_agency_return', 'paid_forwarder_return')
                 AND (p.statement_id IS NULL OR s.run_id = {id}))
           SELECT method,
               count(*) FILTER (WHERE standing = 'counted') AS counted,
               coalesce(sum(applied) FILTER (WHERE standing = 'counted'), 0)::bigint AS available,
               count(*) FILTER (WHERE standing = 'held') AS held,
               coalesce(sum(applied) FILTER (WHERE standing = 'held'), 0)::bigint AS on_hold,
               max(available_on) FILTER (WHERE standing = 'held') AS held_until,
               count(*) FILTER (WHERE standing = 'stopped') AS stopped,
               coalesce(sum(applied) FILTER (WHERE standing = 'stopped'), 0)::bigint AS held_back,
               count(*) FILTER (WHERE standing = 'late') AS late,
               coalesce(sum(applied) FILTER (WHERE standing = 'late'), 0)::bigint AS after_cutoff
           FROM unstated GROUP BY method ORDER BY method"#
    ))
    .all(&tx)
    .await?)
}

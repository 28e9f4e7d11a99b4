//! Who is due in a close run, and what closing would make.

use super::{CloseRun, find};
use crate::statements::{CloseRefused, Facts, Preview, Wanted, figure};
use chrono::NaiveDate;
use domain::remittance::{Period, Terms};
use domain::statement::Totals;
use domain::{CloseRunId, CreditorId, Money, Permission, StatementId};
use entity::statement;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};

/// A creditor of a run.
#[derive(Debug)]
pub struct DueCreditor {
    /// Who.
    pub creditor: CreditorId,
    /// The creditor's code, by which the list is ordered.
    pub code: String,
    /// The creditor's name.
    pub name: String,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a creditor stands in a run.
#[derive(Debug)]
pub enum Standing {
    /// Closed in this run.
    Closed(Box<(Facts, Totals)>),
    /// Due: what a close would make.
    Due(Box<Preview>),
    /// A close would be refused.
    Refused(CloseRefused),
}

/// The creditors of a run by code, with what closing made or would make; the window's position is
/// the code. Who closes whenever somebody likes (ad hoc) is closed by name.
pub async fn due(
    app: &App,
    actor: &Actor,
    run: CloseRunId,
    window: &Window<String>,
) -> Result<Part<DueCreditor>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = find(&tx, run).await?;
    standings(&tx, &row, window).await
}

/// The same in the caller's transaction.
pub(super) async fn standings(
    tx: &Tx,
    row: &CloseRun,
    window: &Window<String>,
) -> Result<Part<DueCreditor>, Stop> {
    let mut all = candidates(tx, row).await?;
    all.retain(|one| window.after.as_ref().is_none_or(|after| one.code > *after));
    let part = window.cut(all);
    let mut rows = Vec::new();
    for one in part.rows {
        let standing = match one.closed_here {
            Some(id) => closed(tx, id).await?,
            None => previewed(tx, row, one.creditor).await?,
        };
        let Candidate { creditor, code, name, .. } = one;
        rows.push(DueCreditor { creditor, code, name, standing });
    }
    Ok(Part { rows, more: part.more })
}

/// Who is due and not closed, by code: what a caller works through, one close after another.
pub async fn left(
    app: &App,
    actor: &Actor,
    run: CloseRunId,
) -> Result<Vec<(String, CreditorId)>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = find(&tx, run).await?;
    let all = candidates(&tx, &row).await?;
    let open = all.into_iter().filter(|one| one.closed_here.is_none());
    Ok(open.map(|one| (one.code, one.creditor)).collect())
}

async fn closed(tx: &Tx, id: StatementId) -> Result<Standing, Stop> {
    let row = statement::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    let row = row.ok_or(Stop::NotFound("statement"))?;
    Ok(Standing::Closed(Box::new(Facts::of(row)?)))
}

async fn previewed(tx: &Tx, run: &CloseRun, creditor: CreditorId) -> Result<Standing, Stop> {
    let wanted = Wanted { creditor, period_end: run.period_end, cutoff: Some(run.cutoff) };
    match figure(tx, wanted).await {
        Ok(preview) => Ok(Standing::Due(Box::new(preview))),
        Err(CloseRefused::Stop(stop)) => Err(stop),
        Err(refused) => Ok(Standing::Refused(refused)),
    }
}

/// Those that a run closes when nobody is named.
pub(super) async fn ids(tx: &Tx, run: &CloseRun) -> Result<Vec<CreditorId>, Stop> {
    let all = candidates(tx, run).await?;
    Ok(all.into_iter().filter(|one| one.closed_here.is_none()).map(|one| one.creditor).collect())
}

/// A creditor that may be due.
#[derive(FromQueryResult)]
pub(super) struct Candidate {
    creditor: CreditorId,
    code: String,
    name: String,
    remittance: Terms,
    covered_to: Option<NaiveDate>,
    carried: Option<Money>,
    open_credit: Option<Money>,
    has_unstated: bool,
    closed_here: Option<StatementId>,
}

/// Creditors whose period ends on the run's day and who have something to show, and those closed in
/// the run.
async fn candidates(tx: &Tx, run: &CloseRun) -> Result<Vec<Candidate>, Stop> {
    let (agency, id) = (tx.agency(), run.id);
    let (period_end, cutoff) = (run.period_end, run.cutoff);
    let mut all = Candidate::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE up AS (
               SELECT id AS creditor, id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency}
               UNION ALL
               SELECT up.creditor, c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16),
           terms AS (
               SELECT DISTINCT ON (up.creditor) up.creditor, k.remittance
               FROM up JOIN contract k ON k.agency_id = {agency} AND k.creditor_id = up.id
               WHERE k.effective_on <= {period_end}
               ORDER BY up.creditor, up.depth, k.effective_on DESC)
           SELECT c.id AS creditor, c.code, c.name, terms.remittance, s.period_end AS covered_to, s.carried,
               s.open_credit,
               EXISTS (SELECT FROM payment p
                       WHERE p.agency_id = {agency} AND p.creditor_id = c.id AND p.statement_id IS NULL
                         AND p.posted_at <= {cutoff} AND p.available_on <= {period_end}
                         AND p.holding <> 'blocked') AS has_unstated,
               (SELECT h.id FROM statement h
                WHERE h.agency_id = {agency} AND h.creditor_id = c.id AND h.run_id = {id}) AS closed_here
           FROM creditor c JOIN terms ON terms.creditor = c.id
           LEFT JOIN LATERAL (
               SELECT s.period_end, s.carried, s.open_credit FROM statement s
               WHERE s.agency_id = {agency} AND s.creditor_id = c.id
               ORDER BY s.period_end DESC LIMIT 1) s ON true
           WHERE c.agency_id = {agency}
           ORDER BY c.code"#
    ))
    .all(tx)
    .await?;
    all.retain(|one| one.closed_here.is_some() || is_due(one, run.period_end));
    Ok(all)
}

fn is_due(one: &Candidate, period_end: NaiveDate) -> bool {
    let covered = one.covered_to.is_some_and(|end| end >= period_end);
    let ends = match one.remittance.period {
        // Somebody names it when it is to be closed.
        Period::AdHoc {} => false,
        Period::Day {}
        | Period::Week { .. }
        | Period::TwoWeeks { .. }
        | Period::HalfMonth {}
        | Period::Month {} => one.remittance.period.ends_on(period_end),
    };
    let something = |money: Option<Money>| money.is_some_and(|money| !money.is_zero());
    ends && !covered
        && (one.has_unstated
            || something(one.carried)
            || something(one.open_credit)
            || one.remittance.empty_statements)
}

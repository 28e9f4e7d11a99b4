//! Reading closed statements: for the agency, and for a creditor its own.

use super::document::Facts;
use domain::statement::{Line, Totals};
use domain::{CloseRunId, CreditorId, Permission, StatementId};
use entity::{statement, statement_line};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Which statements to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatementFilter {
    /// Of this creditor.
    pub creditor: Option<CreditorId>,
    /// Of this close run.
    pub run: Option<CloseRunId>,
}

/// A line of a statement with its place.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// From 1.
    pub seq: i32,
    /// What is printed.
    pub line: Line,
}

/// Statements, newest number first; the window's position is the number.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: StatementFilter,
    window: &Window<i64>,
) -> Result<Part<(Facts, Totals)>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = statement::in_agency(tx.agency());
    if let Some(creditor) = filter.creditor {
        query = query.filter(statement::Column::CreditorId.eq(creditor));
    }
    if let Some(run) = filter.run {
        query = query.filter(statement::Column::RunId.eq(run));
    }
    if let Some(after) = window.after {
        query = query.filter(statement::Column::Number.lt(after));
    }
    let rows = query
        .order_by_desc(statement::Column::Number)
        .limit(window.one_more())
        .all(&tx)
        .await?
        .into_iter()
        .map(Facts::of)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(window.cut(rows))
}

/// The head and the sums of one statement.
pub async fn get(app: &App, actor: &Actor, id: StatementId) -> Result<(Facts, Totals), Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    find(&tx, id).await
}

/// The shown lines of a statement, in the order of the print; the window's position is `seq`.
pub async fn lines(
    app: &App,
    actor: &Actor,
    id: StatementId,
    window: &Window<i32>,
) -> Result<Part<StatementLine>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    find(&tx, id).await?;
    let rows = shown(&tx, id, window.after, Some(window.one_more())).await?;
    Ok(window.cut(rows))
}

pub(super) async fn find(tx: &Tx, id: StatementId) -> Result<(Facts, Totals), Stop> {
    let row = statement::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("statement"))?;
    Facts::of(row)
}

pub(super) async fn shown(
    tx: &Tx,
    id: StatementId,
    after: Option<i32>,
    most: Option<u64>,
) -> Result<Vec<StatementLine>, Stop> {
    let rows = statement_line::in_agency(tx.agency())
        .filter(statement_line::Column::StatementId.eq(id))
        .filter(statement_line::Column::Shown.eq(true))
        .filter(statement_line::Column::Seq.gt(after.unwrap_or(0)))
        .order_by_asc(statement_line::Column::Seq)
        .limit(most)
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|row| {
            let line = serde_json::from_value(row.line).map_err(Fault::from)?;
            Ok(StatementLine { seq: row.seq, line })
        })
        .collect()
}

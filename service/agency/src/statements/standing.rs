//! What became of statements, and when the next one comes, for whoever waits for the money.

use super::terms;
use chrono::NaiveDate;
use domain::remittance::RemittanceState;
use domain::{Permission, StatementId};
use entity::{agency, remittance};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;

/// Creditors whose terms are looked at for the next close.
const MOST_CREDITORS: usize = 50;

/// The remittance that counts of each of these statements: the newest that was not taken back. A
/// statement that remits nothing has none.
pub async fn sent(
    app: &App,
    actor: &Actor,
    statements: impl IntoIterator<Item = StatementId>,
) -> Result<HashMap<StatementId, remittance::Model>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let rows = remittance::in_agency(tx.agency())
        .filter(remittance::Column::StatementId.is_in(statements))
        .filter(remittance::Column::State.ne(RemittanceState::Voided))
        .order_by_asc(remittance::Column::PreparedAt)
        .order_by_asc(remittance::Column::Id)
        .all(&tx)
        .await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(|row| (row.statement_id, row)).collect())
}

/// The next last day of a period of one of the actor's creditors; none where no contract says so.
pub async fn next_close(app: &App, actor: &Actor) -> Result<Option<NaiveDate>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let agency = agency::Entity::find_by_id(tx.agency()).one(&tx).await?;
    let zone = agency.ok_or(Stop::NotFound("agency"))?.time_zone;
    let today = kernel::clock::date_in(&zone, tx.now());
    let mut next: Option<NaiveDate> = None;
    for creditor in actor.creditors().iter().take(MOST_CREDITORS) {
        let terms = terms::on(&tx, *creditor, today).await?;
        let end = terms.and_then(|terms| terms.remittance.period.next_end(today));
        next = next.into_iter().chain(end).min();
    }
    tx.commit().await?;
    Ok(next)
}

//! The agency in which an actor acts: its row, its currency, its calendar day.

use crate::actor::Scope;
use crate::app::App;
use crate::clock::date_in;
use crate::db::Tx;
use crate::stop::{Fault, Stop};
use chrono::NaiveDate;
use domain::Currency;
use entity::agency;
use sea_orm::EntityTrait;

/// The agency's row.
pub async fn own(tx: &Tx) -> Result<agency::Model, Fault> {
    agency::Entity::find_by_id(tx.agency())
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("the agency is gone"))
}

/// The agency's day, in its time zone.
pub async fn today(tx: &Tx) -> Result<NaiveDate, Fault> {
    Ok(date_in(&own(tx).await?.time_zone, tx.now()))
}

/// The currency of the actor's agency, which every amount that comes in must have.
pub async fn currency(app: &App, who: &(impl Scope + ?Sized)) -> Result<Currency, Stop> {
    let tx = app.begin(who).await?;
    let row = own(&tx).await?;
    tx.commit().await?;
    Ok(row.currency)
}

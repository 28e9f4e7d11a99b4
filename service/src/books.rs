//! The books of an agency: their currency, which every amount that comes in must have.

use crate::actor::Scope;
use crate::app::App;
use crate::stop::{Fault, Stop};
use domain::Currency;
use entity::agency;
use sea_orm::EntityTrait;

/// The currency of the actor's agency.
pub async fn currency(app: &App, who: &(impl Scope + ?Sized)) -> Result<Currency, Stop> {
    let tx = app.begin(who).await?;
    let row = agency::Entity::find_by_id(tx.agency()).one(&tx).await?;
    tx.commit().await?;
    Ok(row.ok_or(Fault::Unexpected("the agency is gone"))?.currency)
}

//! Offers as they are read.

use super::{Offer, read};
use crate::accounts;
use crate::agreements::installments;
use domain::{AccountId, Currency, Money, Permission, SettlementOfferId};
use entity::{installment, settlement_offer};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

/// An offer with its parts.
#[derive(Debug, Clone)]
pub struct OfferView {
    /// The offer.
    pub offer: Offer,
    /// Its parts; none until it is accepted.
    pub rows: Vec<installment::Model>,
    /// The currency of its amounts.
    pub currency: Currency,
}

impl OfferView {
    /// What was paid so far.
    pub fn paid(&self) -> Money {
        self.rows.iter().map(|row| row.paid).sum()
    }

    /// The next part that asks for money.
    pub fn next(&self) -> Option<&installment::Model> {
        self.rows.iter().find(|row| row.paid < row.amount)
    }
}

/// One offer.
pub async fn get(app: &App, actor: &Actor, id: SettlementOfferId) -> Result<OfferView, Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let offer = read(&tx, id).await?;
    accounts::get(&tx, actor, offer.account_id).await?;
    let shown = view(&tx, offer).await?;
    tx.commit().await?;
    Ok(shown)
}

/// The offers of an account, newest first.
pub async fn list(app: &App, actor: &Actor, account: AccountId) -> Result<Vec<OfferView>, Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    accounts::get(&tx, actor, account).await?;
    let rows = settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::AccountId.eq(account))
        .order_by_desc(settlement_offer::Column::Id)
        .all(&tx)
        .await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        shown.push(view(&tx, row).await?);
    }
    tx.commit().await?;
    Ok(shown)
}

async fn view(tx: &Tx, offer: Offer) -> Result<OfferView, Fault> {
    let rows = installments::of_offer(tx, offer.id).await?;
    let currency = kernel::agency::own(tx).await?.currency;
    Ok(OfferView { offer, rows, currency })
}

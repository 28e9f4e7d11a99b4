//! Reading payouts, and what was found wanting in them.

use super::Finding;
use domain::{Currency, PaymentId, PayoutFindingId, PayoutId, Permission};
use entity::{agency, payment, payout, payout_finding};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// A payout, with the payments that it brought.
#[derive(Debug, Clone)]
pub struct PayoutView {
    /// The row.
    pub row: payout::Model,
    /// The currency of the books.
    pub currency: Currency,
    /// The payments and returns in it; empty in lists.
    pub payments: Vec<PaymentId>,
}

async fn currency(tx: &kernel::db::Tx) -> Result<Currency, Stop> {
    let row = agency::Entity::find_by_id(tx.agency()).one(tx).await?;
    Ok(row.ok_or(Stop::NotFound("agency"))?.currency)
}

/// The payouts of the agency, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    window: Window<PayoutId>,
) -> Result<Part<PayoutView>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let currency = currency(&tx).await?;
    let mut query =
        payout::in_agency(tx.agency()).order_by_desc(payout::Column::Id).limit(window.one_more());
    if let Some(after) = window.after {
        query = query.filter(payout::Column::Id.lt(after));
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    Ok(window.cut(rows).map(|row| PayoutView { row, currency, payments: Vec::new() }))
}

/// One payout.
pub async fn get(app: &App, actor: &Actor, id: PayoutId) -> Result<PayoutView, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let row = payout::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payout"))?;
    let payments = payment::in_agency(tx.agency())
        .filter(payment::Column::PayoutId.eq(id))
        .order_by_asc(payment::Column::Id)
        .all(&tx)
        .await?;
    let currency = currency(&tx).await?;
    tx.commit().await?;
    Ok(PayoutView { row, currency, payments: payments.into_iter().map(|row| row.id).collect() })
}

/// What was found wanting in payouts and is not resolved, oldest first.
pub async fn findings(
    app: &App,
    actor: &Actor,
    window: Window<PayoutFindingId>,
) -> Result<(Currency, Part<Finding>), Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let currency = currency(&tx).await?;
    let mut query = payout_finding::in_agency(tx.agency())
        .filter(payout_finding::Column::ResolvedAt.is_null())
        .order_by_asc(payout_finding::Column::Id)
        .limit(window.one_more());
    if let Some(after) = window.after {
        query = query.filter(payout_finding::Column::Id.gt(after));
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    Ok((currency, window.cut(rows)))
}

//! Settlements: offered, accepted, withdrawn, expired, judged (domain rule 2.10, money rules 19 to 21,
//! example E5).

mod accept;
mod approve;
mod judge;
mod offer;
mod refusal;
mod site;
mod view;

pub use accept::{Acceptance, accept};
pub use approve::{approve, approved};
pub use domain::approval::BelowFloor;
pub use judge::judge;
pub use offer::{NewOffer, Outcome, offer};
pub use refusal::{AcceptRefused, OfferRefused, WithdrawRefused};
pub use site::{Choice, SiteOffer, agree, choices, of_debtor};
pub use view::{OfferView, get, list};

use crate::accounts::work::Due;
use crate::agreements::{follow, lock_ground};
use domain::settlement::{OfferState, status_after};
use domain::timeline::TimelineKind;
use domain::{Permission, SettlementOfferId};
use entity::{account, settlement_offer};
use kernel::actor::{Actor, JobRunner};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::Stop;
use kernel::timeline;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// An offer as it is stored.
pub use entity::settlement_offer::Model as Offer;

/// Locks an offer, and checks that it is the version that was seen. Its account is locked before.
pub async fn lock(tx: &Tx, id: SettlementOfferId, seen: Option<i64>) -> Result<Offer, Stop> {
    let row = settlement_offer::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("settlement offer"))?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Stop::Stale);
    }
    Ok(row)
}

async fn read(tx: &Tx, id: SettlementOfferId) -> Result<Offer, Stop> {
    settlement_offer::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("settlement offer"))
}

/// Ends a locked offer; the status of its account is the caller's.
pub async fn end(
    tx: &Tx,
    account: &account::Model,
    row: Offer,
    state: OfferState,
    why: &str,
) -> Result<Offer, Stop> {
    let (id, was, version) = (row.id, row.state, row.version);
    let mut changed: settlement_offer::ActiveModel = row.into();
    changed.state = Set(state);
    changed.ended_at = Set(Some(tx.now()));
    changed.end_reason = Set(Some(why.to_owned()));
    changed.version = Set(version + 1);
    let row = changed.update(tx).await?;
    let currency = kernel::agency::own(tx).await?.currency;
    let summary =
        format!("Settlement for {} {}: {why}", row.total.to_display(currency), state.name());
    let detail = json!({"offer": id, "from": was, "to": state});
    timeline::record(tx, account.into(), TimelineKind::SettlementEnded, summary, Some(detail))
        .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "settlement_offer.end",
            subject_type: "settlement_offer",
            subject_id: Some(id.0),
            before: Some(json!({"state": was})),
            after: Some(json!({"state": state})),
            reason: Some(why.to_owned()),
        },
    )
    .await?;
    Ok(row)
}

/// Takes an offer back that was not accepted, or annuls an accepted one before it is paid.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    id: SettlementOfferId,
    seen: Option<i64>,
    reason: &str,
) -> Result<Offer, WithdrawRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let reason = domain::reason(reason).ok_or(WithdrawRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let account = read(&tx, id).await?.account_id;
    let ground = lock_ground(&tx, account).await?;
    let row = lock(&tx, id, seen).await?;
    let state = match row.state {
        OfferState::Offered => OfferState::Withdrawn,
        OfferState::Accepted => OfferState::Void,
        state @ (OfferState::Completed
        | OfferState::Void
        | OfferState::Expired
        | OfferState::Withdrawn
        | OfferState::Broken) => return Err(WithdrawRefused::NotOpen(state)),
    };
    let row = end(&tx, &ground.account, row, state, &reason).await?;
    let status = status_after(state, ground.account.status);
    let due = Due::At(tx.now());
    follow(&tx, ground.account, status, due, "the settlement was annulled").await?;
    tx.commit().await?;
    Ok(row)
}

/// Ends an offer that was not accepted by the last second of its last day, where the debtor lives.
pub async fn expire(app: &App, runner: &JobRunner, id: SettlementOfferId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let account = read(&tx, id).await?.account_id;
    let ground = lock_ground(&tx, account).await?;
    let row = lock(&tx, id, None).await?;
    let open = match row.state {
        OfferState::Offered => true,
        OfferState::Accepted
        | OfferState::Completed
        | OfferState::Void
        | OfferState::Expired
        | OfferState::Withdrawn
        | OfferState::Broken => false,
    };
    if open && tx.now().timestamp() > row.expires_at.timestamp() {
        let why = format!("not accepted by {}", row.last_day);
        end(&tx, &ground.account, row, OfferState::Expired, &why).await?;
        tx.commit().await?;
    }
    Ok(())
}

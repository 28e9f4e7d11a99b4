//! Promises to pay: taken, canceled, judged (domain rule 2.10, money rule 20).

mod judge;
mod take;

pub use judge::judge;
pub use take::agree;
pub use take::{NewPromises, PromiseRefused, take};

use crate::accounts;
use crate::accounts::work::Due;
use crate::agreements::{Ground, follow, ground};
use domain::promise::{PromiseState, status_after};
use domain::timeline::TimelineKind;
use domain::{AccountId, Currency, Permission, PromiseId};
use entity::{account, promise};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set,
};
use serde_json::json;

/// A promise as it is stored.
pub use entity::promise::Model as Promise;

/// Why a promise is not canceled.
#[derive(Debug, thiserror::Error)]
pub enum CancelRefused {
    /// It is kept, broken or canceled already.
    #[error("this promise is {}; only a pending one is canceled", .0.name())]
    NotPending(PromiseState),
    /// Nobody said why.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(CancelRefused);

impl Refused for CancelRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotPending(_) => Kind::Conflict,
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPending(_) => "promise_not_pending",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::NotPending(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::NotPending(state) => vec![("state", json!(state.name()))],
            Self::NoReason | Self::Stop(_) => Vec::new(),
        }
    }
}

/// Takes a promise back. The account is active again when none is left.
///
/// # Errors
/// [`CancelRefused::NotPending`] once it was judged.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: PromiseId,
    reason: &str,
) -> Result<Promise, CancelRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let reason = domain::reason(reason).ok_or(CancelRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let found = read(&tx, id).await?;
    let ground = crate::agreements::lock_ground(&tx, found.account_id).await?;
    let row = read(&tx, id).await?;
    if row.state != PromiseState::Pending {
        return Err(CancelRefused::NotPending(row.state));
    }
    let row = ended(&tx, &ground.account, row, &reason).await?;
    release(&tx, ground).await?;
    tx.commit().await?;
    Ok(row)
}

/// The promises of an account, the latest due first.
pub async fn list(app: &App, actor: &Actor, account: AccountId) -> Result<Vec<Promise>, Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    accounts::get(&tx, actor, account).await?;
    let rows = of_account(&tx, account).await?;
    tx.commit().await?;
    Ok(rows)
}

/// One promise.
pub async fn get(app: &App, actor: &Actor, id: PromiseId) -> Result<(Promise, Currency), Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let row = read(&tx, id).await?;
    accounts::get(&tx, actor, row.account_id).await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    tx.commit().await?;
    Ok((row, currency))
}

async fn read(tx: &Tx, id: PromiseId) -> Result<Promise, Stop> {
    promise::Entity::find_by_id((tx.agency(), id)).one(tx).await?.ok_or(Stop::NotFound("promise"))
}

pub(crate) async fn of_account(tx: &Tx, account: AccountId) -> Result<Vec<Promise>, Fault> {
    Ok(promise::in_agency(tx.agency())
        .filter(promise::Column::AccountId.eq(account))
        .order_by_desc(promise::Column::DueOn)
        .order_by_desc(promise::Column::Id)
        .all(tx)
        .await?)
}

/// Ends a pending promise of a locked account; the account's status is the caller's.
pub async fn ended(
    tx: &Tx,
    account: &account::Model,
    row: Promise,
    why: &str,
) -> Result<Promise, Stop> {
    let currency = kernel::agency::own(tx).await?.currency;
    let (id, amount, due, version) = (row.id, row.amount, row.due_on, row.version);
    let mut changed = row.into_active_model();
    changed.state = Set(PromiseState::Canceled);
    changed.end_reason = Set(Some(why.to_owned()));
    changed.judged_at = Set(Some(tx.now()));
    changed.version = Set(version + 1);
    let row = changed.update(tx).await?;
    let summary = format!("Promise of {} for {due} canceled: {why}", amount.to_display(currency));
    let detail = json!({"promise": id, "state": PromiseState::Canceled});
    timeline::record(tx, account.into(), TimelineKind::PromiseMade, summary, Some(detail)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "promise.cancel",
            subject_type: "promise",
            subject_id: Some(id.0),
            before: Some(json!({"state": PromiseState::Pending})),
            after: Some(json!({"state": PromiseState::Canceled})),
            reason: Some(why.to_owned()),
        },
    )
    .await?;
    Ok(row)
}

/// Gives the account back its own status once no promise is pending.
async fn release(tx: &Tx, ground: Ground) -> Result<(), Stop> {
    let left = of_account(tx, ground.account.id).await?;
    if left.iter().all(|row| row.state != PromiseState::Pending) {
        let status = status_after(PromiseState::Canceled, false, ground.account.status);
        let due = Due::At(tx.now());
        follow(tx, ground.account, status, due, "the promise was canceled").await?;
    }
    Ok(())
}

/// A fresh look at an account that was changed meanwhile in this transaction.
async fn again(tx: &Tx, id: AccountId) -> Result<Ground, Stop> {
    let row = account::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    ground(tx, row.ok_or(Stop::NotFound("account"))?).await
}

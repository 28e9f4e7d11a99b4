//! Payment plans: previewed, made, changed, paid, judged, ended (domain rule 2.10, money rules 19
//! to 21).

mod change;
mod judge;
mod make;
mod refusal;
mod view;

pub use change::{ChangeRefused, Changed, cancel, change};
pub use judge::judge;
pub use make::hex;
pub use make::{NewPlan, Preview, agree, make, preview, preview_for};
pub use refusal::PlanRefused;
pub use view::{DebtorPlan, PlanView, get, list, of_debtor};

use domain::plan::PlanState;
use domain::timeline::TimelineKind;
use domain::{AccountId, PlanId};
use entity::{account, plan, plan_account};
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, raw_sql,
};
use serde_json::json;

/// An installment as it is stored.
pub use entity::installment::Model as InstallmentRow;
/// A plan as it is stored.
pub use entity::plan::Model as Plan;

/// Locks a plan, and checks that it is the version that was seen. Its accounts are locked before.
pub async fn lock(tx: &Tx, id: PlanId, seen: Option<i64>) -> Result<Plan, Stop> {
    let row = plan::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("plan"))?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Stop::Stale);
    }
    Ok(row)
}

pub async fn read(tx: &Tx, id: PlanId) -> Result<Plan, Stop> {
    plan::Entity::find_by_id((tx.agency(), id)).one(tx).await?.ok_or(Stop::NotFound("plan"))
}

/// The debts that a plan pays, in the order of their ids.
async fn debts(tx: &Tx, id: PlanId) -> Result<Vec<plan_account::Model>, Fault> {
    Ok(plan_account::in_agency(tx.agency())
        .filter(plan_account::Column::PlanId.eq(id))
        .order_by_asc(plan_account::Column::AccountId)
        .all(tx)
        .await?)
}

pub async fn debt_ids(tx: &Tx, id: PlanId) -> Result<Vec<AccountId>, Fault> {
    Ok(debts(tx, id).await?.into_iter().map(|debt| debt.account_id).collect())
}

/// The accounts of a plan, as they are now.
pub async fn accounts_of(tx: &Tx, ids: &[AccountId]) -> Result<Vec<account::Model>, Fault> {
    Ok(account::in_agency(tx.agency())
        .filter(account::Column::Id.is_in(ids.to_vec()))
        .order_by_asc(account::Column::Id)
        .all(tx)
        .await?)
}

/// Ends a locked plan; the statuses of its accounts are the caller's.
pub async fn end(tx: &Tx, row: Plan, state: PlanState, why: &str) -> Result<Plan, Stop> {
    let (id, was, version) = (row.id, row.state, row.version);
    let mut changed: plan::ActiveModel = row.into();
    changed.state = Set(state);
    changed.ended_at = Set(Some(tx.now()));
    changed.end_reason = Set(Some(why.to_owned()));
    changed.version = Set(version + 1);
    let row = changed.update(tx).await?;
    bind(tx, id, false).await?;
    told(tx, &row, TimelineKind::PlanEnded, &format!("Payment plan {}: {why}", state.name()))
        .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "plan.end",
            subject_type: "plan",
            subject_id: Some(id.0),
            before: Some(json!({"state": was})),
            after: Some(json!({"state": state})),
            reason: Some(why.to_owned()),
        },
    )
    .await?;
    Ok(row)
}

/// Says whether the plan still binds its debts.
async fn bind(tx: &Tx, id: PlanId, open: bool) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE plan_account SET open = {open} WHERE agency_id = {agency} AND plan_id = {id} AND open <> {open}"#
    ))
    .await?;
    Ok(())
}

/// Writes a line on the timeline of every debt of the plan.
async fn told(tx: &Tx, row: &Plan, kind: TimelineKind, summary: &str) -> Result<(), Fault> {
    let ids = debt_ids(tx, row.id).await?;
    for account in accounts_of(tx, &ids).await? {
        let detail = json!({"plan": row.id, "state": row.state});
        timeline::record(tx, (&account).into(), kind, summary, Some(detail)).await?;
    }
    Ok(())
}

/// An amount in the books' currency, for the timeline.
async fn worded(tx: &Tx, money: domain::Money) -> Result<String, Fault> {
    Ok(money.to_display(kernel::agency::own(tx).await?.currency))
}

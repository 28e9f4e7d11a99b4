//! What is open on an account, and what a change of its status does to it (domain rule 2.2): it ends,
//! it goes on, or its days do not count for a while.

use super::judge::follow;
use crate::accounts::work::Due;
use crate::agreements::installments;
use crate::agreements::plans;
use chrono::{DateTime, NaiveDate, Utc};
use domain::plan::PlanState;
use domain::promise::{self, PromiseState};
use domain::settlement::{self, OfferState};
use domain::timeline::TimelineKind;
use domain::{AccountId, PlanId, PromiseId, SettlementOfferId};
use entity::{account, installment, plan, plan_account, promise as promise_row, settlement_offer};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter, Set, raw_sql,
};
use serde_json::json;

/// An open agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// A promise that is pending.
    Promise(PromiseId),
    /// A plan.
    Plan(PlanId),
    /// An accepted settlement.
    Settlement(SettlementOfferId),
}

impl Open {
    /// In the trade's words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Promise(_) => "promise",
            Self::Plan(_) => "payment plan",
            Self::Settlement(_) => "settlement",
        }
    }

    /// Its id on the wire.
    pub fn id(&self) -> String {
        match self {
            Self::Promise(id) => id.to_string(),
            Self::Plan(id) => id.to_string(),
            Self::Settlement(id) => id.to_string(),
        }
    }

    /// Whether another agreement has to wait until it is canceled.
    pub(super) fn binds(&self) -> bool {
        match self {
            Self::Plan(_) | Self::Settlement(_) => true,
            Self::Promise(_) => false,
        }
    }
}

/// Why an agreement ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// In a person's words.
    pub why: &'a str,
    /// Plans and settlements end as well; else only promises do, which are replaced.
    pub all: bool,
}

/// What is open on an account.
pub async fn open_on(tx: &Tx, account: AccountId) -> Result<Vec<Open>, Fault> {
    let mut open = Vec::new();
    let offers = settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::AccountId.eq(account))
        .filter(settlement_offer::Column::State.eq(OfferState::Accepted));
    open.extend(offers.all(tx).await?.into_iter().map(|row| Open::Settlement(row.id)));
    let plans = plan_account::in_agency(tx.agency())
        .filter(plan_account::Column::AccountId.eq(account))
        .filter(plan_account::Column::Open.eq(true));
    open.extend(plans.all(tx).await?.into_iter().map(|row| Open::Plan(row.plan_id)));
    let promises = pending(tx, account).await?;
    open.extend(promises.into_iter().map(|row| Open::Promise(row.id)));
    Ok(open)
}

async fn pending(tx: &Tx, account: AccountId) -> Result<Vec<promise_row::Model>, Fault> {
    Ok(promise_row::in_agency(tx.agency())
        .filter(promise_row::Column::AccountId.eq(account))
        .filter(promise_row::Column::State.eq(PromiseState::Pending))
        .all(tx)
        .await?)
}

/// Ends what is open on a locked account; the account's status is not touched here.
pub async fn end_all(tx: &Tx, row: &account::Model, ended: Ended<'_>) -> Result<(), Stop> {
    for one in pending(tx, row.id).await? {
        crate::agreements::promises::ended(tx, row, one, ended.why).await?;
    }
    if !ended.all {
        return Ok(());
    }
    for open in open_on(tx, row.id).await? {
        match open {
            Open::Promise(_) => {}
            Open::Plan(id) => {
                let plan = plans::lock(tx, id, None).await?;
                plans::end(tx, plan, PlanState::Canceled, ended.why).await?;
            }
            Open::Settlement(id) => {
                let offer = crate::agreements::settlements::lock(tx, id, None).await?;
                crate::agreements::settlements::end(tx, row, offer, OfferState::Void, ended.why)
                    .await?;
            }
        }
    }
    Ok(())
}

/// From now on the days of what is open on a locked account do not count.
pub async fn suspend_all(tx: &Tx, row: &account::Model, why: &str) -> Result<(), Fault> {
    let (agency, id, now) = (tx.agency(), row.id, tx.now());
    let done = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"WITH promises AS (
                   UPDATE promise SET suspended_at = {now}, version = version + 1
                   WHERE agency_id = {agency} AND account_id = {id} AND state = 'pending' AND suspended_at IS NULL
                   RETURNING id),
               offers AS (
                   UPDATE settlement_offer SET suspended_at = {now}, version = version + 1
                   WHERE agency_id = {agency} AND account_id = {id} AND state = 'accepted' AND suspended_at IS NULL
                   RETURNING id),
               plans AS (
                   UPDATE plan SET suspended_at = {now}, version = version + 1
                   WHERE agency_id = {agency} AND suspended_at IS NULL AND state IN ('active', 'clearing')
                     AND id IN (SELECT plan_id FROM plan_account
                                WHERE agency_id = {agency} AND account_id = {id} AND open)
                   RETURNING id)
               UPDATE installment SET held_at = {now}
               WHERE agency_id = {agency} AND state NOT IN ('paid', 'skipped') AND held_at IS NULL
                 AND (plan_id IN (SELECT id FROM plans) OR offer_id IN (SELECT id FROM offers))"#
        ))
        .await?;
    if !open_on(tx, id).await?.is_empty() {
        let summary = format!("What was agreed is suspended: {why}");
        let detail = json!({"installments": done.rows_affected()});
        timeline::record(tx, row.into(), TimelineKind::PlanChanged, summary, Some(detail)).await?;
    }
    Ok(())
}

/// Takes up what was suspended on a locked account: what was still to be paid moves by as many days as
/// it was suspended, and the account has the agreement's status again. What was not suspended is left
/// alone.
pub async fn resume_all(
    tx: &Tx,
    row: account::Model,
    today: NaiveDate,
    zone: &str,
) -> Result<account::Model, Stop> {
    let days = |since: DateTime<Utc>| {
        let since = kernel::clock::date_in(zone, since);
        u32::try_from(today.signed_duration_since(since).num_days()).unwrap_or(0)
    };
    let mut status = None;
    for one in pending(tx, row.id).await? {
        if let Some(since) = one.suspended_at {
            let due = installments::later(one.due_on, days(since));
            let version = one.version;
            let mut changed = one.into_active_model();
            changed.due_on = Set(due);
            changed.suspended_at = Set(None);
            changed.version = Set(version + 1);
            changed.update(tx).await?;
            status = promise::status_after(PromiseState::Pending, false, row.status);
        }
    }
    for open in open_on(tx, row.id).await? {
        match open {
            Open::Promise(_) => {}
            Open::Plan(id) => {
                let plan = plans::lock(tx, id, None).await?;
                if let Some(since) = plan.suspended_at {
                    let rows = installments::of_plan(tx, plan.id).await?;
                    move_open(tx, rows, days(since)).await?;
                    let version = plan.version;
                    let mut changed: plan::ActiveModel = plan.into();
                    changed.suspended_at = Set(None);
                    changed.version = Set(version + 1);
                    changed.update(tx).await?;
                    status = domain::plan::status_after(PlanState::Active, false, row.status);
                }
            }
            Open::Settlement(id) => {
                let offer = crate::agreements::settlements::lock(tx, id, None).await?;
                if let Some(since) = offer.suspended_at {
                    let rows = installments::of_offer(tx, offer.id).await?;
                    move_open(tx, rows, days(since)).await?;
                    let version = offer.version;
                    let mut changed: settlement_offer::ActiveModel = offer.into();
                    changed.suspended_at = Set(None);
                    changed.version = Set(version + 1);
                    changed.update(tx).await?;
                    status = settlement::status_after(OfferState::Accepted, row.status);
                }
            }
        }
    }
    follow(tx, row, status, Due::AsBefore, "what was agreed goes on").await
}

async fn move_open(tx: &Tx, rows: Vec<installment::Model>, days: u32) -> Result<(), Fault> {
    let first_open = rows.iter().position(|row| !row.skipped && row.paid < row.amount);
    let later = rows.into_iter().enumerate().filter(|(at, _)| first_open.is_some_and(|f| *at >= f));
    for (_, row) in later {
        let due = installments::later(row.due_on, days);
        let mut changed: installment::ActiveModel = row.into();
        changed.due_on = Set(due);
        changed.held_at = Set(None);
        changed.update(tx).await?;
    }
    Ok(())
}

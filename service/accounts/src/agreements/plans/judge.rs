//! Judging the plan of an account by the money that came.

use super::{Plan, accounts_of, bind, debt_ids, end, told};
use crate::accounts::work::Due;
use crate::agreements::installments::{self, unsigned};
use crate::agreements::{Seen, follow, open_on, paid_off, received};
use chrono::NaiveDate;
use domain::AccountId;
use domain::plan::{PlanProgress, PlanState, Received, stand, status_after};
use domain::timeline::TimelineKind;
use entity::{plan, plan_account};
use kernel::audit;
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, Set};
use serde_json::json;

/// Judges every plan of an account that runs, or that is completed and may have lost a payment. Its
/// debts are locked by the caller.
pub async fn judge(tx: &Tx, account: AccountId, today: NaiveDate) -> Result<(), Stop> {
    let plans = plan_account::in_agency(tx.agency())
        .filter(plan_account::Column::AccountId.eq(account))
        .all(tx)
        .await?;
    for known in plans {
        let row = super::lock(tx, known.plan_id, None).await?;
        let judged = match row.state {
            PlanState::Active | PlanState::Clearing | PlanState::Completed => true,
            PlanState::Proposed | PlanState::Broken | PlanState::Canceled => false,
        };
        if judged && row.suspended_at.is_none() {
            judge_one(tx, row, today).await?;
        }
    }
    Ok(())
}

async fn judge_one(tx: &Tx, row: Plan, today: NaiveDate) -> Result<(), Stop> {
    let ids = debt_ids(tx, row.id).await?;
    let seen = received(tx, &ids).await?;
    let payments = Seen::since(&seen, row.made_at);
    let rows = installments::of_plan(tx, row.id).await?;
    let schedule = installments::schedule_of(&rows)?;
    let standing = stand(&schedule, &payments, unsigned(row.grace_days), today)
        .map_err(|_| Fault::Unexpected("payments that do not fit"))?;
    installments::mark(tx, rows, &payments, today).await?;
    let (was, state) = (row.state, standing.state());
    if state == PlanState::Clearing {
        come_back(tx, &ids, &payments, today).await?;
    }
    if was == state || !was.may_become(state) {
        return Ok(());
    }
    match standing {
        PlanProgress::Broken { on } => {
            let rows = installments::of_plan(tx, row.id).await?;
            let id = row.id;
            end(tx, row, PlanState::Broken, &format!("a payment was missed; broken on {on}"))
                .await?;
            note_break(tx, id, on).await?;
            installments::hold(tx, rows).await?;
        }
        PlanProgress::Completed => {
            end(tx, row, PlanState::Completed, "all payments are made and available").await?;
        }
        PlanProgress::Active | PlanProgress::Clearing => reopen(tx, row, state).await?,
    }
    statuses(tx, &ids, state).await
}

async fn note_break(tx: &Tx, id: domain::PlanId, on: NaiveDate) -> Result<(), Stop> {
    let mut changed: plan::ActiveModel = super::read(tx, id).await?.into();
    changed.broken_on = Set(Some(on));
    changed.update(tx).await?;
    Ok(())
}

/// All is paid and clears, or a payment came back within grace. A plan that had ended binds again,
/// unless another has taken its place meanwhile.
async fn reopen(tx: &Tx, row: Plan, state: PlanState) -> Result<(), Stop> {
    let (id, was, version) = (row.id, row.state, row.version);
    if was == PlanState::Completed {
        for account in debt_ids(tx, id).await? {
            if !open_on(tx, account).await?.is_empty() {
                return Ok(());
            }
        }
        bind(tx, id, true).await?;
    }
    let mut changed: plan::ActiveModel = row.into();
    changed.state = Set(state);
    changed.ended_at = Set(None);
    changed.end_reason = Set(None);
    changed.version = Set(version + 1);
    let row = changed.update(tx).await?;
    let words = match state {
        PlanState::Clearing => "Payment plan: all is paid, the last funds clear",
        PlanState::Active
        | PlanState::Proposed
        | PlanState::Completed
        | PlanState::Broken
        | PlanState::Canceled => "Payment plan is open again: a payment came back",
    };
    told(tx, &row, TimelineKind::PlanChanged, words).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "plan.judge",
            subject_type: "plan",
            subject_id: Some(id.0),
            before: Some(json!({"state": was})),
            after: Some(json!({"state": state})),
            reason: None,
        },
    )
    .await?;
    Ok(())
}

/// The statuses of the debts. What is paid off closes by itself when its last funds are available.
async fn statuses(tx: &Tx, ids: &[AccountId], state: PlanState) -> Result<(), Stop> {
    for account in accounts_of(tx, ids).await? {
        if paid_off(&account) {
            continue;
        }
        let (next, why) = (
            status_after(state, false, account.status),
            match state {
                PlanState::Broken => "the payment plan was broken",
                PlanState::Completed => "the payment plan is paid",
                PlanState::Active
                | PlanState::Clearing
                | PlanState::Proposed
                | PlanState::Canceled => "the payment plan goes on",
            },
        );
        follow(tx, account, next, Due::At(tx.now()), why).await?;
    }
    Ok(())
}

/// Looks again on the day when the last funds are available (money rule 21).
async fn come_back(
    tx: &Tx,
    ids: &[AccountId],
    payments: &[Received],
    today: NaiveDate,
) -> Result<(), Stop> {
    let days = payments.iter().filter_map(|payment| payment.available_on);
    let last = days.filter(|day| *day > today).max();
    if let (Some(day), Some(account)) = (last, ids.first()) {
        let zone = kernel::agency::own(tx).await?.time_zone;
        let due = start_of_day(&zone, day).max(tx.now());
        jobs::enqueue_at(tx, Job::JudgeArrangements { account: *account }, due).await?;
    }
    Ok(())
}

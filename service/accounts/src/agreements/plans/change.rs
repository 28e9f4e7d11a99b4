//! Changing a plan: an installment moved, changed or left out, a pause, the end (domain rule 2.10).

use super::{Plan, accounts_of, debt_ids, end, lock, read, told, worded};
use crate::accounts::work::Due;
use crate::agreements::installments;
use crate::agreements::{follow, lock_all};
use chrono::NaiveDate;
use domain::limits::Limits;
use domain::plan::{
    Change, ChangeRefusal, Installment, PlanRefusal, PlanState, check_rows, pause, skip,
    status_after, tweak,
};
use domain::timeline::TimelineKind;
use domain::{Amount, Permission, PlanId};
use entity::plan;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// One installment falls due so many days later, or earlier below zero.
    Moved {
        /// Which.
        number: u32,
        /// By how many days.
        days: i32,
    },
    /// One installment has another amount; the last compensates.
    Amount {
        /// Which.
        number: u32,
        /// How much.
        amount: Amount,
    },
    /// One installment is left out; the last carries it.
    Skipped {
        /// Which.
        number: u32,
    },
    /// Once, for hardship: all that is open moves by so many days.
    Paused {
        /// How many.
        days: u32,
    },
}

/// Why a plan is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefused {
    /// It is not running.
    #[error("this plan is {}; only an active one is changed", .0.name())]
    NotActive(PlanState),
    /// The change itself does not go.
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
    /// The plan would no longer keep to the limits that it was made under; every reason.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Limits(Vec<PlanRefusal>),
    /// Nobody said why.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ChangeRefused);

impl Refused for ChangeRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotActive(_) => Kind::Conflict,
            Self::Change(_) | Self::Limits(_) | Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotActive(_) => "plan_not_active",
            Self::Change(err) => err.code(),
            Self::Limits(all) => all.first().map_or("no_parts", |first| first.code()),
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::NotActive(_) | Self::Change(_) | Self::Limits(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotActive(state) => vec![("state", json!(state.name()))],
            Self::Change(ChangeRefusal::PauseOutOfRange { most, asked }) => {
                vec![("most", json!(most)), ("asked", json!(asked))]
            }
            Self::Change(ChangeRefusal::AlreadyPaused { on }) => vec![("paused_on", json!(on))],
            Self::Change(ChangeRefusal::NothingLeftForLast { left }) => {
                vec![("left", json!(left.to_decimal()))]
            }
            Self::Change(_) | Self::NoReason => Vec::new(),
            Self::Limits(all) => all.first().map(super::refusal::numbers).unwrap_or_default(),
            Self::Stop(stop) => stop.facts(),
        }
    }
}

/// Changes a plan; the outcome keeps to the limits that it was made under. `seen` is the version that
/// the person looked at.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: PlanId,
    seen: Option<i64>,
    (changed, reason): (Changed, &str),
) -> Result<Plan, ChangeRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let reason = domain::reason(reason).ok_or(ChangeRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let plan = held(&tx, id, seen).await?;
    active(&plan)?;
    let today = kernel::clock::date_in(&kernel::agency::own(&tx).await?.time_zone, tx.now());
    let rows = installments::of_plan(&tx, id).await?;
    let progress = installments::progress_of(&rows)?;
    let limits: Limits = serde_json::from_value(plan.limits.clone()).map_err(Fault::from)?;
    let after = match changed {
        Changed::Moved { number, days } => tweak(&progress, number, Change::MoveDays(days), today)?,
        Changed::Amount { number, amount } => {
            tweak(&progress, number, Change::Amount(amount), today)?
        }
        Changed::Skipped { number } => skip(&progress, number)?,
        Changed::Paused { days } => {
            pause(&progress, days, limits.most_pause_days(), plan.paused_on)?
        }
    };
    // A pause for hardship may go over the plan's term: that is what it is for.
    if !matches!(changed, Changed::Paused { .. }) {
        kept(&limits, &after, &plan)?;
    }
    installments::rewrite(&tx, rows, &after).await?;
    let plan = stamp(&tx, plan, changed, today).await?;
    let words = format!("Payment plan changed: {}: {reason}", what(&tx, changed).await?);
    told(&tx, &plan, TimelineKind::PlanChanged, &words).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "plan.change",
            subject_type: "plan",
            subject_id: Some(id.0),
            before: Some(schedule_json(
                &progress.iter().map(|p| p.installment).collect::<Vec<_>>(),
            )),
            after: Some(schedule_json(&after)),
            reason: Some(reason),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(plan)
}

/// Ends a plan that runs; its debts are active again.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: PlanId,
    seen: Option<i64>,
    reason: &str,
) -> Result<Plan, ChangeRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let reason = domain::reason(reason).ok_or(ChangeRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let plan = held(&tx, id, seen).await?;
    if !plan.state.may_become(PlanState::Canceled) {
        return Err(ChangeRefused::NotActive(plan.state));
    }
    let plan = end(&tx, plan, PlanState::Canceled, &reason).await?;
    for row in accounts_of(&tx, &debt_ids(&tx, id).await?).await? {
        let status = status_after(PlanState::Canceled, false, row.status);
        follow(&tx, row, status, Due::At(tx.now()), "the payment plan was canceled").await?;
    }
    tx.commit().await?;
    Ok(plan)
}

/// Locks the debts of a plan, then the plan.
async fn held(tx: &Tx, id: PlanId, seen: Option<i64>) -> Result<Plan, Stop> {
    read(tx, id).await?;
    lock_all(tx, &debt_ids(tx, id).await?).await?;
    lock(tx, id, seen).await
}

fn active(plan: &Plan) -> Result<(), ChangeRefused> {
    match plan.state {
        PlanState::Active => Ok(()),
        state @ (PlanState::Proposed
        | PlanState::Clearing
        | PlanState::Completed
        | PlanState::Broken
        | PlanState::Canceled) => Err(ChangeRefused::NotActive(state)),
    }
}

fn kept(limits: &Limits, after: &[Installment], plan: &Plan) -> Result<(), ChangeRefused> {
    check_rows(limits, after, plan.balance, plan.agreed_on).map_err(ChangeRefused::Limits)
}

async fn stamp(tx: &Tx, plan: Plan, changed: Changed, today: NaiveDate) -> Result<Plan, Fault> {
    let version = plan.version;
    let mut row: plan::ActiveModel = plan.into();
    if let Changed::Paused { days } = changed {
        row.paused_on = Set(Some(today));
        row.pause_days = Set(Some(installments::signed(days)));
    }
    row.version = Set(version + 1);
    Ok(row.update(tx).await?)
}

async fn what(tx: &Tx, changed: Changed) -> Result<String, Fault> {
    Ok(match changed {
        Changed::Moved { number, days } => format!("payment {number} moved by {days} days"),
        Changed::Amount { number, amount } => {
            format!("payment {number} is {}", worded(tx, amount.money()).await?)
        }
        Changed::Skipped { number } => format!("payment {number} is left out"),
        Changed::Paused { days } => format!("paused for {days} days"),
    })
}

fn schedule_json(rows: &[Installment]) -> Value {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({"number": row.number, "due": row.due, "amount": row.amount.money().to_decimal(),
                   "skipped": row.skipped})
        })
        .collect();
    json!({ "installments": rows })
}

//! Plans as they are read.

use super::{Plan, debts, read};
use crate::accounts;
use crate::agreements::installments;
use chrono::NaiveDate;
use domain::plan::PlanState;
use domain::{AccountId, Currency, Money, Permission, PlanId};
use entity::{account, installment, plan, plan_account};
use kernel::actor::{Actor, DbRole, Debtor, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// A plan with its schedule.
#[derive(Debug, Clone)]
pub struct PlanView {
    /// The plan.
    pub plan: Plan,
    /// Its debts.
    pub accounts: Vec<AccountId>,
    /// Its installments, in order.
    pub rows: Vec<installment::Model>,
    /// The currency of its amounts.
    pub currency: Currency,
}

impl PlanView {
    /// What was paid so far.
    pub fn paid(&self) -> Money {
        self.rows.iter().map(|row| row.paid).sum()
    }

    /// The next that asks for money.
    pub fn next(&self) -> Option<&installment::Model> {
        self.rows.iter().find(|row| !row.skipped && row.paid < row.amount)
    }
}

/// What a debtor sees of the plan on a debt.
#[derive(Debug, Clone)]
pub struct DebtorPlan {
    /// The plan.
    pub id: PlanId,
    /// What still is asked for next, and by when.
    pub next: Option<(NaiveDate, Money)>,
    /// How many payments are made, and of how many.
    pub paid: (usize, usize),
    /// The schedule.
    pub rows: Vec<installment::Model>,
}

/// One plan. A creditor's user sees it where all its debts are the creditor's.
pub async fn get(app: &App, actor: &Actor, id: PlanId) -> Result<PlanView, Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let plan = read(&tx, id).await?;
    let shown = view(&tx, plan).await?;
    tx.commit().await?;
    Ok(shown)
}

/// The plans of an account, newest first.
pub async fn list(app: &App, actor: &Actor, account: AccountId) -> Result<Vec<PlanView>, Stop> {
    actor.require(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    accounts::get(&tx, actor, account).await?;
    let mut found = plan::in_agency(tx.agency())
        .filter(plan::Column::Id.is_in(plans_of(&tx, account).await?))
        .order_by_desc(plan::Column::Id);
    if actor.role() == DbRole::Creditor {
        found = found.filter(plan::Column::CreditorId.is_in(actor.creditors().to_vec()));
    }
    let mut shown = Vec::new();
    for row in found.all(&tx).await? {
        shown.push(view(&tx, row).await?);
    }
    tx.commit().await?;
    Ok(shown)
}

async fn plans_of(tx: &Tx, account: AccountId) -> Result<Vec<PlanId>, Fault> {
    let rows = plan_account::in_agency(tx.agency())
        .filter(plan_account::Column::AccountId.eq(account))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.plan_id).collect())
}

async fn view(tx: &Tx, plan: Plan) -> Result<PlanView, Fault> {
    let rows = installments::of_plan(tx, plan.id).await?;
    let accounts = debts(tx, plan.id).await?.into_iter().map(|debt| debt.account_id).collect();
    let currency = kernel::agency::own(tx).await?.currency;
    Ok(PlanView { plan, accounts, rows, currency })
}

/// The plan that runs on a debt of a debtor, read under the debtor's own role.
pub async fn of_debtor(
    app: &App,
    debtor: &Debtor,
    account: AccountId,
) -> Result<Option<DebtorPlan>, Stop> {
    let tx = app.begin(debtor).await?;
    let own = account::Entity::find_by_id((tx.agency(), account))
        .filter(account::Column::DebtorId.eq(debtor.id()))
        .one(&tx)
        .await?;
    own.ok_or(Stop::NotFound("account"))?;
    let running = plan::in_agency(tx.agency())
        .filter(plan::Column::DebtorId.eq(debtor.id()))
        .filter(plan::Column::Id.is_in(plans_of(&tx, account).await?))
        .filter(plan::Column::State.is_in([PlanState::Active, PlanState::Clearing]))
        .one(&tx)
        .await?;
    let Some(plan) = running else { return Ok(None) };
    let rows = installments::of_plan(&tx, plan.id).await?;
    tx.commit().await?;
    let open = rows.iter().find(|row| !row.skipped && row.paid < row.amount);
    let next = open.map(|row| (row.due_on, row.amount.minus(row.paid).unwrap_or(row.amount)));
    let asked = rows.iter().filter(|row| !row.skipped).count();
    let paid = rows.iter().filter(|row| !row.skipped && row.paid >= row.amount).count();
    Ok(Some(DebtorPlan { id: plan.id, next, paid: (paid, asked), rows }))
}

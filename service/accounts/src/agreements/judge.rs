//! The judging: after every payment, and every morning.

use super::ground::{ground, lock_all};
use super::received::received;
use super::{plans, promises, settlements};
use crate::accounts::work::{Due, settle};
use chrono::NaiveDate;
use domain::account::AccountStatus;
use domain::timeline::TimelineKind;
use domain::{AccountId, Money};
use entity::account;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};
use serde_json::json;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Marks {
    /// Something on this account is judged by its payments.
    any: bool,
    /// A plan of it pays other debts too.
    spans: bool,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Judges what is agreed on an account whose money has just changed, in the same transaction; the
/// caller holds its lock. A plan over several debts waits for a job, which locks them all.
pub async fn after_money(tx: &Tx, id: AccountId) -> Result<(), Stop> {
    let agency = tx.agency();
    let marks = Marks::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT EXISTS (SELECT FROM promise WHERE agency_id = {agency} AND account_id = {id} AND state <> 'canceled')
               OR EXISTS (SELECT FROM plan_account WHERE agency_id = {agency} AND account_id = {id})
               OR EXISTS (SELECT FROM settlement_offer WHERE agency_id = {agency} AND account_id = {id}
                          AND state IN ('accepted', 'completed')) AS "any",
               EXISTS (SELECT FROM plan_account a JOIN plan_account b
                           ON b.agency_id = a.agency_id AND b.plan_id = a.plan_id AND b.account_id <> a.account_id
                       WHERE a.agency_id = {agency} AND a.account_id = {id} AND a.open) AS spans"#
    ))
    .one(tx)
    .await?
    .ok_or(Fault::Unexpected("no marks"))?;
    if marks.spans {
        jobs::enqueue(tx, Job::JudgeArrangements { account: id }).await?;
        return Ok(());
    }
    if marks.any {
        let row = account::Entity::find_by_id((agency, id)).one(tx).await?;
        judge_locked(tx, row.ok_or(Stop::NotFound("account"))?).await?;
    }
    Ok(())
}

/// Judges what is agreed on an account, under the locks of every debt that its plan pays.
pub async fn judge_account(app: &App, runner: &JobRunner, id: AccountId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let agency = tx.agency();
    let ids = Id::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT {id}::uuid AS id UNION
           SELECT b.account_id FROM plan_account a
           JOIN plan_account b ON b.agency_id = a.agency_id AND b.plan_id = a.plan_id
           WHERE a.agency_id = {agency} AND a.account_id = {id}"#
    ))
    .all(&tx)
    .await?;
    let ids: Vec<AccountId> = ids.into_iter().map(|row| AccountId(row.id)).collect();
    let rows = lock_all(&tx, &ids).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or(Stop::NotFound("account"))?;
    judge_locked(&tx, row).await?;
    tx.commit().await?;
    Ok(())
}

/// Judges what the passing of a day may have changed, each account in a transaction of its own: on the
/// morning after grace a promise, plan or settlement is broken (money rule 20).
pub async fn judge_day(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let today = today(&tx).await?;
    let agency = tx.agency();
    let due = Id::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT account_id AS id FROM promise
           WHERE agency_id = {agency} AND state = 'pending' AND due_on < {today} AND suspended_at IS NULL
           UNION
           (SELECT DISTINCT ON (p.id) a.account_id FROM plan p
            JOIN plan_account a ON a.agency_id = p.agency_id AND a.plan_id = p.id
            WHERE p.agency_id = {agency} AND p.state IN ('active', 'clearing') AND p.suspended_at IS NULL
            ORDER BY p.id, a.account_id)
           UNION
           SELECT account_id FROM settlement_offer
           WHERE agency_id = {agency} AND state = 'accepted' AND suspended_at IS NULL"#
    ))
    .all(&tx)
    .await?;
    tx.commit().await?;
    for row in due {
        judge_account(app, runner, AccountId(row.id)).await?;
    }
    Ok(())
}

/// Judges promises, plan and settlement of a locked account; answers the account as it is then.
async fn judge_locked(tx: &Tx, row: account::Model) -> Result<account::Model, Stop> {
    let ground = ground(tx, row).await?;
    let seen = received(tx, &[ground.account.id]).await?;
    let id = ground.account.id;
    promises::judge(tx, &ground, &seen).await?;
    plans::judge(tx, id, ground.today).await?;
    settlements::judge(tx, id, &seen, ground.today, &ground.time_zone).await?;
    let row = account::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    row.ok_or(Stop::NotFound("account"))
}

async fn today(tx: &Tx) -> Result<NaiveDate, Fault> {
    let zone = kernel::agency::own(tx).await?.time_zone;
    Ok(kernel::clock::date_in(&zone, tx.now()))
}

/// Gives an account the status that an agreement asks for; none: it keeps its own. A payment that came
/// back is worked as such first: only a break goes over it.
pub async fn follow(
    tx: &Tx,
    row: account::Model,
    next: Option<AccountStatus>,
    due: Due,
    why: &str,
) -> Result<account::Model, Stop> {
    let from = row.status;
    let binds_again = matches!(
        next,
        Some(AccountStatus::Promise | AccountStatus::Plan | AccountStatus::Settlement)
    );
    let next = next.filter(|_| !(from == AccountStatus::Returned && binds_again));
    let Some(to) = next.filter(|to| *to != from) else { return Ok(row) };
    if !from.is_open() && to.is_open() && crate::accounts::placed_again(tx, &row).await? {
        // The creditor has placed the debt anew: this account stays closed, whatever came back.
        return Ok(row);
    }
    let row = settle(tx, row, to, due).await?;
    let summary = format!("Status {} to {}: {why}", from.code(), to.code());
    let detail = json!({"from": from.code(), "to": to.code()});
    timeline::record(tx, (&row).into(), TimelineKind::StatusChanged, summary, Some(detail)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "account.follow_arrangement",
            subject_type: "account",
            subject_id: Some(row.id.0),
            before: Some(json!({"status": from.code()})),
            after: Some(json!({"status": to.code()})),
            reason: Some(why.to_owned()),
        },
    )
    .await?;
    Ok(row)
}

/// Whether nothing is owed: then the account waits for its last funds and closes as paid in full.
pub fn paid_off(row: &account::Model) -> bool {
    crate::accounts::owed(row).total().is_ok_and(Money::is_zero)
}

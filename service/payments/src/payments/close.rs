//! Paid in full: a status only when the last funds are available (money rule 21).

use accounts::owed;
use chrono::NaiveDate;
use domain::AccountId;
use domain::account::{AccountStatus, Transition, TransitionFacts, transition};
use domain::timeline::TimelineKind;
use entity::account;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::audit;
use kernel::clock::start_of_day;
use kernel::jobs::{self, Job};
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, EntityTrait, FromQueryResult, QuerySelect, Set, raw_sql};
use serde_json::json;

#[derive(FromQueryResult)]
struct Funds {
    time_zone: String,
    today: NaiveDate,
    /// The day on which the last funds become available.
    last_on: Option<NaiveDate>,
}

/// Closes an account as paid in full if nothing is owed and all funds are available; comes back on
/// the day when they will be.
pub async fn close_when_available(
    app: &App,
    runner: &JobRunner,
    id: AccountId,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let (agency, now) = (tx.agency(), tx.now());
    let row = account::Entity::find_by_id((agency, id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    // A settlement whose last funds are available is completed here, in this transaction (E5).
    accounts::agreements::after_money(&tx, row.id).await?;
    let row = account::Entity::find_by_id((agency, id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("account"))?;
    let facts = TransitionFacts {
        owed: owed(&row).total().map_err(|_| Fault::Unexpected("a debt too large to add"))?,
        restrictions: &[],
        placed_again: false,
    };
    let closes = transition(row.status, Transition::PaidInFull, &facts);
    if !row.status.is_open() || closes != Ok(AccountStatus::PaidInFull) {
        tx.commit().await?;
        return Ok(());
    }
    let funds = Funds::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT g.time_zone, ({now}::timestamptz AT TIME ZONE g.time_zone)::date AS today,
               (SELECT max(p.available_on) FROM payment p
                WHERE p.agency_id = {agency} AND p.account_id = {id} AND p.state = 'succeeded'
                  AND p.reverses_id IS NULL) AS last_on
           FROM agency g WHERE g.id = {agency}"#
    ))
    .one(&tx)
    .await?
    .ok_or(Stop::NotFound("agency"))?;
    if let Some(day) = funds.last_on.filter(|day| *day > funds.today) {
        let due = start_of_day(&funds.time_zone, day);
        jobs::enqueue_at(&tx, Job::CloseWhenAvailable { account: id }, due).await?;
        tx.commit().await?;
        return Ok(());
    }
    let summary = format!("Paid in full; status {} to PIF", row.status.code());
    timeline::record(&tx, (&row).into(), TimelineKind::StatusChanged, summary, None).await?;
    let (version, was) = (row.version, row.status);
    let mut closed: account::ActiveModel = row.into();
    closed.status = Set(AccountStatus::PaidInFull);
    closed.status_changed_at = Set(now);
    closed.closed_at = Set(Some(now));
    closed.next_work_at = Set(None);
    closed.version = Set(version + 1);
    closed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "account.close",
            subject_type: "account",
            subject_id: Some(id.0),
            before: Some(json!({"status": was})),
            after: Some(json!({"status": AccountStatus::PaidInFull})),
            reason: Some("paid in full, funds available".to_owned()),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

//! Judging a settlement by the money that came: completed in the transaction that finds its funds
//! available, broken on the morning after grace, taken back by a chargeback (example E5).

use super::accept::snapshot;
use super::{Offer, end, lock};
use crate::accounts::work::Due;
use crate::agreements::installments;
use crate::agreements::{Seen, follow, open_on};
use crate::debt_entries::{self, NewEntry, NotEntered};
use chrono::NaiveDate;
use domain::debt_entry::DebtEntryKind;
use domain::plan::Received;
use domain::settlement::{self, Accepted, OfferState, complete, status_after};
use domain::timeline::TimelineKind;
use domain::{AccountId, Bucket, Buckets, Money};
use entity::{account, debt_entry, settlement_offer};
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;

/// Judges the settlements of a locked account that bind, or that are completed and may have lost a
/// payment.
pub async fn judge(
    tx: &Tx,
    account: AccountId,
    seen: &[Seen],
    today: NaiveDate,
    zone: &str,
) -> Result<(), Stop> {
    let rows = settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::AccountId.eq(account))
        .filter(
            settlement_offer::Column::State.is_in([OfferState::Accepted, OfferState::Completed]),
        )
        .all(tx)
        .await?;
    for row in rows {
        if row.suspended_at.is_none() {
            let row = lock(tx, row.id, None).await?;
            judge_one(tx, row, seen, today, zone).await?;
        }
    }
    Ok(())
}

async fn judge_one(
    tx: &Tx,
    row: Offer,
    seen: &[Seen],
    today: NaiveDate,
    zone: &str,
) -> Result<(), Stop> {
    let accepted = snapshot(tx, &row).await?;
    let payments = Seen::since(seen, accepted.accepted_at);
    let parts = installments::of_offer(tx, row.id).await?;
    installments::mark(tx, parts, &payments, today).await?;
    let state = settlement::judge(&accepted, &payments, today).map_err(|_| UNFIT)?;
    if state == OfferState::Accepted {
        come_back(tx, &row, &payments, today, zone).await?;
    }
    if state == row.state || !row.state.may_become(state) {
        return Ok(());
    }
    let account = account::Entity::find_by_id((tx.agency(), row.account_id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    match (row.state, state) {
        (OfferState::Accepted, OfferState::Completed) => {
            completed(tx, account, row, &accepted, &payments, today).await
        }
        (OfferState::Accepted, OfferState::Broken) => broken(tx, account, row, today).await,
        (OfferState::Completed, OfferState::Accepted | OfferState::Broken) => {
            charged_back(tx, account, row, state, today).await
        }
        (_, _) => Ok(()),
    }
}

const UNFIT: Fault = Fault::Unexpected("payments that do not fit");

/// The rest is written off, without commission, and the account is settled in full.
async fn completed(
    tx: &Tx,
    account: account::Model,
    row: Offer,
    accepted: &Accepted,
    payments: &[Received],
    today: NaiveDate,
) -> Result<(), Stop> {
    let owed = crate::accounts::owed(&account);
    let write_off = complete(accepted, payments, &owed, today)
        .map_err(|_| Fault::Unexpected("a settlement that is judged complete and is not"))?;
    let id = row.id;
    let row =
        end(tx, &account, row, OfferState::Completed, "paid, and the funds are available").await?;
    if write_off.total.is_zero() {
        // All was paid after all: it closes as paid in full by itself.
        jobs::enqueue(tx, Job::CloseWhenAvailable { account: account.id }).await?;
        return Ok(());
    }
    let entry = NewEntry {
        kind: DebtEntryKind::WriteOff,
        change: each(&write_off.buckets, Money::negated)?,
        effective_on: today,
        reason: "The rest of a settlement that was paid",
        payment: None,
        cause: Some(id.0),
        reverses: None,
        approved_by: row.approved_by_name.clone(),
    };
    let (entry, account) = debt_entries::enter(tx, account, entry).await.map_err(entered)?;
    adjusted(tx, &account, write_off.total, "written off: settled").await?;
    let mut changed: settlement_offer::ActiveModel = row.into();
    changed.write_off_id = Set(Some(entry));
    changed.update(tx).await?;
    let status = status_after(OfferState::Completed, account.status);
    follow(tx, account, status, Due::Never, "settled in full, funds available").await?;
    Ok(())
}

/// Payments stay, and the full balance less what was paid is owed.
async fn broken(
    tx: &Tx,
    account: account::Model,
    row: Offer,
    today: NaiveDate,
) -> Result<(), Stop> {
    let why = format!("a part was missed; broken on {today}");
    let parts = installments::of_offer(tx, row.id).await?;
    end(tx, &account, row, OfferState::Broken, &why).await?;
    installments::hold(tx, parts).await?;
    let status = status_after(OfferState::Broken, account.status);
    follow(tx, account, status, Due::At(tx.now()), "the settlement was broken").await?;
    Ok(())
}

/// A payment of a completed settlement was taken back: what was released is owed again.
async fn charged_back(
    tx: &Tx,
    account: account::Model,
    row: Offer,
    state: OfferState,
    today: NaiveDate,
) -> Result<(), Stop> {
    if state == OfferState::Accepted && !open_on(tx, account.id).await?.is_empty() {
        // Another agreement has taken its place meanwhile.
        return Ok(());
    }
    let account = give_back(tx, account, &row, today).await?;
    let mut row = row;
    if state == OfferState::Broken {
        let why = "a payment was taken back after it was settled";
        row = end(tx, &account, row, OfferState::Broken, why).await?;
    }
    let version = row.version;
    let mut changed: settlement_offer::ActiveModel = row.into();
    changed.write_off_id = Set(None);
    if state == OfferState::Accepted {
        changed.state = Set(OfferState::Accepted);
        changed.ended_at = Set(None);
        changed.end_reason = Set(None);
    }
    changed.version = Set(version + 1);
    changed.update(tx).await?;
    let status = status_after(state, account.status);
    follow(tx, account, status, Due::At(tx.now()), "a payment of the settlement was taken back")
        .await?;
    Ok(())
}

/// Reverses the write-off, unless somebody has reversed it already.
async fn give_back(
    tx: &Tx,
    account: account::Model,
    row: &Offer,
    today: NaiveDate,
) -> Result<account::Model, Stop> {
    let Some(id) = row.write_off_id else { return Ok(account) };
    let entries =
        |column: debt_entry::Column| debt_entry::in_agency(tx.agency()).filter(column.eq(id));
    if entries(debt_entry::Column::ReversesId).one(tx).await?.is_some() {
        return Ok(account);
    }
    let entry = entries(debt_entry::Column::Id).one(tx).await?;
    let entry = entry.ok_or(Fault::Unexpected("a write-off that is not there"))?;
    let written = Buckets {
        principal: entry.principal,
        interest: entry.interest,
        fees: entry.fees,
        costs: entry.costs,
        other: entry.other,
    };
    let change = each(&written, Money::negated)?;
    let total = change.total().map_err(|_| UNFIT)?;
    let back = NewEntry {
        kind: DebtEntryKind::WriteOffReturn,
        change,
        effective_on: today,
        reason: "A payment of the settlement was taken back",
        payment: None,
        cause: Some(row.id.0),
        reverses: Some(id),
        approved_by: None,
    };
    let (_, account) = debt_entries::enter(tx, account, back).await.map_err(entered)?;
    adjusted(tx, &account, total, "owed again: the settlement was undone").await?;
    Ok(account)
}

async fn adjusted(
    tx: &Tx,
    account: &account::Model,
    total: Money,
    what: &str,
) -> Result<(), Fault> {
    let currency = kernel::agency::own(tx).await?.currency;
    let summary = format!("{} {what}", total.to_display(currency));
    let detail = json!({"amount": total.to_decimal()});
    timeline::record(tx, account.into(), TimelineKind::DebtAdjusted, summary, Some(detail)).await
}

/// All is paid and clears: looks again on the day of the last funds (money rule 21).
async fn come_back(
    tx: &Tx,
    row: &Offer,
    payments: &[Received],
    today: NaiveDate,
    zone: &str,
) -> Result<(), Stop> {
    let standing = payments.iter().filter(|payment| payment.stands_on(today));
    let paid = Money::total(standing.map(|payment| payment.amount.money())).map_err(|_| UNFIT)?;
    let days = payments.iter().filter_map(|payment| payment.available_on);
    let last = days.filter(|day| *day > today).max();
    if let Some(day) = last.filter(|_| paid >= row.total) {
        let due = start_of_day(zone, day).max(tx.now());
        jobs::enqueue_at(tx, Job::CloseWhenAvailable { account: row.account_id }, due).await?;
    }
    Ok(())
}

fn each(
    buckets: &Buckets,
    of: impl Fn(Money) -> Result<Money, domain::money::TooLarge>,
) -> Result<Buckets, Fault> {
    let mut after = Buckets::default();
    for bucket in Bucket::ALL {
        after.set(bucket, of(buckets.get(bucket)).map_err(|_| UNFIT)?);
    }
    Ok(after)
}

fn entered(err: NotEntered) -> Stop {
    match err {
        NotEntered::BadChange(_) => Fault::Unexpected("a write-off that does not fit").into(),
        NotEntered::Stop(stop) => stop,
    }
}

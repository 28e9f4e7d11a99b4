//! Judging the promises of an account by the money that came (money rule 20).

use super::{Promise, again, of_account};
use crate::accounts::work::Due;
use crate::agreements::installments::unsigned;
use crate::agreements::{Ground, Seen, follow, paid_off};
use domain::Amount;
use domain::promise::{Judgment, PromiseState, Terms, broken_count, judge_each, status_after};
use domain::timeline::TimelineKind;
use kernel::audit;
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;

/// Judges every promise of a locked account that was not canceled and is not suspended.
pub async fn judge(tx: &Tx, ground: &Ground, seen: &[Seen]) -> Result<(), Stop> {
    let rows: Vec<Promise> = of_account(tx, ground.account.id)
        .await?
        .into_iter()
        .filter(|row| row.state != PromiseState::Canceled && row.suspended_at.is_none())
        .collect();
    let changed = decide(&rows, seen, ground)?;
    if changed.is_empty() {
        return Ok(());
    }
    let mut broke = false;
    let mut mended = false;
    for (row, judgment) in changed {
        broke |= judgment.state == PromiseState::Broken && row.state != PromiseState::Broken;
        mended |= judgment.state != PromiseState::Broken && row.state == PromiseState::Broken;
        write(tx, ground, row, judgment).await?;
    }
    if broke || mended {
        hold_later(tx, ground, broke).await?;
    }
    status(tx, ground, broke).await
}

/// The promises that stand otherwise than is stored.
fn decide(
    rows: &[Promise],
    seen: &[Seen],
    ground: &Ground,
) -> Result<Vec<(Promise, Judgment)>, Fault> {
    let promises: Result<Vec<_>, Fault> = rows
        .iter()
        .map(|row| {
            let amount = Amount::new(row.amount).map_err(|_| Fault::Unexpected("empty promise"))?;
            let promise = domain::promise::Promise { amount, due: row.due_on, canceled: false };
            let terms = Terms {
                lead_days: unsigned(row.lead_days),
                grace_banking_days: unsigned(row.grace_banking_days),
                partial_share: row.partial_share,
            };
            Ok((promise, terms))
        })
        .collect();
    let payments: Vec<_> = seen.iter().map(|seen| seen.received).collect();
    let counts = |promise: usize, payment: usize| {
        let taken_at = rows.get(promise).map(|row| row.taken_at);
        let posted_at = seen.get(payment).map(|seen| seen.posted_at);
        posted_at >= taken_at
    };
    let judged = judge_each(&promises?, &payments, counts, ground.today)
        .map_err(|_| Fault::Unexpected("promises that do not fit"))?;
    Ok(rows
        .iter()
        .cloned()
        .zip(judged)
        .filter(|(row, judgment)| (row.state, row.counted) != (judgment.state, judgment.counted))
        .collect())
}

async fn write(tx: &Tx, ground: &Ground, row: Promise, judged: Judgment) -> Result<(), Stop> {
    let (id, was, version) = (row.id, row.state, row.version);
    let (amount, due) = (row.amount, row.due_on);
    let mut changed = row.into_active_model();
    changed.counted = Set(judged.counted);
    changed.judged_at = Set(Some(tx.now()));
    changed.version = Set(version + 1);
    if was != judged.state && was.may_become(judged.state) {
        changed.state = Set(judged.state);
    }
    let row = changed.update(tx).await?;
    if row.state == was {
        return Ok(());
    }
    let what = match row.state {
        PromiseState::Pending => "is open again: a payment came back",
        PromiseState::Kept => "was kept",
        PromiseState::Partial => "was kept in part",
        PromiseState::Broken => "was broken",
        PromiseState::Canceled => "was canceled",
    };
    let money = |money: domain::Money| money.to_display(ground.currency);
    let summary =
        format!("Promise of {} for {due} {what}; {} came", money(amount), money(row.counted));
    let detail = json!({"promise": id, "from": was, "to": row.state});
    let account = &ground.account;
    timeline::record(tx, account.into(), TimelineKind::PromiseJudged, summary, Some(detail))
        .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "promise.judge",
            subject_type: "promise",
            subject_id: Some(id.0),
            before: Some(json!({"state": was})),
            after: Some(json!({"state": row.state, "counted": row.counted.to_decimal()})),
            reason: None,
        },
    )
    .await?;
    Ok(())
}

/// After a break the later promises are not charged until the debtor was spoken with (domain rule
/// 2.10); when the break proves none, they are again.
async fn hold_later(tx: &Tx, ground: &Ground, broke: bool) -> Result<(), Stop> {
    let rows = of_account(tx, ground.account.id).await?;
    let still = rows.iter().any(|row| row.state == PromiseState::Broken);
    for row in rows.into_iter().filter(|row| row.state == PromiseState::Pending) {
        let held = if broke || still { row.held_at.or(Some(tx.now())) } else { None };
        if held != row.held_at {
            let mut changed = row.into_active_model();
            changed.held_at = Set(held);
            changed.update(tx).await?;
        }
    }
    Ok(())
}

/// The account's status: broken at once to the top of the queue; else promised as long as one is
/// pending, due on the day of the next.
async fn status(tx: &Tx, ground: &Ground, broke: bool) -> Result<(), Stop> {
    let row = again(tx, ground.account.id).await?.account;
    if paid_off(&row) {
        // Funds clear, and the account closes by itself (money rule 21).
        return Ok(());
    }
    let rows = of_account(tx, row.id).await?;
    let states: Vec<_> = rows.iter().map(|one| one.state).collect();
    if broke {
        let why = format!("a promise was broken ({} so far)", broken_count(&states));
        let next = status_after(PromiseState::Broken, false, row.status);
        follow(tx, row, next, Due::At(tx.now()), &why).await?;
        return Ok(());
    }
    let next_due =
        rows.iter().filter(|one| one.state == PromiseState::Pending).map(|one| one.due_on).min();
    match next_due {
        Some(day) => {
            let due = Due::At(start_of_day(&ground.time_zone, day).max(tx.now()));
            let next = status_after(PromiseState::Pending, false, row.status);
            if next.is_none() && row.status == domain::account::AccountStatus::Promise {
                let same = row.status;
                crate::accounts::work::settle(tx, row, same, due).await?;
            } else {
                follow(tx, row, next, due, "a promise is pending").await?;
            }
        }
        None => {
            let next = status_after(PromiseState::Kept, false, row.status);
            follow(tx, row, next, Due::At(tx.now()), "the promise was kept").await?;
        }
    }
    Ok(())
}

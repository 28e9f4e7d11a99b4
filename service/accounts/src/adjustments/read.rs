//! Reading what changed a debt without money.

use crate::accounts;
use chrono::{DateTime, NaiveDate, Utc};
use domain::debt_entry::DebtEntryKind;
use domain::{AccountId, Buckets, Currency, DebtEntryId, Permission};
use entity::debt_entry;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub struct EntryView {
    /// Its id.
    pub id: DebtEntryId,
    /// The debt.
    pub account: AccountId,
    /// Why the debt changed.
    pub kind: DebtEntryKind,
    /// The change of what is owed, by bucket; below zero: less is owed.
    pub change: Buckets,
    /// In which currency.
    pub currency: Currency,
    /// The day on which it takes effect.
    pub effective_on: NaiveDate,
    /// When it was entered.
    pub entered_at: DateTime<Utc>,
    /// In the person's words.
    pub reason: String,
    /// The entry that this one undoes.
    pub reverses: Option<DebtEntryId>,
    /// The entry that undid this one.
    pub reversed_by: Option<DebtEntryId>,
    /// Who asked for it; none for a creditor's user.
    pub entered_by: Option<String>,
    /// The second person, where it took one.
    pub approved_by: Option<String>,
}

impl EntryView {
    /// Whether a person may undo it.
    pub fn may_be_undone(&self) -> bool {
        let by_hand = match self.kind {
            DebtEntryKind::Decrease
            | DebtEntryKind::Charge
            | DebtEntryKind::DecreaseReturn
            | DebtEntryKind::ChargeReturn => true,
            DebtEntryKind::WriteOff
            | DebtEntryKind::WriteOffReturn
            | DebtEntryKind::Interest
            | DebtEntryKind::Shift => false,
        };
        by_hand && self.reversed_by.is_none()
    }
}

/// Everything that changed a debt without money, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    account: AccountId,
    window: Window<DebtEntryId>,
) -> Result<Part<EntryView>, Stop> {
    actor.require(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    accounts::get(&tx, actor, account).await?;
    let mut found =
        debt_entry::in_agency(tx.agency()).filter(debt_entry::Column::AccountId.eq(account));
    if let Some(after) = window.after {
        found = found.filter(debt_entry::Column::Id.lt(after));
    }
    let rows =
        found.order_by_desc(debt_entry::Column::Id).limit(window.one_more()).all(&tx).await?;
    let part = window.cut(rows);
    let undone = undone(&tx, part.rows.iter().map(|row| row.id).collect()).await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    let for_agency = actor.require_agency(Permission::AccountRead).is_ok();
    let shown = part.map(|row| EntryView {
        id: row.id,
        account: row.account_id,
        kind: row.kind,
        change: Buckets {
            principal: row.principal,
            interest: row.interest,
            fees: row.fees,
            costs: row.costs,
            other: row.other,
        },
        currency,
        effective_on: row.effective_on,
        entered_at: row.entered_at,
        reason: row.reason,
        reverses: row.reverses_id,
        reversed_by: undone.get(&row.id).copied(),
        entered_by: for_agency.then_some(row.entered_by),
        approved_by: row.approved_by.filter(|_| for_agency),
    });
    tx.commit().await?;
    Ok(shown)
}

/// One entry of an account.
pub async fn get(
    app: &App,
    actor: &Actor,
    account: AccountId,
    id: DebtEntryId,
) -> Result<EntryView, Stop> {
    let mut after = None;
    loop {
        let part = list(app, actor, account, Window { after, limit: 100 }).await?;
        after = part.rows.last().map(|row| row.id);
        if let Some(found) = part.rows.into_iter().find(|row| row.id == id) {
            return Ok(found);
        }
        if !part.more {
            return Err(Stop::NotFound("entry"));
        }
    }
}

async fn undone(
    tx: &kernel::db::Tx,
    ids: Vec<DebtEntryId>,
) -> Result<HashMap<DebtEntryId, DebtEntryId>, Stop> {
    let rows = debt_entry::in_agency(tx.agency())
        .filter(debt_entry::Column::ReversesId.is_in(ids))
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.reverses_id.map(|id| (id, row.id))).collect())
}

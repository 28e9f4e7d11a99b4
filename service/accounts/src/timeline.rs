//! Reading the timeline of an account.

use crate::accounts;
use chrono::{DateTime, Utc};
use domain::timeline::TimelineKind;
use domain::{AccountId, Permission, TimelineEntryId};
use entity::timeline_entry as entry;
use kernel::actor::{Actor, DbRole, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id; ids grow with time.
    pub id: TimelineEntryId,
    /// What happened.
    pub kind: TimelineKind,
    /// When.
    pub at: DateTime<Utc>,
    /// `staff`, `client`, `debtor`, `api_key` or `job`.
    pub by_kind: String,
    /// Who, where a name may be shown.
    pub by_name: Option<String>,
    /// What happened, in words.
    pub summary: String,
    /// The particulars.
    pub detail: Option<Value>,
    /// Whether the creditor sees it.
    pub client_visible: bool,
}

/// The timeline of an account, newest first. A creditor's user reads only what is meant for the
/// creditor (domain rule 2.14: never the collector's own notes).
pub async fn list(
    app: &App,
    actor: &Actor,
    account: AccountId,
    window: Window<TimelineEntryId>,
) -> Result<Part<Line>, Stop> {
    actor.require(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    accounts::get(&tx, actor, account).await?;
    let lines = of_account(&tx, actor, account, &window).await?;
    tx.commit().await?;
    Ok(lines)
}

/// The lines of an account that the actor is known to reach.
pub(crate) async fn of_account(
    tx: &Tx,
    actor: &Actor,
    account: AccountId,
    window: &Window<TimelineEntryId>,
) -> Result<Part<Line>, Fault> {
    let mut lines = entry::in_agency(tx.agency()).filter(entry::Column::AccountId.eq(account));
    let for_creditor = actor.role() == DbRole::Creditor;
    if for_creditor {
        lines = lines
            .filter(entry::Column::ClientVisible.eq(true))
            .filter(entry::Column::CreditorId.is_in(actor.creditors().to_vec()));
    }
    if let Some(after) = window.after {
        lines = lines.filter(entry::Column::Id.lt(after));
    }
    let rows = lines.order_by_desc(entry::Column::Id).limit(window.one_more()).all(tx).await?;
    Ok(window.cut(rows).map(|row| Line {
        id: row.id,
        kind: row.kind,
        at: row.at,
        by_kind: row.actor_kind.clone(),
        by_name: if for_creditor && row.actor_kind != "client" { None } else { row.actor_name },
        summary: row.summary,
        detail: row.detail,
        client_visible: row.client_visible,
    }))
}

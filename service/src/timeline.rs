//! The timeline of an account: append-only lines of what happened, written in the transaction of
//! their cause.

use crate::accounts;
use crate::actor::{Actor, DbRole, Scope};
use crate::app::App;
use crate::db::Tx;
use crate::random;
use crate::stop::{Fault, Stop};
use crate::window::{Part, Window};
use chrono::{DateTime, Utc};
use domain::timeline::TimelineKind;
use domain::{AccountId, CreditorId, DebtorId, Permission, TimelineEntryId};
use entity::{account, timeline_entry as entry};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value;

/// The account a line belongs to, and through whom it may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// Its creditor.
    pub creditor: CreditorId,
    /// Its debtor.
    pub debtor: DebtorId,
}

impl From<&account::Model> for Subject {
    fn from(row: &account::Model) -> Self {
        Self { account: row.id, creditor: row.creditor_id, debtor: row.debtor_id }
    }
}

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

/// Writes a line; whether the creditor sees it follows from its kind.
pub async fn record(
    tx: &Tx,
    subject: Subject,
    kind: TimelineKind,
    summary: impl Into<String>,
    detail: Option<Value>,
) -> Result<(), Fault> {
    write(tx, subject, kind, kind.client_visible(), (summary.into(), detail)).await
}

/// Writes a line that the creditor sees, or does not, as the writer decided.
pub(crate) async fn write(
    tx: &Tx,
    subject: Subject,
    kind: TimelineKind,
    client_visible: bool,
    (summary, detail): (String, Option<Value>),
) -> Result<(), Fault> {
    let who = tx.signature();
    entry::Entity::insert(entry::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(TimelineEntryId(random::uuid())),
        account_id: Set(subject.account),
        creditor_id: Set(subject.creditor),
        debtor_id: Set(subject.debtor),
        kind: Set(kind),
        at: Set(tx.now()),
        actor_kind: Set(who.kind.to_owned()),
        actor_id: Set(who.id),
        actor_name: Set(Some(who.name.clone())),
        summary: Set(summary),
        detail: Set(detail),
        client_visible: Set(client_visible),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
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

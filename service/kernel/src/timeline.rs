//! The timeline of an account: append-only lines of what happened, written in the transaction of
//! their cause.

use crate::db::Tx;
use crate::random;
use crate::stop::Fault;
use domain::timeline::TimelineKind;
use domain::{AccountId, CreditorId, DebtorId, TimelineEntryId};
use entity::{account, timeline_entry as entry};
use sea_orm::{EntityTrait, Set};
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
pub async fn write(
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

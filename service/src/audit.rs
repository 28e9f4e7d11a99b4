//! The audit trail: every write, and every read of a full SSN, date of birth or tax id.

use crate::db::Tx;
use crate::random;
use crate::stop::Fault;
use domain::AuditId;
use entity::audit;
use sea_orm::{EntityTrait, Set};
use serde_json::Value;
use uuid::Uuid;

tokio::task_local! {
    /// The id of the HTTP request that is being served, so that a line of the trail leads to the log.
    pub static REQUEST_ID: String;
}

/// A line of the trail; who and when come from the transaction.
#[derive(Debug, Default)]
pub struct Entry {
    /// What was done, `noun.verb` (`payment.reverse`).
    pub action: &'static str,
    /// To what kind of thing (`payment`).
    pub subject_type: &'static str,
    /// To which one; none for a set.
    pub subject_id: Option<Uuid>,
    /// What mattered before; never a secret or a full SSN.
    pub before: Option<Value>,
    /// What matters now.
    pub after: Option<Value>,
    /// Why, in the person's words.
    pub reason: Option<String>,
}

/// Writes a line in the transaction of its cause.
pub async fn write(tx: &Tx, entry: Entry) -> Result<(), Fault> {
    let who = tx.signature();
    audit::Entity::insert(audit::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(AuditId(random::uuid())),
        at: Set(tx.now()),
        actor_kind: Set(who.kind.to_owned()),
        actor_id: Set(who.id),
        actor_name: Set(who.name.clone()),
        action: Set(entry.action.to_owned()),
        subject_type: Set(entry.subject_type.to_owned()),
        subject_id: Set(entry.subject_id),
        before: Set(entry.before),
        after: Set(entry.after),
        reason: Set(entry.reason),
        request_id: Set(REQUEST_ID.try_with(Clone::clone).ok()),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

//! The audit trail: every write, and every read of a full SSN, date of birth or tax id.

use crate::actor::Actor;
use crate::app::App;
use crate::db::{Said, Tx};
use crate::random;
use crate::stop::{Fault, Stop};
use domain::{AuditId, Permission};
use entity::audit;
pub use entity::audit::Model as Line;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
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

/// Writes a line in the transaction of its cause; it goes out with the commit.
pub async fn write(tx: &Tx, entry: Entry) -> Result<(), Fault> {
    tx.say(Said {
        id: random::uuid(),
        action: entry.action,
        subject_type: entry.subject_type,
        subject_id: entry.subject_id,
        before: entry.before,
        after: entry.after,
        reason: entry.reason,
        request_id: REQUEST_ID.try_with(Clone::clone).ok(),
    });
    Ok(())
}

/// What to look for in the trail; what is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What was done.
    pub action: Option<String>,
    /// To what kind of thing.
    pub subject_type: Option<String>,
    /// To which one.
    pub subject_id: Option<Uuid>,
    /// By whom.
    pub actor_id: Option<Uuid>,
}

/// The trail, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    wanted: Wanted,
    before: Option<AuditId>,
    most: u64,
) -> Result<Vec<Line>, Stop> {
    actor.require_agency(Permission::AuditRead)?;
    let tx = app.begin(actor).await?;
    let mut query = audit::in_agency(tx.agency()).order_by_desc(audit::Column::Id).limit(most);
    if let Some(before) = before {
        query = query.filter(audit::Column::Id.lt(before));
    }
    if let Some(action) = wanted.action {
        query = query.filter(audit::Column::Action.eq(action));
    }
    if let Some(kind) = wanted.subject_type {
        query = query.filter(audit::Column::SubjectType.eq(kind));
    }
    if let Some(subject) = wanted.subject_id {
        query = query.filter(audit::Column::SubjectId.eq(subject));
    }
    if let Some(who) = wanted.actor_id {
        query = query.filter(audit::Column::ActorId.eq(who));
    }
    let lines = query.all(&tx).await?;
    tx.commit().await?;
    Ok(lines)
}

//! What every write leaves behind besides its effect: lines of the audit trail, jobs, the kept answer of
//! an idempotency key. None of it is read by the transaction that writes it, so it goes in one trip
//! right before COMMIT, however many lines there are.

use super::Tx;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, raw_sql};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A line of the audit trail; who and when come from the transaction.
#[derive(Serialize)]
pub struct Said {
    pub id: Uuid,
    pub action: &'static str,
    pub subject_type: &'static str,
    pub subject_id: Option<Uuid>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
}

/// A job.
#[derive(Serialize)]
pub struct Due {
    pub id: Uuid,
    pub kind: &'static str,
    pub payload: Value,
    pub run_at: DateTime<Utc>,
    pub dedupe_key: Option<String>,
}

/// The answer of an idempotency key that this transaction has claimed.
#[derive(Serialize)]
pub struct Kept {
    pub principal: Uuid,
    pub key: String,
    pub answer: Value,
}

/// All of it.
#[derive(Default)]
pub(super) struct Ending {
    pub said: Vec<Said>,
    pub due: Vec<Due>,
    pub kept: Vec<Kept>,
}

impl Ending {
    /// Writes it in one statement; nothing where there is nothing.
    pub(super) async fn write(self, tx: &Tx) -> Result<(), DbErr> {
        if self.said.is_empty() && self.due.is_empty() && self.kept.is_empty() {
            return Ok(());
        }
        let (agency, now, who) = (tx.agency(), tx.now(), tx.signature());
        let (said, due, kept) = (json!(self.said), json!(self.due), json!(self.kept));
        tx.execute_raw(raw_sql!(
            Postgres,
            r#"WITH said AS (
                   INSERT INTO audit (agency_id, id, at, actor_kind, actor_id, actor_name, action, subject_type,
                       subject_id, before, after, reason, request_id)
                   SELECT {agency}, s.id, {now}, {who.kind}, {who.id}, {who.name}, s.action, s.subject_type,
                       s.subject_id, s.before, s.after, s.reason, s.request_id
                   FROM jsonb_to_recordset({said}) AS s (id uuid, action text, subject_type text, subject_id uuid,
                       before jsonb, after jsonb, reason text, request_id text)),
               due AS (
                   INSERT INTO job (agency_id, id, kind, payload, run_at, attempts, dedupe_key, created_at)
                   SELECT {agency}, d.id, d.kind, d.payload, d.run_at, 0, d.dedupe_key, {now}
                   FROM jsonb_to_recordset({due}) AS d (id uuid, kind text, payload jsonb, run_at timestamptz,
                       dedupe_key text)
                   ON CONFLICT DO NOTHING)
               UPDATE idempotency_key k SET answer = coalesce(a.answer, 'null')
               FROM jsonb_to_recordset({kept}) AS a (principal uuid, key text, answer jsonb)
               WHERE k.agency_id = {agency} AND k.principal = a.principal AND k.key = a.key"#
        ))
        .await?;
        Ok(())
    }
}

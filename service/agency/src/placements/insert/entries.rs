//! Restrictions, and the first line of each timeline.

use super::super::bulk::{BulkTx, db};
use super::super::stage::Ready;
use super::{Mark, Shared};
use domain::placement::line::PlacedRestriction;
use kernel::random;
use kernel::stop::Fault;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Restrictions {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    debtor: Vec<Uuid>,
    kind: Vec<&'static str>,
    detail: Vec<Option<String>>,
}

#[derive(Default)]
pub(super) struct Entries {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    debtor: Vec<Uuid>,
    summary: Vec<String>,
    detail: Vec<String>,
}

impl Restrictions {
    pub(super) fn add(&mut self, set: &[PlacedRestriction], mark: Mark) {
        for restriction in set {
            self.id.push(random::uuid());
            self.account.push(mark.account);
            self.debtor.push(mark.debtor);
            self.kind.push(restriction.restriction.code());
            let detail = restriction.detail.as_ref();
            self.detail.push(detail.map(|said| serde_json::json!({ "note": said }).to_string()));
        }
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        if self.id.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "WITH written AS (
                 INSERT INTO restriction (agency_id, creditor_id, set_at, source, id, account_id, debtor_id, kind, detail)
             SELECT $1, $2, $3, 'placement', t.id, t.account, t.debtor, t.kind, t.detail::jsonb
             FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
                 AS t (id, account, debtor, kind, detail)
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.ground.creditor.0)
        .bind(shared.now)
        .bind(self.id)
        .bind(self.account)
        .bind(self.debtor)
        .bind(self.kind)
        .bind(self.detail)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

impl Entries {
    pub(super) fn add(&mut self, ready: &Ready, mark: Mark) {
        let line = &ready.line;
        self.id.push(random::uuid());
        self.account.push(mark.account);
        self.debtor.push(mark.debtor);
        let again = if mark.replaces.is_some() { "Placed again" } else { "Placed" };
        self.summary.push(format!("{again} with ${}.", line.placed_balance));
        self.detail.push(
            serde_json::json!({
                "line": ready.line_no,
                "replaces": mark.replaces.map(|id| domain::AccountId(id).to_string()),
                "document_refs": line.document_refs,
            })
            .to_string(),
        );
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "WITH written AS (
                 INSERT INTO timeline_entry (agency_id, creditor_id, at, actor_kind, actor_name, kind, client_visible, id,
                 account_id, debtor_id, summary, detail)
             SELECT $1, $2, $3, 'job', $4, 'placed', true, t.id, t.account, t.debtor, t.summary, t.detail::jsonb
             FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[])
                 AS t (id, account, debtor, summary, detail)
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.ground.creditor.0)
        .bind(shared.now)
        .bind(&shared.by)
        .bind(self.id)
        .bind(self.account)
        .bind(self.debtor)
        .bind(self.summary)
        .bind(self.detail)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

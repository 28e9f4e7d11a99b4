//! New debtors.

use super::super::bulk::{BulkTx, db};
use super::super::ground::Ground;
use super::{Mark, Shared};
use domain::placement::line::PlacedDebtor;
use kernel::stop::Fault;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Debtors {
    id: Vec<Uuid>,
    language: Vec<String>,
    ssn: Vec<Option<Vec<u8>>>,
    identity: Vec<Option<Vec<u8>>>,
    name_key: Vec<String>,
    needs_review: Vec<bool>,
}

impl Debtors {
    pub(super) fn add(
        &mut self,
        ground: &Ground,
        debtor: &PlacedDebtor,
        mark: Mark,
    ) -> Result<(), Fault> {
        let indexes = ground.packet_indexes(debtor)?;
        self.id.push(mark.debtor);
        self.language
            .push(if debtor.language.as_deref() == Some("es") { "es" } else { "en" }.to_owned());
        self.ssn.push(indexes.ssn);
        self.identity.push(indexes.identity);
        self.name_key.push(indexes.name_key);
        self.needs_review.push(mark.needs_review);
        Ok(())
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "WITH written AS (
                 INSERT INTO debtor (agency_id, created_at, id, language, ssn_index, identity_index, name_key, needs_review)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::boolean[])
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.now)
        .bind(self.id)
        .bind(self.language)
        .bind(self.ssn)
        .bind(self.identity)
        .bind(self.name_key)
        .bind(self.needs_review)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

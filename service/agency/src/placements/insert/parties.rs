//! The parties, with their secrets sealed.

use super::super::bulk::{BulkTx, db};
use super::{Owner, Shared};
use domain::placement::line::{DebtorType, PlacedDebtor, SecondParty};
use kernel::random;
use kernel::stop::Fault;
use kernel::vault::{self, Keys};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Parties {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    debtor: Vec<Option<Uuid>>,
    role: Vec<&'static str>,
    kind: Vec<&'static str>,
    first: Vec<Option<String>>,
    middle: Vec<Option<String>>,
    last: Vec<Option<String>>,
    suffix: Vec<Option<String>>,
    business: Vec<Option<String>>,
    relationship: Vec<Option<String>>,
    ssn: Vec<Option<Vec<u8>>>,
    ssn_index: Vec<Option<Vec<u8>>>,
    ssn_last4_index: Vec<Option<Vec<u8>>>,
    tax_id: Vec<Option<Vec<u8>>>,
    tax_id_index: Vec<Option<Vec<u8>>>,
    birth_date: Vec<Option<Vec<u8>>>,
    birth_date_index: Vec<Option<Vec<u8>>>,
}

impl Parties {
    pub(super) fn primary(
        &mut self,
        keys: &Keys,
        owner: Owner,
        debtor: &PlacedDebtor,
    ) -> Result<Uuid, Fault> {
        let id = self.start(owner, "primary");
        self.kind.push(match debtor.kind {
            DebtorType::Consumer => "consumer",
            DebtorType::Business => "business",
        });
        self.first.push(debtor.first.clone());
        self.middle.push(debtor.middle.clone());
        self.last.push(debtor.last.clone());
        self.suffix.push(debtor.suffix.clone());
        self.business.push(debtor.business_name.clone());
        self.relationship.push(None);
        let born_on = debtor.born_on.map(|date| date.to_string());
        self.ssn(keys, id, debtor.ssn.as_ref().map(|ssn| (ssn.digits(), ssn.last_four())))?;
        self.tax_id(keys, id, debtor.tax_id.as_ref().map(|tax_id| tax_id.digits()))?;
        self.birth_date(keys, id, born_on.as_deref())?;
        Ok(id)
    }

    pub(super) fn second(
        &mut self,
        keys: &Keys,
        owner: Owner,
        role: &'static str,
        party: &SecondParty,
    ) -> Result<Uuid, Fault> {
        let id = self.start(owner, role);
        let (first, last) = match (&party.first, &party.last) {
            // The party needs a last name; a single name is it.
            (first, None) => (None, first.clone()),
            (first, last) => (first.clone(), last.clone()),
        };
        self.kind.push("consumer");
        self.first.push(first);
        self.middle.push(None);
        self.last.push(last);
        self.suffix.push(None);
        self.business.push(None);
        self.relationship.push(party.relationship.clone());
        self.ssn(keys, id, party.ssn.as_ref().map(|ssn| (ssn.digits(), ssn.last_four())))?;
        self.tax_id(keys, id, None)?;
        self.birth_date(keys, id, None)?;
        Ok(id)
    }

    pub(super) fn attorney(&mut self, owner: Owner, name: String) -> Uuid {
        let id = self.start(owner, "attorney");
        self.kind.push("business");
        self.first.push(None);
        self.middle.push(None);
        self.last.push(None);
        self.suffix.push(None);
        self.business.push(Some(name));
        self.relationship.push(None);
        for column in [
            &mut self.ssn,
            &mut self.ssn_index,
            &mut self.ssn_last4_index,
            &mut self.tax_id,
            &mut self.tax_id_index,
            &mut self.birth_date,
            &mut self.birth_date_index,
        ] {
            column.push(None);
        }
        id
    }

    fn start(&mut self, owner: Owner, role: &'static str) -> Uuid {
        let id = random::uuid();
        self.id.push(id);
        self.account.push(owner.account);
        self.debtor.push(owner.debtor);
        self.role.push(role);
        id
    }

    fn ssn(&mut self, keys: &Keys, row: Uuid, ssn: Option<(&str, &str)>) -> Result<(), Fault> {
        let Some((digits, last_four)) = ssn else {
            self.ssn.push(None);
            self.ssn_index.push(None);
            self.ssn_last4_index.push(None);
            return Ok(());
        };
        self.ssn.push(Some(keys.seal(vault::SSN, row, digits)?));
        self.ssn_index.push(Some(keys.index(vault::SSN, digits)?));
        self.ssn_last4_index.push(Some(keys.index(vault::SSN_LAST4, last_four)?));
        Ok(())
    }

    fn tax_id(&mut self, keys: &Keys, row: Uuid, digits: Option<&str>) -> Result<(), Fault> {
        let Some(digits) = digits else {
            self.tax_id.push(None);
            self.tax_id_index.push(None);
            return Ok(());
        };
        self.tax_id.push(Some(keys.seal(vault::TAX_ID, row, digits)?));
        self.tax_id_index.push(Some(keys.index(vault::TAX_ID, digits)?));
        Ok(())
    }

    fn birth_date(&mut self, keys: &Keys, row: Uuid, date: Option<&str>) -> Result<(), Fault> {
        let Some(date) = date else {
            self.birth_date.push(None);
            self.birth_date_index.push(None);
            return Ok(());
        };
        self.birth_date.push(Some(keys.seal(vault::BIRTH_DATE, row, date)?));
        self.birth_date_index.push(Some(keys.index(vault::BIRTH_DATE, date)?));
        Ok(())
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "WITH written AS (
                 INSERT INTO party (agency_id, creditor_id, created_at, id, account_id, debtor_id, role, kind,
                 first_name, middle_name, last_name, suffix, business_name, relationship, ssn, ssn_index,
                 ssn_last4_index, tax_id, tax_id_index, birth_date, birth_date_index)
             SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
                 $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::bytea[],
                 $17::bytea[], $18::bytea[], $19::bytea[], $20::bytea[], $21::bytea[])
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.ground.creditor.0)
        .bind(shared.now)
        .bind(self.id)
        .bind(self.account)
        .bind(self.debtor)
        .bind(self.role)
        .bind(self.kind)
        .bind(self.first)
        .bind(self.middle)
        .bind(self.last)
        .bind(self.suffix)
        .bind(self.business)
        .bind(self.relationship)
        .bind(self.ssn)
        .bind(self.ssn_index)
        .bind(self.ssn_last4_index)
        .bind(self.tax_id)
        .bind(self.tax_id_index)
        .bind(self.birth_date)
        .bind(self.birth_date_index)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

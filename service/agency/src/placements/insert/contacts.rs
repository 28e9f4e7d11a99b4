//! Addresses, telephones, e-mail addresses.

use super::super::bulk::{BulkTx, db};
use super::{Owner, Shared};
use domain::placement::line::{PlacedAddress, PlacedDebtor};
use kernel::random;
use kernel::stop::Fault;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Contacts {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    party: Vec<Uuid>,
    debtor: Vec<Option<Uuid>>,
    kind: Vec<&'static str>,
    value: Vec<Option<String>>,
    address1: Vec<Option<String>>,
    address2: Vec<Option<String>>,
    city: Vec<Option<String>>,
    state: Vec<Option<String>>,
    zip: Vec<Option<String>>,
    country: Vec<Option<String>>,
    phone_type: Vec<Option<&'static str>>,
    consent: Vec<Option<bool>>,
    source: Vec<String>,
    bad: Vec<bool>,
}

/// A telephone or e-mail address.
pub(super) struct Reach<'a> {
    kind: &'static str,
    value: &'a str,
    phone_type: Option<&'static str>,
    consent: Option<bool>,
    source: Option<&'a str>,
}

impl<'a> Reach<'a> {
    pub(super) fn phone(
        number: &'a str,
        kind: &'static str,
        consent: Option<bool>,
        source: Option<&'a str>,
    ) -> Self {
        Self { kind: "phone", value: number, phone_type: Some(kind), consent, source }
    }
}

impl Contacts {
    pub(super) fn of_debtor(&mut self, owner: Owner, party: Uuid, debtor: &PlacedDebtor) {
        self.address(owner, party, &debtor.address);
        for phone in &debtor.phones {
            let source = phone.source.as_deref();
            self.value(
                owner,
                party,
                Reach::phone(&phone.number, phone.kind.name(), phone.consent, source),
            );
        }
        if let Some(email) = &debtor.email {
            let reach = Reach {
                kind: "email",
                value: &email.address.to_lowercase(),
                phone_type: None,
                consent: email.consent,
                source: email.source.as_deref(),
            };
            self.value(owner, party, reach);
        }
    }

    pub(super) fn address(&mut self, owner: Owner, party: Uuid, address: &PlacedAddress) {
        let nothing = address.street.is_none() && address.city.is_none() && address.zip.is_none();
        if nothing {
            return;
        }
        self.start(owner, party, "address");
        self.value.push(None);
        self.address1.push(address.street.clone());
        self.address2.push(address.street2.clone());
        self.city.push(address.city.clone());
        self.state.push(address.state.clone());
        self.zip.push(address.zip.clone());
        self.country.push(Some(address.country.clone()));
        self.phone_type.push(None);
        self.consent.push(None);
        self.source.push("creditor".to_owned());
        self.bad.push(address.bad);
    }

    pub(super) fn value(&mut self, owner: Owner, party: Uuid, reach: Reach<'_>) {
        self.start(owner, party, reach.kind);
        self.value.push(Some(reach.value.to_owned()));
        for column in [
            &mut self.address1,
            &mut self.address2,
            &mut self.city,
            &mut self.state,
            &mut self.zip,
            &mut self.country,
        ] {
            column.push(None);
        }
        self.phone_type.push(reach.phone_type);
        self.consent.push(reach.consent);
        self.source.push(reach.source.unwrap_or("creditor").to_owned());
        self.bad.push(false);
    }

    fn start(&mut self, owner: Owner, party: Uuid, kind: &'static str) {
        self.id.push(random::uuid());
        self.account.push(owner.account);
        self.party.push(party);
        self.debtor.push(owner.debtor);
        self.kind.push(kind);
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "WITH written AS (
                 INSERT INTO contact_point (agency_id, creditor_id, created_at, id, account_id, party_id, debtor_id, kind,
                 value, address1, address2, city, state, zip, country, phone_type, consent, source, bad)
             SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
                 $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                 $17::boolean[], $18::text[], $19::boolean[])
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.ground.creditor.0)
        .bind(shared.now)
        .bind(self.id)
        .bind(self.account)
        .bind(self.party)
        .bind(self.debtor)
        .bind(self.kind)
        .bind(self.value)
        .bind(self.address1)
        .bind(self.address2)
        .bind(self.city)
        .bind(self.state)
        .bind(self.zip)
        .bind(self.country)
        .bind(self.phone_type)
        .bind(self.consent)
        .bind(self.source)
        .bind(self.bad)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

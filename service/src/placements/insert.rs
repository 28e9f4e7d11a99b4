//! Accounts and what belongs to them, by typed arrays: one statement a table for thousands of lines.

use super::bulk::{BulkTx, db};
use super::ground::{Ground, display_name, list_key};
use super::stage::Ready;
use crate::random;
use crate::stop::Fault;
use crate::vault::{self, Keys};
use chrono::{DateTime, NaiveDate, Utc};
use domain::account::status_on_placement;
use domain::placement::line::{DebtorType, PlacedAddress, PlacedDebtor, SecondParty};
use domain::worklist::WorkClass;
use domain::{PortfolioId, Reference};
use rust_decimal::Decimal;
use std::collections::HashMap;
use uuid::Uuid;

/// What the staging table decided of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub account: Uuid,
    pub debtor: Uuid,
    pub makes_debtor: bool,
    pub needs_review: bool,
    pub replaces: Option<Uuid>,
}

/// What all accounts of one commit share.
#[derive(Clone)]
pub(super) struct Shared {
    pub ground: Ground,
    pub placed_on: NaiveDate,
    pub now: DateTime<Utc>,
    pub by: String,
}

/// Rows of all tables, by column.
#[derive(Default)]
pub(super) struct Rows {
    debtors: Debtors,
    accounts: Accounts,
    parties: Parties,
    contacts: Contacts,
    restrictions: Restrictions,
    entries: Entries,
}

#[derive(Default)]
struct Debtors {
    id: Vec<Uuid>,
    language: Vec<String>,
    ssn: Vec<Option<Vec<u8>>>,
    identity: Vec<Option<Vec<u8>>>,
    name_key: Vec<String>,
    needs_review: Vec<bool>,
}

#[derive(Default)]
struct Accounts {
    id: Vec<Uuid>,
    reference: Vec<String>,
    portfolio: Vec<Uuid>,
    debtor: Vec<Uuid>,
    number: Vec<String>,
    key: Vec<String>,
    name: Vec<String>,
    name_key: Vec<String>,
    status: Vec<&'static str>,
    product: Vec<String>,
    original_creditor: Vec<String>,
    current_creditor: Vec<String>,
    service_on: Vec<NaiveDate>,
    charge_off_on: Vec<Option<NaiveDate>>,
    first_delinquency_on: Vec<Option<NaiveDate>>,
    last_payment_on: Vec<Option<NaiveDate>>,
    last_payment_amount: Vec<Option<i64>>,
    last_charge_on: Vec<Option<NaiveDate>>,
    placement_type: Vec<&'static str>,
    principal: Vec<i64>,
    interest: Vec<i64>,
    fees: Vec<i64>,
    costs: Vec<i64>,
    other: Vec<i64>,
    interest_rate: Vec<Option<Decimal>>,
    interest_start_on: Vec<Option<NaiveDate>>,
    interest_authority: Vec<Option<String>>,
    itemization_on: Vec<Option<NaiveDate>>,
    itemization_type: Vec<Option<&'static str>>,
    itemized_balance: Vec<Option<i64>>,
    interest_since: Vec<Option<i64>>,
    fees_since: Vec<Option<i64>>,
    payments_since: Vec<Option<i64>>,
    credits_since: Vec<Option<i64>>,
    judgment: Vec<Option<String>>,
    notes: Vec<Option<String>>,
    worked: Vec<bool>,
    replaces: Vec<Option<Uuid>>,
}

#[derive(Default)]
struct Parties {
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

#[derive(Default)]
struct Contacts {
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

#[derive(Default)]
struct Restrictions {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    debtor: Vec<Uuid>,
    kind: Vec<&'static str>,
    detail: Vec<Option<String>>,
}

#[derive(Default)]
struct Entries {
    id: Vec<Uuid>,
    account: Vec<Uuid>,
    debtor: Vec<Uuid>,
    summary: Vec<String>,
    detail: Vec<String>,
}

/// Whose a party or contact point is.
#[derive(Clone, Copy)]
struct Owner {
    account: Uuid,
    debtor: Option<Uuid>,
}

impl Rows {
    /// Builds the rows of these lines; lines that the staging table does not call good fall out.
    pub(super) fn build(
        shared: &Shared,
        lines: Vec<Ready>,
        marks: &HashMap<i64, Mark>,
    ) -> Result<Self, Fault> {
        let mut rows = Self::default();
        for ready in lines {
            if let Some(mark) = marks.get(&ready.line_no) {
                rows.add(shared, &ready, *mark)?;
            }
        }
        Ok(rows)
    }

    /// Accounts in them.
    pub(super) fn len(&self) -> usize {
        self.accounts.id.len()
    }

    fn add(&mut self, shared: &Shared, ready: &Ready, mark: Mark) -> Result<(), Fault> {
        let line = &ready.line;
        if mark.makes_debtor {
            self.debtors.add(&shared.ground, &line.debtor, mark)?;
        }
        self.accounts.add(ready, ready.portfolio, mark)?;
        let owner = Owner { account: mark.account, debtor: Some(mark.debtor) };
        let primary = self.parties.primary(&shared.ground.keys, owner, &line.debtor)?;
        self.contacts.of_debtor(owner, primary, &line.debtor);
        let second = Owner { account: mark.account, debtor: None };
        for (role, party) in [("co_debtor", &line.co_debtor), ("guarantor", &line.guarantor)] {
            if let Some(party) = party {
                let id = self.parties.second(&shared.ground.keys, second, role, party)?;
                self.contacts.address(second, id, &party.address);
            }
        }
        if let Some(attorney) = &line.attorney {
            let name = attorney.name.clone().unwrap_or_else(|| "Attorney".to_owned());
            let id = self.parties.attorney(second, name);
            if let Some(street) = &attorney.address {
                let address = PlacedAddress {
                    street: Some(street.clone()),
                    country: "US".to_owned(),
                    ..PlacedAddress::default()
                };
                self.contacts.address(second, id, &address);
            }
            if let Some(phone) = &attorney.phone {
                self.contacts.value(second, id, Reach::phone(phone, "work", None, None));
            }
        }
        for restriction in &line.restrictions {
            self.restrictions.id.push(random::uuid());
            self.restrictions.account.push(mark.account);
            self.restrictions.debtor.push(mark.debtor);
            self.restrictions.kind.push(restriction.restriction.code());
            let detail = restriction.detail.as_ref();
            self.restrictions
                .detail
                .push(detail.map(|said| serde_json::json!({ "note": said }).to_string()));
        }
        self.entries.add(ready, mark);
        Ok(())
    }

    /// Writes them all, in the order of their foreign keys.
    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        self.debtors.write(tx, shared).await?;
        self.accounts.write(tx, shared).await?;
        self.parties.write(tx, shared).await?;
        self.contacts.write(tx, shared).await?;
        self.restrictions.write(tx, shared).await?;
        self.entries.write(tx, shared).await
    }
}

impl Debtors {
    fn add(&mut self, ground: &Ground, debtor: &PlacedDebtor, mark: Mark) -> Result<(), Fault> {
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

    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO debtor (agency_id, created_at, id, language, ssn_index, identity_index, name_key, needs_review)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::boolean[])",
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

impl Accounts {
    fn add(&mut self, ready: &Ready, portfolio: PortfolioId, mark: Mark) -> Result<(), Fault> {
        let line = &ready.line;
        let restrictions: Vec<_> = line.restrictions.iter().map(|set| set.restriction).collect();
        let status = status_on_placement(&restrictions);
        let bits = u64::from_be_bytes(random::bytes::<8>()?);
        self.id.push(mark.account);
        self.reference.push(Reference::from_random(bits).compact());
        self.portfolio.push(portfolio.0);
        self.debtor.push(mark.debtor);
        self.number.push(line.account_number.as_shown().to_owned());
        self.key.push(line.account_number.key().to_owned());
        self.name.push(display_name(&line.debtor));
        self.name_key.push(list_key(&line.debtor));
        self.status.push(status.code());
        self.product.push(line.product.clone());
        self.original_creditor.push(line.original_creditor.clone());
        self.current_creditor.push(line.current_creditor.clone());
        self.service_on.push(line.dates.service_or_open);
        self.charge_off_on.push(line.dates.charge_off);
        self.first_delinquency_on.push(line.dates.first_delinquency);
        self.last_payment_on.push(line.dates.last_payment);
        self.last_payment_amount.push(line.last_payment_amount.map(|money| money.minor()));
        self.last_charge_on.push(line.dates.last_charge);
        self.placement_type.push(line.placement_type.name());
        self.principal.push(line.buckets.principal.minor());
        self.interest.push(line.buckets.interest.minor());
        self.fees.push(line.buckets.fees.minor());
        self.costs.push(line.buckets.costs.minor());
        self.other.push(line.buckets.other.minor());
        let interest = line.interest.as_ref();
        self.interest_rate.push(interest.map(|terms| terms.rate.share()));
        self.interest_start_on.push(interest.map(|terms| terms.starts_on));
        self.interest_authority.push(interest.map(|terms| terms.authority.clone()));
        // For a business debt an itemization that does not add up is told, and not kept.
        let itemized = line.itemization.filter(|itemization| {
            let sum = [itemization.balance, itemization.interest, itemization.fees]
                .iter()
                .map(|money| money.minor())
                .sum::<i64>();
            sum - itemization.payments.minor() - itemization.credits.minor()
                == line.placed_balance.minor()
        });
        self.itemization_on.push(itemized.map(|itemization| itemization.on));
        self.itemization_type.push(itemized.map(|itemization| itemization.kind.name()));
        self.itemized_balance.push(itemized.map(|itemization| itemization.balance.minor()));
        self.interest_since.push(itemized.map(|itemization| itemization.interest.minor()));
        self.fees_since.push(itemized.map(|itemization| itemization.fees.minor()));
        self.payments_since.push(itemized.map(|itemization| itemization.payments.minor()));
        self.credits_since.push(itemized.map(|itemization| itemization.credits.minor()));
        self.judgment.push(line.judgment.as_ref().map(|judgment| {
            serde_json::json!({
                "judgment_on": judgment.on,
                "amount": judgment.amount.map(|money| money.to_decimal()),
                "rate": judgment.rate.map(|rate| rate.to_string()),
                "case_no": judgment.case_no,
                "court": judgment.court,
            })
            .to_string()
        }));
        self.notes.push(line.notes.clone());
        self.worked.push(
            status.flags().workable
                && !restrictions.iter().any(|restriction| restriction.stops_work()),
        );
        self.replaces.push(mark.replaces);
        Ok(())
    }

    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO account (agency_id, creditor_id, placement_id, placed_on, created_at, status_changed_at,
                 work_class, next_work_at, id, reference, portfolio_id, debtor_id, client_account_number,
                 client_account_key, debtor_name, debtor_name_key, status, product, original_creditor,
                 current_creditor, service_on, charge_off_on, first_delinquency_on, last_payment_on,
                 last_payment_amount, last_charge_on, placement_type,
                 placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other,
                 interest_rate, interest_start_on, interest_authority, itemization_on, itemization_type,
                 itemized_balance, interest_since, fees_since, payments_since, credits_since, judgment, notes,
                 replaces_account_id)
             SELECT $1, $2, $3, $4, $5, $5, $6, CASE WHEN t.worked THEN $5 END,
                 t.id, t.reference, t.portfolio, t.debtor, t.number, t.key, t.name, t.name_key, t.status, t.product,
                 t.original_creditor, t.current_creditor, t.service_on, t.charge_off_on, t.first_delinquency_on,
                 t.last_payment_on, t.last_payment_amount, t.last_charge_on, t.placement_type,
                 t.principal, t.interest, t.fees, t.costs, t.other,
                 t.principal, t.interest, t.fees, t.costs, t.other,
                 t.interest_rate, t.interest_start_on, t.interest_authority, t.itemization_on, t.itemization_type,
                 t.itemized_balance, t.interest_since, t.fees_since, t.payments_since, t.credits_since,
                 t.judgment::jsonb, t.notes, t.replaces
             FROM unnest($7::uuid[], $8::text[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[],
                 $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::date[], $20::date[],
                 $21::date[], $22::date[], $23::bigint[], $24::date[], $25::text[], $26::bigint[], $27::bigint[],
                 $28::bigint[], $29::bigint[], $30::bigint[], $31::numeric[], $32::date[], $33::text[], $34::date[],
                 $35::text[], $36::bigint[], $37::bigint[], $38::bigint[], $39::bigint[], $40::bigint[], $41::text[],
                 $42::text[], $43::boolean[], $44::uuid[])
                 AS t (id, reference, portfolio, debtor, number, key, name, name_key, status, product,
                     original_creditor, current_creditor, service_on, charge_off_on, first_delinquency_on,
                     last_payment_on, last_payment_amount, last_charge_on, placement_type, principal, interest,
                     fees, costs, other, interest_rate, interest_start_on, interest_authority, itemization_on,
                     itemization_type, itemized_balance, interest_since, fees_since, payments_since, credits_since,
                     judgment, notes, worked, replaces)",
        )
        .bind(shared.ground.agency.0)
        .bind(shared.ground.creditor.0)
        .bind(shared.ground.placement.0)
        .bind(shared.placed_on)
        .bind(shared.now)
        .bind(WorkClass::New.rank())
        .bind(self.id)
        .bind(self.reference)
        .bind(self.portfolio)
        .bind(self.debtor)
        .bind(self.number)
        .bind(self.key)
        .bind(self.name)
        .bind(self.name_key)
        .bind(self.status)
        .bind(self.product)
        .bind(self.original_creditor)
        .bind(self.current_creditor)
        .bind(self.service_on)
        .bind(self.charge_off_on)
        .bind(self.first_delinquency_on)
        .bind(self.last_payment_on)
        .bind(self.last_payment_amount)
        .bind(self.last_charge_on)
        .bind(self.placement_type)
        .bind(self.principal)
        .bind(self.interest)
        .bind(self.fees)
        .bind(self.costs)
        .bind(self.other)
        .bind(self.interest_rate)
        .bind(self.interest_start_on)
        .bind(self.interest_authority)
        .bind(self.itemization_on)
        .bind(self.itemization_type)
        .bind(self.itemized_balance)
        .bind(self.interest_since)
        .bind(self.fees_since)
        .bind(self.payments_since)
        .bind(self.credits_since)
        .bind(self.judgment)
        .bind(self.notes)
        .bind(self.worked)
        .bind(self.replaces)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

impl Parties {
    fn primary(&mut self, keys: &Keys, owner: Owner, debtor: &PlacedDebtor) -> Result<Uuid, Fault> {
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

    fn second(
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

    fn attorney(&mut self, owner: Owner, name: String) -> Uuid {
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

    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO party (agency_id, creditor_id, created_at, id, account_id, debtor_id, role, kind,
                 first_name, middle_name, last_name, suffix, business_name, relationship, ssn, ssn_index,
                 ssn_last4_index, tax_id, tax_id_index, birth_date, birth_date_index)
             SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
                 $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::bytea[],
                 $17::bytea[], $18::bytea[], $19::bytea[], $20::bytea[], $21::bytea[])",
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

/// A telephone or e-mail address.
struct Reach<'a> {
    kind: &'static str,
    value: &'a str,
    phone_type: Option<&'static str>,
    consent: Option<bool>,
    source: Option<&'a str>,
}

impl<'a> Reach<'a> {
    fn phone(
        number: &'a str,
        kind: &'static str,
        consent: Option<bool>,
        source: Option<&'a str>,
    ) -> Self {
        Self { kind: "phone", value: number, phone_type: Some(kind), consent, source }
    }
}

impl Contacts {
    fn of_debtor(&mut self, owner: Owner, party: Uuid, debtor: &PlacedDebtor) {
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

    fn address(&mut self, owner: Owner, party: Uuid, address: &PlacedAddress) {
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

    fn value(&mut self, owner: Owner, party: Uuid, reach: Reach<'_>) {
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

    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO contact_point (agency_id, creditor_id, created_at, id, account_id, party_id, debtor_id, kind,
                 value, address1, address2, city, state, zip, country, phone_type, consent, source, bad)
             SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
                 $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                 $17::boolean[], $18::text[], $19::boolean[])",
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

impl Restrictions {
    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        if self.id.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO restriction (agency_id, creditor_id, set_at, source, id, account_id, debtor_id, kind, detail)
             SELECT $1, $2, $3, 'placement', t.id, t.account, t.debtor, t.kind, t.detail::jsonb
             FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
                 AS t (id, account, debtor, kind, detail)",
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
    fn add(&mut self, ready: &Ready, mark: Mark) {
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

    async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO timeline_entry (agency_id, creditor_id, at, actor_kind, actor_name, kind, client_visible, id,
                 account_id, debtor_id, summary, detail)
             SELECT $1, $2, $3, 'job', $4, 'placed', true, t.id, t.account, t.debtor, t.summary, t.detail::jsonb
             FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[])
                 AS t (id, account, debtor, summary, detail)",
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

//! The accounts.

use super::super::bulk::{BulkTx, db};
use super::super::ground::{display_name, list_key};
use super::super::stage::Ready;
use super::{Mark, Shared};
use chrono::NaiveDate;
use domain::account::status_on_placement;
use domain::worklist::WorkClass;
use domain::{PortfolioId, Reference};
use kernel::random;
use kernel::stop::Fault;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Accounts {
    pub id: Vec<Uuid>,
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

impl Accounts {
    pub(super) fn add(
        &mut self,
        ready: &Ready,
        portfolio: PortfolioId,
        mark: Mark,
    ) -> Result<(), Fault> {
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
            status.row().worked && !restrictions.iter().any(|restriction| restriction.stops_work()),
        );
        self.replaces.push(mark.replaces);
        Ok(())
    }

    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        sqlx::query(
            "WITH written AS (
                 INSERT INTO account (agency_id, creditor_id, placement_id, placed_on, created_at, status_changed_at,
                 work_class, next_work_at, id, reference, portfolio_id, debtor_id, client_account_number,
                 client_account_key, debtor_name, debtor_name_key, status, product, original_creditor,
                 current_creditor, service_on, charge_off_on, first_delinquency_on, last_payment_on,
                 last_payment_amount, last_charge_on, creditor_paid_on, placement_type,
                 placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other,
                 interest_rate, interest_start_on, interest_authority, itemization_on, itemization_type,
                 itemized_balance, interest_since, fees_since, payments_since, credits_since, judgment, notes,
                 replaces_account_id)
             SELECT $1, $2, $3, $4, $5, $5, $6, CASE WHEN t.worked THEN $5 END,
                 t.id, t.reference, t.portfolio, t.debtor, t.number, t.key, t.name, t.name_key, t.status, t.product,
                 t.original_creditor, t.current_creditor, t.service_on, t.charge_off_on, t.first_delinquency_on,
                 t.last_payment_on, t.last_payment_amount, t.last_charge_on, t.last_payment_on, t.placement_type,
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
                     judgment, notes, worked, replaces)
             RETURNING 1)
             SELECT count(*) FROM written",
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

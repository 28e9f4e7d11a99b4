//! The grounds of a posting: what the agency, the contract and the commission schedules say about a
//! payment of one day, read in one trip.

use super::post::{Arrived, CannotPost};
use chrono::{DateTime, NaiveDate, Utc};
use domain::account::AccountStatus;
use domain::allocation::AllocationRule;
use domain::commission::{AccountDates, Case, Level, Levels, PaymentType, Schedule, resolve};
use domain::compliance::InForce;
use domain::hold::HoldTerms;
use domain::payment::PaymentKind;
use domain::placement::line::PlacementType;
use domain::remittance::{self, CommissionBasis};
use domain::{Buckets, ContractId, Currency, Money, Rate, ScheduleId, TrustAccountId};
use entity::account;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{FromQueryResult, raw_sql};
use terms::contracts::allocation_rule;

/// What the agency and the contract say about a payment of one day.
pub(super) struct Grounds {
    pub currency: Currency,
    pub time_zone: String,
    pub today: NaiveDate,
    pub effective_on: NaiveDate,
    pub trust_account: TrustAccountId,
    pub contract: ContractId,
    /// What restricts the account.
    pub restrictions: Vec<InForce>,
    /// How a payment fills the buckets.
    pub rule: AllocationRule,
    /// Which schedule decides, and where it comes from; a contract's flat rate has no id.
    pub schedule: Schedule,
    pub schedule_id: Option<ScheduleId>,
    pub level: Level,
    remittance: remittance::Terms,
    holds: HoldTerms,
    tax_rate: Option<Rate>,
    /// Of the account: what was collected and charged before.
    collected: Money,
    charged: Money,
}

/// When a payment was made: a day that somebody entered, or the gateway's instant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Made {
    On(NaiveDate),
    At(DateTime<Utc>),
}

#[derive(FromQueryResult)]
struct Row {
    currency: Currency,
    time_zone: String,
    today: NaiveDate,
    effective_on: NaiveDate,
    trust_account_id: Option<TrustAccountId>,
    contract_id: Option<ContractId>,
    contract_depth: Option<i32>,
    commission_rate: Option<Rate>,
    allocation_order: Option<Vec<String>>,
    allocation_percent: Option<serde_json::Value>,
    remittance: Option<remittance::Terms>,
    holds: Option<HoldTerms>,
    tax_rate: Option<Rate>,
    schedules: Option<serde_json::Value>,
    restrictions: Option<serde_json::Value>,
    collected: Money,
    charged: Money,
}

/// A schedule in force, as the query finds it.
#[derive(serde::Deserialize)]
struct Found {
    id: uuid::Uuid,
    level: Level,
    /// How far above the account's creditor, for schedules of creditors.
    depth: Option<i32>,
    schedule: Schedule,
}

/// Reads the terms in force on the payment's effective date (money rule 3): the creditor's own, else
/// those of the creditor above it; the schedules of account, portfolio, creditors and agency; and what
/// restricts the account. The account is locked before: what was collected is read after the lock.
/// `own`: a schedule for this payment alone, which comes before all of them (domain rule 2.5).
pub(super) async fn grounds(
    tx: &Tx,
    account: &account::Model,
    made: Made,
    own: Option<Schedule>,
) -> Result<Grounds, CannotPost> {
    let (agency, now) = (tx.agency(), tx.now());
    let (account_id, portfolio, creditor) = (account.id, account.portfolio_id, account.creditor_id);
    let (on, at) = match made {
        Made::On(day) => (Some(day), now),
        Made::At(instant) => (None, instant),
    };
    let row = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE g AS (
               SELECT id, currency, time_zone,
                      ({now}::timestamptz AT TIME ZONE time_zone)::date AS today,
                      coalesce({on}::date, ({at}::timestamptz AT TIME ZONE time_zone)::date) AS effective_on
               FROM agency WHERE id = {agency}),
           up AS (
               SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16)
           SELECT g.currency, g.time_zone, g.today, g.effective_on, t.id AS trust_account_id,
                  k.id AS contract_id, k.depth AS contract_depth, k.commission_rate, k.allocation_order,
                  k.allocation_percent, k.remittance, k.holds, k.tax_rate, s.schedules, r.restrictions,
                  coalesce(p.collected, 0)::bigint AS collected, coalesce(p.charged, 0)::bigint AS charged
           FROM g
           LEFT JOIN trust_account t ON t.agency_id = g.id AND t.is_default
           LEFT JOIN LATERAL (
               SELECT c.id, up.depth, c.commission_rate, c.allocation_order, c.allocation_percent,
                      c.remittance, c.holds, c.tax_rate
               FROM up JOIN contract c ON c.agency_id = {agency} AND c.creditor_id = up.id
               WHERE c.effective_on <= g.effective_on
               ORDER BY up.depth, c.effective_on DESC LIMIT 1) k ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_agg(jsonb_build_object('id', v.id, 'level', v.level, 'depth', up.depth,
                                                   'schedule', v.schedule)) AS schedules
               FROM (SELECT DISTINCT ON (c.subject_id) c.id, c.level, c.subject_id, c.schedule
                     FROM commission_schedule c
                     WHERE c.agency_id = {agency} AND c.effective_on <= g.effective_on
                       AND (c.subject_id IN ({account_id}, {portfolio}, {agency})
                            OR c.subject_id IN (SELECT id FROM up))
                     ORDER BY c.subject_id, c.effective_on DESC) v
               LEFT JOIN up ON up.id = v.subject_id) s ON true
           LEFT JOIN LATERAL (
               SELECT jsonb_agg(jsonb_build_object('kind', kind, 'since', set_at)) AS restrictions FROM restriction
               WHERE agency_id = {agency} AND account_id = {account_id} AND lifted_at IS NULL) r ON true
           LEFT JOIN LATERAL (
               SELECT sum(applied) AS collected, sum(commission) AS charged
               FROM payment WHERE agency_id = {agency} AND account_id = {account_id} AND state = 'succeeded'
                 AND kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder')) p ON true"#
    ))
    .one(tx)
    .await?
    .ok_or(Stop::NotFound("agency"))?;
    judge(row, own)
}

/// The day of the agency, and of a payment of the grounds.
fn judge(row: Row, own: Option<Schedule>) -> Result<Grounds, CannotPost> {
    let day = row.effective_on;
    let contract = row.contract_id.ok_or(CannotPost::NoContract(day))?;
    let rule = allocation_rule(row.allocation_order.unwrap_or_default(), row.allocation_percent)?;
    let found: Vec<Found> = row
        .schedules
        .map(serde_json::from_value)
        .transpose()
        .map_err(Fault::from)?
        .unwrap_or_default();
    let flat = row.commission_rate.map(Schedule::flat);
    let flat = flat.map(|flat| (row.contract_depth.unwrap_or(0), flat));
    let payment = own.map(|schedule| (None, schedule));
    let (level, (schedule_id, schedule)) =
        resolve(Levels { payment, ..levels(found, flat) }).ok_or(CannotPost::NoSchedule(day))?;
    Ok(Grounds {
        currency: row.currency,
        time_zone: row.time_zone,
        today: row.today,
        effective_on: day,
        trust_account: row.trust_account_id.ok_or(CannotPost::NoTrustAccount)?,
        contract,
        restrictions: row
            .restrictions
            .map(serde_json::from_value)
            .transpose()
            .map_err(Fault::from)?
            .unwrap_or_default(),
        rule,
        schedule,
        schedule_id,
        level,
        remittance: row.remittance.unwrap_or_default(),
        holds: row.holds.unwrap_or_default(),
        tax_rate: row.tax_rate,
        collected: row.collected,
        charged: row.charged,
    })
}

type Chosen = (Option<ScheduleId>, Schedule);

/// Puts what was found in the order of evaluation (domain rule 2.5). A contract's flat rate is its
/// creditor's schedule where that creditor has no other.
fn levels(found: Vec<Found>, flat: Option<(i32, Schedule)>) -> Levels<Chosen> {
    let mut levels = Levels::default();
    let mut creditors: Vec<(i32, u8, Chosen)> = Vec::new();
    if let Some((depth, flat)) = flat {
        creditors.push((depth, 1, (None, flat)));
    }
    for one in found {
        let chosen = (Some(ScheduleId(one.id)), one.schedule);
        match one.level {
            Level::Account => levels.account = Some(chosen),
            Level::Portfolio => levels.portfolio = Some(chosen),
            Level::Creditor => creditors.push((one.depth.unwrap_or(0), 0, chosen)),
            Level::Agency => levels.agency = Some(chosen),
            // Chosen for one payment by two people: never stored as a schedule.
            Level::Payment => {}
        }
    }
    creditors.sort_by_key(|(depth, rank, _)| (*depth, *rank));
    levels.creditors = creditors.into_iter().map(|(_, _, chosen)| chosen).collect();
    levels
}

impl Grounds {
    /// Where the commission is posted: by the remittance method of the contract.
    pub fn basis(&self) -> CommissionBasis {
        self.remittance.method.basis()
    }

    /// When the money may be given on: after the hold of its method, and not before the gateway has
    /// it. What the creditor received is nobody's to hold.
    pub fn available_on(&self, arrived: &Arrived) -> NaiveDate {
        let received_on = arrived.deposited_on.unwrap_or(self.effective_on);
        if !arrived.kind.moves_trust() {
            return received_on;
        }
        let held_until = self.holds.of(arrived.method).available_on(received_on);
        arrived.gateway.available_on.map_or(held_until, |day| day.max(held_until))
    }

    /// What the commission on a payment depends on.
    pub fn case(
        &self,
        account: &account::Model,
        arrived: &Arrived,
        applied: Buckets,
    ) -> Result<Case, CannotPost> {
        let payment_type = match arrived.kind {
            PaymentKind::PaidAgency => PaymentType::Agency,
            PaymentKind::PaidCreditor => PaymentType::Creditor,
            PaymentKind::PaidForwarder => PaymentType::Forwarder,
            PaymentKind::PaidAgencyReturn
            | PaymentKind::PaidCreditorReturn
            | PaymentKind::PaidForwarderReturn => {
                return Err(Fault::Unexpected("a return is never computed anew").into());
            }
        };
        let placed_as = PlacementType::read(&account.placement_type)
            .ok_or(Fault::Unexpected("an account with an unknown placement type"))?;
        let legal = placed_as == PlacementType::Legal
            || account.judgment.is_some()
            || matches!(account.status, AccountStatus::Legal | AccountStatus::Judgment);
        let placement = match placed_as {
            PlacementType::First | PlacementType::Legal | PlacementType::Precollect => 1,
            PlacementType::Second => 2,
            PlacementType::Tertiary => 3,
        };
        Ok(Case {
            payment_type,
            effective_on: self.effective_on,
            applied,
            order: self.rule.order(),
            dates: AccountDates {
                placed_on: account.placed_on,
                last_charge_on: account.last_charge_on,
                last_payment_to_creditor_on: account.creditor_paid_on,
                service_on: Some(account.service_on),
                charge_off_on: account.charge_off_on,
                delinquency_on: account.first_delinquency_on,
            },
            placed_balance: Money::total([
                account.placed_principal,
                account.placed_interest,
                account.placed_fees,
                account.placed_costs,
                account.placed_other,
            ])?,
            collected: self.collected,
            charged: self.charged,
            legal,
            placement,
            tax_rate: self.tax_rate,
            forwarder_fee: arrived.forwarder_fee,
        })
    }
}

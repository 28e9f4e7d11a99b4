//! Posting: one statement that makes a payment succeeded (and enters it, where it is new), lowers the
//! debt, and writes lines, transfers and timeline. It happens once: only an unposted payment is posted.

use super::fee_override::Signed;
use super::grounds::Grounds;
use super::read::{PaymentLine, PaymentView, shown};
use crate::collectors;
use accounts::interest;
use chrono::NaiveDate;
use domain::collector::Credited;
use domain::commission::{self, Commission, NotComputable};
use domain::ledger::Book;
use domain::payment::{PaymentKind, PaymentMethod, PaymentState};
use domain::posting::{self, Arrival, NotPostable, Posting, Shares};
use domain::recovery::Month;
use domain::{Amount, Bucket, Money, Rate, TimelineEntryId, TransferId, TxnId};
use entity::{account, payment, payment_line, transfer};
use kernel::audit;
use kernel::db::{Compound, Tx};
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel, QueryTrait,
    Statement, raw_sql,
};
use serde_json::json;

/// Why money that has arrived cannot be posted. It stays recorded at the gateway or on paper; a
/// person has to complete the agency's set-up.
#[derive(Debug, thiserror::Error)]
pub enum CannotPost {
    /// The creditor has no contract in force on that day.
    #[error("the creditor has no contract terms in force on {0}; enter them first")]
    NoContract(NaiveDate),
    /// The contract has no rate, and no commission schedule is in force.
    #[error("no commission schedule is in force on {0}; enter one first")]
    NoSchedule(NaiveDate),
    /// The schedule does not give a commission for this payment.
    #[error(transparent)]
    NotComputable(NotComputable),
    /// The agency has no trust account.
    #[error("the agency has no trust account; create one first")]
    NoTrustAccount,
    /// The sums do not fit.
    #[error("the amount is too large")]
    TooLarge,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(CannotPost);

impl From<NotPostable> for CannotPost {
    fn from(err: NotPostable) -> Self {
        match err {
            NotPostable::TooLarge(_) => Self::TooLarge,
            NotPostable::IsReturn => {
                Self::Stop(Fault::Unexpected("a return is posted by reversing its payment").into())
            }
            NotPostable::ForwarderFeeOverCommission { fee, commission } => {
                Self::NotComputable(NotComputable::ForwarderFeeOverCommission { fee, commission })
            }
        }
    }
}

impl From<NotComputable> for CannotPost {
    fn from(err: NotComputable) -> Self {
        match err {
            NotComputable::TooLarge(_) => Self::TooLarge,
            NotComputable::NoTier
            | NotComputable::ForwarderFeeOverCommission { .. }
            | NotComputable::FeeWithoutForwarder => Self::NotComputable(err),
        }
    }
}

impl From<domain::money::TooLarge> for CannotPost {
    fn from(_: domain::money::TooLarge) -> Self {
        Self::TooLarge
    }
}

impl Refused for CannotPost {
    fn kind(&self) -> Kind {
        match self {
            Self::NoContract(_) | Self::NoSchedule(_) | Self::NoTrustAccount => Kind::Conflict,
            Self::NotComputable(NotComputable::NoTier) => Kind::Conflict,
            Self::TooLarge | Self::NotComputable(_) => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoContract(_) => "no_contract",
            Self::NoSchedule(_) => "no_commission_schedule",
            Self::NotComputable(err) => err.code(),
            Self::NoTrustAccount => "no_trust_account",
            Self::TooLarge => "amount_too_large",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::NotComputable(NotComputable::ForwarderFeeOverCommission { fee, commission }) => {
                vec![
                    ("forwarder_fee", json!(fee.to_decimal())),
                    ("commission", json!(commission.to_decimal())),
                ]
            }
            Self::NoContract(_)
            | Self::NoSchedule(_)
            | Self::NotComputable(_)
            | Self::NoTrustAccount
            | Self::TooLarge
            | Self::Stop(_) => Vec::new(),
        }
    }
}

/// What the gateway tells about the money.
#[derive(Debug, Clone, Default)]
pub(super) struct FromGateway {
    pub payment_intent: Option<String>,
    pub charge: Option<String>,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub funding: Option<String>,
    pub fee: Option<Money>,
    pub available_on: Option<NaiveDate>,
}

/// Money that has arrived.
pub(super) struct Arrived {
    pub kind: PaymentKind,
    pub method: PaymentMethod,
    pub amount: Amount,
    /// What a forwarder kept of a PA.
    pub forwarder_fee: Option<Amount>,
    pub deposited_on: Option<NaiveDate>,
    pub gateway: FromGateway,
}

/// Posts money that has arrived for a payment, and answers with it. Where its row is new it is written
/// here, else it is locked by the caller, as the account is. `signed`: the two people who chose the
/// commission of this payment.
pub(super) async fn post(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    (grounds, signed): (&Grounds, Option<&Signed>),
    arrived: &Arrived,
) -> Result<PaymentView, CannotPost> {
    let incoming = (payment.id, arrived.amount);
    let settled =
        Box::pin(interest::before_payment(tx, account, incoming, grounds.effective_on)).await?;
    let account = settled.as_ref().map_or(account, |settled| &settled.account);
    let owed = accounts::owed(account);
    let split = match &settled {
        Some(settled) => settled.split,
        None => grounds.rule.allocate(arrived.amount, &owed)?,
    };
    let case = grounds.case(account, arrived, split.applied)?;
    let commission = commission::compute(&grounds.schedule, &case)?;
    let arrival = Arrival {
        kind: arrived.kind,
        method: arrived.method,
        amount: arrived.amount,
        forwarder_fee: commission.forwarder_fee,
    };
    let shares = Shares { commission: commission.per_bucket, basis: grounds.basis() };
    let posting = posting::post(arrival, &owed, &split, &shares)?;
    let available_on = grounds.available_on(arrived);
    let write = Write {
        account,
        payment,
        grounds,
        signed,
        arrived,
        posting: &posting,
        commission: &commission,
        available_on,
    };
    let (posted, credit) = write.run(tx).await?;
    let paid = Credited {
        payment: payment.id,
        month: Month::of(grounds.today),
        paid: posting.applied,
        commission: commission.agency_share,
    };
    collectors::credit(tx, account, &paid, credit).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "payment.post",
            subject_type: "payment",
            subject_id: Some(payment.id.0),
            before: Some(json!({"state": payment.state})),
            after: Some(json!({
                "account": account.id, "kind": arrived.kind.code(),
                "amount": arrived.amount.to_string(), "applied": posting.applied.to_decimal(),
                "overpaid": posting.overpaid.to_decimal(), "charge": arrived.gateway.charge,
                "available_on": available_on,
            })),
            reason: None,
        },
    )
    .await?;
    if posting.owed.total().is_ok_and(Money::is_zero) && account.status.is_open() {
        let due = kernel::clock::start_of_day(&grounds.time_zone, available_on).max(tx.now());
        jobs::enqueue_at(tx, Job::CloseWhenAvailable { account: account.id }, due).await?;
    }
    jobs::enqueue(tx, Job::SendReceipt { payment: payment.id }).await?;
    accounts::agreements::after_money(tx, account.id).await?;
    Ok(posted)
}

struct Write<'a> {
    account: &'a account::Model,
    payment: &'a payment::Model,
    grounds: &'a Grounds,
    signed: Option<&'a Signed>,
    arrived: &'a Arrived,
    posting: &'a Posting,
    commission: &'a Commission,
    available_on: NaiveDate,
}

impl Write<'_> {
    async fn run(self, tx: &Tx) -> Result<(PaymentView, Option<collectors::Grounds>), Fault> {
        let Write { account, payment, grounds, signed, arrived, posting, .. } = self;
        let (commission, available_on) = (self.commission, self.available_on);
        let (agency, now) = (tx.agency(), tx.now());
        let (payment_id, account_id) = (payment.id, account.id);
        let (creditor, debtor) = (account.creditor_id, account.debtor_id);
        let (method, succeeded) = (arrived.method, PaymentState::Succeeded);
        let Posting { applied, overpaid, owed: after, .. } = posting.clone();
        let (effective_on, deposited_on) = (grounds.effective_on, arrived.deposited_on);
        let (contract, trust, basis) = (grounds.contract, grounds.trust_account, grounds.basis());
        let (rate, total, tax) = (one_rate(commission), commission.total, commission.tax);
        let (level, schedule) = (grounds.level.name(), grounds.schedule_id);
        let fee = arrived.forwarder_fee.map(Amount::money);
        let mut breakdown = serde_json::to_value(commission)?;
        if let (Some(members), Some(signed)) = (breakdown.as_object_mut(), signed) {
            members.insert("override".to_owned(), serde_json::to_value(signed)?);
        }
        let from = &arrived.gateway;
        let txn = TxnId(random::uuid());
        let lines: Vec<_> = posting
            .lines
            .iter()
            .map(|line| payment_line::Model {
                agency_id: agency,
                payment_id,
                bucket: line.bucket,
                amount: line.amount,
                rate: rate_of(commission, line.bucket),
                commission: line.commission,
                creditor_id: creditor,
                debtor_id: debtor,
            })
            .collect();
        let transfers: Vec<_> = posting
            .transfers
            .iter()
            .zip(0_i16..)
            .map(|(one, line)| transfer::Model {
                agency_id: agency,
                id: TransferId(random::uuid()),
                txn_id: txn,
                line,
                debit_ledger: one.debit,
                credit_ledger: one.credit,
                amount: one.amount.money(),
                trust_account_id: (one.debit.book() == Book::Trust).then_some(trust),
                creditor_id: Some(creditor),
                account_id: Some(account_id),
                debtor_id: Some(debtor),
                bucket: one.bucket,
                payment_id: Some(payment_id),
                effective_on,
                entered_at: payment.entered_at,
                posted_at: now,
                deposited_on,
                available_on,
                source_type: "payment".to_owned(),
                source_id: payment_id.0,
                effect: "post".to_owned(),
                reverses_id: None,
            })
            .collect();
        let paid_off = after.total().is_ok_and(Money::is_zero);
        let entry = TimelineEntryId(random::uuid());
        let who = tx.signature();
        let (who_kind, arrived_amount) = (who.kind.to_owned(), arrived.amount.money());
        let summary = format!(
            "Payment of {} received ({})",
            arrived.amount.money().to_display(grounds.currency),
            method_words(method)
        );
        let detail = json!({"payment": payment_id, "applied": applied, "overpaid": overpaid});
        let paid = raw_sql!(
            Postgres,
            r#"INSERT INTO payment AS p (agency_id, id, account_id, creditor_id, debtor_id, kind, amount, source,
                   form_id, gateway_account_id, memo, spread_id, direction, holding, entered_at, entered_by, version,
                   state, method, applied, overpaid, commission, commission_rate, contract_id, effective_on,
                   posted_at, deposited_on, available_on, payment_intent_id, charge_id, card_brand, last4,
                   card_funding, processor_fee, forwarder_fee, commission_basis, tax, commission_level,
                   schedule_id, commission_detail)
               VALUES ({agency}, {payment_id}, {account_id}, {creditor}, {debtor}, {payment.kind}, {payment.amount},
                   {payment.source}, {payment.form_id}, {payment.gateway_account_id}, {payment.memo},
                   {payment.spread_id}, {payment.direction}, {payment.holding}, {payment.entered_at},
                   {payment.entered_by}, {payment.version},
                   {succeeded}, {method}, {applied}, {overpaid}, {total}, {rate}, {contract}, {effective_on},
                   {now}, {deposited_on}, {available_on}, {from.payment_intent}, {from.charge}, {from.brand},
                   {from.last4}, {from.funding}, {from.fee}, {fee}, {basis}, {tax}, {level}, {schedule}, {breakdown})
               ON CONFLICT (agency_id, id) DO UPDATE SET state = excluded.state, method = excluded.method,
                   applied = excluded.applied, overpaid = excluded.overpaid, commission = excluded.commission,
                   commission_rate = excluded.commission_rate, contract_id = excluded.contract_id,
                   effective_on = excluded.effective_on, posted_at = excluded.posted_at,
                   deposited_on = excluded.deposited_on, available_on = excluded.available_on,
                   payment_intent_id = coalesce(excluded.payment_intent_id, p.payment_intent_id),
                   charge_id = coalesce(excluded.charge_id, p.charge_id), card_brand = excluded.card_brand,
                   last4 = excluded.last4, card_funding = excluded.card_funding,
                   processor_fee = excluded.processor_fee, forwarder_fee = excluded.forwarder_fee,
                   commission_basis = excluded.commission_basis, tax = excluded.tax,
                   commission_level = excluded.commission_level, schedule_id = excluded.schedule_id,
                   commission_detail = excluded.commission_detail, failure_code = NULL, version = p.version + 1
               WHERE p.posted_at IS NULL
               RETURNING *"#
        );
        let owed = raw_sql!(
            Postgres,
            r#"UPDATE account SET principal = {after.principal}, interest = {after.interest},
                   fees = {after.fees}, costs = {after.costs}, other = {after.other},
                   last_payment_on = greatest(last_payment_on, {effective_on}),
                   last_payment_amount = {arrived_amount},
                   next_work_at = CASE WHEN {paid_off} THEN NULL ELSE next_work_at END,
                   version = version + 1
               WHERE agency_id = {agency} AND id = {account_id} AND EXISTS (SELECT FROM paid)"#
        );
        let told = raw_sql!(
            Postgres,
            r#"INSERT INTO timeline_entry (agency_id, id, account_id, creditor_id, debtor_id, kind, at,
                   actor_kind, actor_id, actor_name, summary, detail, client_visible)
               VALUES ({agency}, {entry}, {account_id}, {creditor}, {debtor}, 'payment_posted', {now},
                   {who_kind}, {who.id}, {who.name}, {summary}, {detail}, true)"#
        );
        let answer = raw_sql!(
            Postgres,
            r#"SELECT paid.*, credit_grounds({agency}, {account_id}, {effective_on}) AS credit FROM paid"#
        );
        // Where the payment was posted before, the keys of lines and transfers refuse the whole.
        let whole = Compound::default()
            .with("paid", paid)
            .with("owed", owed)
            .with_some("lines", insert_lines(lines))
            .with_some("moved", ledger::insert(transfers))
            .with("told", told)
            .end(answer);
        let row = tx
            .query_one_raw(whole)
            .await?
            .ok_or(Fault::Unexpected("a payment was posted twice"))?;
        let posted = payment::Model::from_query_result(&row, "")?;
        let credit: Option<serde_json::Value> = row.try_get("", "credit")?;
        let lines = posting
            .lines
            .iter()
            .map(|line| PaymentLine {
                bucket: line.bucket,
                amount: line.amount,
                rate: rate_of(commission, line.bucket),
                commission: line.commission,
            })
            .collect();
        let view = PaymentView { lines, ..shown(posted, grounds.currency) };
        Ok((view, credit.map(serde_json::from_value).transpose()?))
    }
}

fn insert_lines(lines: Vec<payment_line::Model>) -> Option<Statement> {
    let rows = lines.into_iter().map(IntoActiveModel::into_active_model);
    (rows.len() > 0).then(|| payment_line::Entity::insert_many(rows).build(DbBackend::Postgres))
}

/// The rate of the whole commission, where there was one.
fn one_rate(commission: &Commission) -> Option<Rate> {
    let mut rates = commission.slices.iter().map(|slice| slice.rate);
    let first = rates.next()?;
    (commission.adjustments.is_empty() && rates.all(|rate| rate == first)).then_some(first)
}

/// The rate of one bucket, where it had one.
fn rate_of(commission: &Commission, bucket: Bucket) -> Option<Rate> {
    let mut rates =
        commission.slices.iter().filter(|slice| slice.bucket == bucket).map(|slice| slice.rate);
    let first = rates.next()?;
    (commission.adjustments.is_empty() && rates.all(|rate| rate == first)).then_some(first)
}

/// How money came, in a person's words.
pub(super) fn method_words(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Online => "online",
        PaymentMethod::Card => "card",
        PaymentMethod::Ach => "bank account",
        PaymentMethod::Check => "check",
        PaymentMethod::Cash => "cash",
        PaymentMethod::Wire => "wire transfer",
        PaymentMethod::MoneyOrder => "money order",
        PaymentMethod::DebtorCredit => "own credit",
    }
}

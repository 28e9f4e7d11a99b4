//! Posting a payout: cash for clearing, the fees by who bears them, the payments stamped.

use super::PayoutRefused;
use chrono::NaiveDate;
use domain::books::{self, PayoutFees};
use domain::ledger::Ledger;
use domain::posting::held_in;
use domain::remittance::{FeePolicy, Terms};
use domain::{ContractId, GatewayAccountId, Money, PaymentId, PayoutId, TrustAccountId};
use entity::{contract, payment, payout, payout_finding};
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use ledger::Cause;
use ledger::alarms;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set,
    raw_sql,
};
use serde_json::json;

/// A payout to be posted.
pub(super) struct Made {
    pub trust: TrustAccountId,
    pub gateway: Option<GatewayAccountId>,
    pub provider_id: Option<String>,
    pub arrived_on: NaiveDate,
    /// What reached the bank.
    pub net: Money,
    /// Fees that no payment bears.
    pub other_fees: Money,
    /// What came back of earlier payouts that failed and went out again with this one.
    pub came_back: Money,
}

/// What a payout brought or took.
pub(super) struct Item {
    pub source: Source,
    /// Below zero: taken.
    pub amount: Money,
    pub fee: Money,
    /// Who bears the fee; none: operating, as an expense of the agency.
    pub policy: Option<FeePolicy>,
}

/// What stands for it in the books.
pub(super) enum Source {
    /// A payment, or a return.
    Payment(PaymentId),
    /// What the gateway took back or gave again.
    Return {
        /// The gateway's name for it.
        object: String,
        /// The payment that it made, where it made one.
        payment: Option<PaymentId>,
    },
}

impl Item {
    /// A payment with the processor that was not paid out yet. It is locked.
    pub async fn of_payment(
        tx: &Tx,
        id: PaymentId,
        fee: Option<Money>,
    ) -> Result<Self, PayoutRefused> {
        let row = payment::Entity::find_by_id((tx.agency(), id))
            .lock_exclusive()
            .one(tx)
            .await?
            .ok_or(PayoutRefused::NotWithProcessor(id))?;
        let with_processor = row.posted_at.is_some()
            && row.kind.moves_trust()
            && held_in(row.method) == Ledger::ProcessorClearing;
        if !with_processor {
            return Err(PayoutRefused::NotWithProcessor(id));
        }
        if row.payout_id.is_some() {
            return Err(PayoutRefused::PaidOutBefore(id));
        }
        let amount = if row.kind.is_return() { row.amount.negated()? } else { row.amount };
        let known = if row.kind.is_return() { None } else { row.processor_fee };
        let fee = fee.or(known).unwrap_or(Money::ZERO);
        let policy = Some(policy(tx, row.contract_id).await?);
        Ok(Self { source: Source::Payment(id), amount, fee, policy })
    }
}

/// Who bears the processor's fee on a payment: as its contract said on its effective date, which is
/// frozen with the payment (money rules 3 and 11).
pub(super) async fn policy(tx: &Tx, contract: Option<ContractId>) -> Result<FeePolicy, Stop> {
    let Some(id) = contract else { return Ok(Terms::default().processor_fees) };
    let row = contract::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("a payment of an unknown contract"))?;
    Ok(row.remittance.processor_fees)
}

/// Posts a payout in the caller's transaction: once by the processor's id.
pub(super) async fn post(tx: &Tx, made: &Made, items: &[Item]) -> Result<PayoutId, PayoutRefused> {
    if let Some(known) = &made.provider_id
        && by_provider(tx, known).await?.is_some()
    {
        return Err(PayoutRefused::KnownPayout(known.clone()));
    }
    let gross = Money::total(items.iter().map(|item| item.amount))?.plus(made.came_back)?;
    let mut fees = PayoutFees { disputes: made.other_fees, ..PayoutFees::default() };
    for item in items {
        match item.policy {
            Some(policy) => fees.add(policy, item.fee)?,
            None => fees.disputes = fees.disputes.plus(item.fee)?,
        }
    }
    let makes = gross.minus(fees.total()?)?;
    if makes != made.net {
        let fees = fees.total()?;
        return Err(PayoutRefused::DoesNotSum { gross, fees, makes, net: made.net });
    }
    let on_payments = fees.agency_share.plus(fees.gross_deposit)?;
    if on_payments.is_negative() || fees.disputes.is_negative() {
        return Err(PayoutRefused::NegativeFees);
    }
    let id = PayoutId(random::uuid());
    payout::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(made.trust),
        gateway_account_id: Set(made.gateway),
        provider_id: Set(made.provider_id.clone()),
        gross: Set(gross),
        fees: Set(on_payments),
        dispute_fees: Set(fees.disputes),
        net: Set(made.net),
        arrived_on: Set(made.arrived_on),
        posted_at: Set(tx.now()),
        entered_by: Set(tx.signature().name.clone()),
        failed_at: Set(None),
        failure_code: Set(None),
    }
    .insert(tx)
    .await?;
    transfers(tx, id, made, gross, fees).await?;
    stamp(tx, id, items).await?;
    resolve(tx, made).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "payout.post",
            subject_type: "payout",
            subject_id: Some(id.0),
            after: Some(json!({
                "provider_id": made.provider_id, "gross": gross.to_decimal(),
                "fees_from_agency_share": fees.agency_share.to_decimal(),
                "fees_topped_up": fees.gross_deposit.to_decimal(),
                "dispute_fees": fees.disputes.to_decimal(), "net": made.net.to_decimal(),
                "items": items.len(),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    alarms::watch_later(tx).await?;
    Ok(id)
}

pub(super) async fn by_provider(tx: &Tx, id: &str) -> Result<Option<payout::Model>, Stop> {
    Ok(payout::in_agency(tx.agency()).filter(payout::Column::ProviderId.eq(id)).one(tx).await?)
}

/// The payout and the top-up are two movements of the bank, so they are two transactions.
async fn transfers(
    tx: &Tx,
    id: PayoutId,
    made: &Made,
    gross: Money,
    fees: PayoutFees,
) -> Result<(), PayoutRefused> {
    let cause = |effect| Cause {
        source_type: "payout",
        source_id: id.0,
        effect,
        effective_on: made.arrived_on,
    };
    let topped_up = fees.gross_deposit.plus(fees.disputes)?;
    let share = PayoutFees { agency_share: fees.agency_share, ..PayoutFees::default() };
    let moves = books::payout(gross.minus(topped_up)?, share)?;
    ledger::write(tx, cause("post"), made.trust, &moves).await?;
    let rest = PayoutFees { agency_share: Money::ZERO, ..fees };
    let moves = books::payout(topped_up, rest)?;
    ledger::write(tx, cause("top_up"), made.trust, &moves).await?;
    Ok(())
}

/// Stamps what was paid out: each payment and return once.
async fn stamp(tx: &Tx, id: PayoutId, items: &[Item]) -> Result<(), Stop> {
    let agency = tx.agency();
    let mut payments: Vec<PaymentId> = Vec::new();
    for item in items {
        payments.extend(item.source.payment());
        if let Source::Return { object, payment } = &item.source {
            payments.extend(*payment);
            tx.execute_raw(raw_sql!(
                Postgres,
                r#"UPDATE gateway_return SET payout_id = {id}
                   WHERE agency_id = {agency} AND object_id = {object} AND payout_id IS NULL"#
            ))
            .await?;
        }
    }
    payment::Entity::update_many()
        .col_expr(payment::Column::PayoutId, Expr::value(id.0))
        .filter(payment::Column::AgencyId.eq(agency))
        .filter(payment::Column::Id.is_in(payments))
        .filter(payment::Column::PayoutId.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// What was found about this payout before is answered.
async fn resolve(tx: &Tx, made: &Made) -> Result<(), Stop> {
    let Some(provider) = &made.provider_id else { return Ok(()) };
    payout_finding::Entity::update_many()
        .col_expr(payout_finding::Column::ResolvedAt, Expr::value(tx.now()))
        .filter(payout_finding::Column::AgencyId.eq(tx.agency()))
        .filter(payout_finding::Column::ProviderId.eq(provider.clone()))
        .filter(payout_finding::Column::ResolvedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The bank sent a payout back: its cash is with the processor again. The row is locked.
pub(super) async fn fail(
    tx: &Tx,
    row: payout::Model,
    code: Option<String>,
    on: NaiveDate,
) -> Result<(), Stop> {
    let (id, trust, net) = (row.id, row.trust_account_id, row.net);
    let cause = Cause { source_type: "payout", source_id: id.0, effect: "fail", effective_on: on };
    ledger::write(tx, cause, trust, &books::payout_failed(net)).await?;
    let mut row: payout::ActiveModel = row.into();
    row.failed_at = Set(Some(tx.now()));
    row.failure_code = Set(code.clone());
    row.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "payout.fail",
            subject_type: "payout",
            subject_id: Some(id.0),
            after: Some(json!({"net": net.to_decimal(), "code": code})),
            ..audit::Entry::default()
        },
    )
    .await?;
    alarms::watch_later(tx).await?;
    Ok(())
}

//! A credit that goes back through the gateway: asked for under a journalled key and spoken for until
//! the gateway has accepted it; `payments::returns` then books it, once, whatever tells of it first.

use super::{CreditRefund, CreditRefused, NewUse, lock, told, write_use};
use crate::gateway::accounts as gateway_accounts;
use crate::gateway::calls as gateway_calls;
use crate::payments;
use domain::debt_entry::CreditUseState;
use domain::payment::PaymentState;
use domain::{Amount, GatewayCallId, Money, PaymentId};
use entity::{account, credit_use, payment};
use gateway::RefundOrder;
use kernel::app::App;
use kernel::approvals::{Performed, TwoPeople};
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// The payment through which so much of the account's credit may go back.
pub(super) async fn refundable(
    tx: &Tx,
    account: &account::Model,
    id: PaymentId,
    asked: Money,
) -> Result<payment::Model, CreditRefused> {
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .filter(payment::Column::AccountId.eq(account.id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let ours = row.charge_id.is_some() && row.payment_intent_id.is_some();
    if !ours || row.kind.is_return() || row.state != PaymentState::Succeeded {
        return Err(CreditRefused::NotThroughGateway);
    }
    let overpaid = row.overpaid.unwrap_or(Money::ZERO);
    let refundable = overpaid.minus(given_back(tx, id).await?)?.max(Money::ZERO);
    if asked > refundable {
        return Err(CreditRefused::OverRefundable { refundable, asked });
    }
    Ok(row)
}

pub(super) async fn ask(
    app: &App,
    tx: &Tx,
    account: &account::Model,
    id: PaymentId,
    terms: &CreditRefund,
    people: &TwoPeople,
) -> Result<Performed, CreditRefused> {
    let row = refundable(tx, account, id, terms.amount).await?;
    let (Some(intent), Some(gateway)) = (row.payment_intent_id, row.gateway_account_id) else {
        return Err(CreditRefused::NotThroughGateway);
    };
    let gateway = gateway_accounts::open_by_id(app, tx, gateway).await?;
    let call = GatewayCallId(random::uuid());
    let planned = gateway.stripe.plan_refund(&RefundOrder {
        references: payments::references(tx, &gateway, id, call),
        payment_intent: intent,
        amount: Amount::new(terms.amount).map_err(|_| Fault::Unexpected("a refund of nothing"))?,
    });
    gateway_calls::journal(tx, call, gateway.id, Some(id), &planned).await?;
    let new =
        NewUse { state: CreditUseState::Asked, through: Some((id, call)), ..NewUse::of(terms) };
    let used = write_use(tx, account, &new, people).await?;
    Ok(Performed { result: used.0, call: Some(call) })
}

/// The gateway refused the call: the credit is the debtor's as before.
pub async fn failed(tx: &Tx, call: GatewayCallId) -> Result<(), Stop> {
    let Some((account, used)) = of_call(tx, call).await? else { return Ok(()) };
    if used.state == CreditUseState::Asked {
        told(tx, &account, used.amount, "could not be given back: the gateway refused").await?;
        settle(tx, used, CreditUseState::Failed).await?;
    }
    Ok(())
}

/// What of a payment was given back as a credit, or is about to be: not seen from outside, but asked
/// for by us.
pub async fn given_back(tx: &Tx, payment: PaymentId) -> Result<Money, Stop> {
    let rows = through(tx, payment).await?;
    Ok(rows
        .iter()
        .filter(|row| match row.state {
            CreditUseState::Asked | CreditUseState::Done => true,
            CreditUseState::Failed | CreditUseState::Merged => false,
        })
        .map(|row| row.amount)
        .sum())
}

async fn through(tx: &Tx, payment: PaymentId) -> Result<Vec<credit_use::Model>, Stop> {
    Ok(credit_use::in_agency(tx.agency())
        .filter(credit_use::Column::ThroughId.eq(payment))
        .all(tx)
        .await?)
}

/// The use that a call gives back, and its account, locked in the one order.
async fn of_call(
    tx: &Tx,
    call: GatewayCallId,
) -> Result<Option<(account::Model, credit_use::Model)>, Stop> {
    let seen = credit_use::in_agency(tx.agency())
        .filter(credit_use::Column::CallId.eq(call))
        .one(tx)
        .await?;
    let Some(seen) = seen else { return Ok(None) };
    let account = lock(tx, seen.account_id).await?;
    let used = credit_use::Entity::find_by_id((tx.agency(), seen.id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("use of a credit"))?;
    Ok(Some((account, used)))
}

/// Changes the state of a use.
pub async fn settle(tx: &Tx, used: credit_use::Model, state: CreditUseState) -> Result<(), Fault> {
    let (id, before) = (used.id, used.state);
    let mut row: credit_use::ActiveModel = used.into();
    row.state = Set(state);
    row.done_at = Set(tx.now());
    row.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "credit.settle",
            subject_type: "credit_use",
            subject_id: Some(id.0),
            before: Some(json!({ "state": before })),
            after: Some(json!({ "state": state })),
            reason: None,
        },
    )
    .await
}

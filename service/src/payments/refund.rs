//! Giving money back through the gateway: asked for under a journalled key, posted when the gateway
//! has accepted it.

use super::checkout::lock;
use super::returns::{Step, book};
use super::reverse::{ReverseRefused, reversible, said};
use crate::actor::{Actor, Scope};
use crate::alarms;
use crate::app::App;
use crate::audit;
use crate::db::Tx;
use crate::gateway_accounts;
use crate::gateway_calls;
use crate::jobs;
use crate::once::{Answer, Once};
use crate::random;
use crate::stop::{Fault, Stop};
use domain::{Amount, GatewayCallId, PaymentId, Permission};
use gateway::{Operation, RefundOrder, RefundSnapshot};
use serde_json::json;

/// Why a payment is not refunded; the same as for any reversal.
pub type RefundRefused = ReverseRefused;

/// Asks the gateway to give a payment back in full. The payment is reversed when the gateway has
/// accepted; until then it stays as it is. Answers the payment's own id.
pub async fn refund(
    app: &App,
    actor: &Actor,
    id: PaymentId,
    note: String,
    once: &Once,
) -> Result<Answer<PaymentId>, RefundRefused> {
    actor.require_agency(Permission::PaymentReverse)?;
    said(&note)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let (_, payment) = lock(&tx, id).await?;
    reversible(&payment)?;
    let (Some(intent), Some(gateway)) = (&payment.payment_intent_id, payment.gateway_account_id)
    else {
        return Err(RefundRefused::NotSucceeded);
    };
    if gateway_calls::open_call(&tx, id, Operation::RefundCreate).await?.is_some() {
        return Err(RefundRefused::AlreadyReversed);
    }
    let gateway = gateway_accounts::open_by_id(app, &tx, gateway).await?;
    let call = GatewayCallId(random::uuid());
    let planned = gateway.stripe.plan_refund(&RefundOrder {
        references: super::start::references(&tx, &gateway, id, call),
        payment_intent: intent.clone(),
        amount: Amount::new(payment.amount)
            .map_err(|_| Fault::Unexpected("a payment of nothing"))?,
    });
    gateway_calls::journal(&tx, call, gateway.id, Some(id), &planned).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "payment.refund",
            subject_type: "payment",
            subject_id: Some(id.0),
            after: Some(json!({"amount": payment.amount.to_decimal()})),
            reason: Some(note),
            ..audit::Entry::default()
        },
    )
    .await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    gateway_calls::perform(app, &jobs::runner(actor.agency()), call).await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

/// The gateway accepted the refund: the money is on its way back. Refused later by the payer's bank,
/// it is booked back when the gateway says so.
pub(crate) async fn answered(tx: &Tx, id: PaymentId, refund: &RefundSnapshot) -> Result<(), Stop> {
    if let Some(step) = Step::refund(refund) {
        book(tx, id, &step).await?;
    }
    Ok(())
}

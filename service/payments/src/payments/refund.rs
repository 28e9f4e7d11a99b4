//! Giving a whole payment back through the gateway: it takes two people, is asked for under a
//! journalled key, and posted when the gateway has accepted it.

use super::checkout::lock;
use super::returns::{Step, book};
use super::reverse::{ReverseRefused, reversible, said};
use crate::credits::{self, Refund};
use crate::gateway::accounts as gateway_accounts;
use crate::gateway::calls as gateway_calls;
use domain::approval::{ApprovalState, Deed};
use domain::{Amount, GatewayAccountId, GatewayCallId, Money, PaymentId, Permission};
use entity::{approval, payment};
use gateway::{Operation, RefundOrder, RefundSnapshot, RefundState};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::approvals::{self, Ask, Outcome, Performed, Request, TwoPeople};
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::{Fault, Stop};
use ledger::alarms;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Why a payment is not refunded; the same as for any reversal.
pub type RefundRefused = ReverseRefused;

/// Asks for a payment to be given back in full. It takes a second person, unless the agency lets the
/// role act alone; then the gateway is asked at once. The payment is reversed when the gateway has
/// accepted; until then it stays as it is.
pub async fn refund(
    app: &App,
    actor: &Actor,
    id: PaymentId,
    note: String,
    once: &Once,
) -> Result<Answer<Outcome<PaymentId>>, RefundRefused> {
    actor.require_agency(Permission::PaymentReverse)?;
    said(&note)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let (account, payment) = lock(&tx, id).await?;
    let refundable = refundable(&tx, &account, &payment).await?;
    if approvals::may_alone(&tx, actor, Deed::Refund, refundable.amount).await? {
        let people = TwoPeople::alone(actor);
        let done = plan(app, &tx, refundable, (&payment, &note), &people).await?;
        once.keep(&tx, &Outcome::Done(id)).await?;
        tx.commit().await?;
        send(app, actor, done.call).await?;
        alarms::watch(app, actor.agency()).await?;
        return Ok(Answer::first(Outcome::Done(id)));
    }
    let ask = Ask {
        request: &Request::Refund(Refund::Payment { payment: id, note: note.clone() }),
        subject: ("payment", id.0),
        account: &account,
        amount: refundable.amount,
        note: note.trim(),
    };
    let outcome = Outcome::Asked(approvals::request(&tx, actor, ask).await?);
    once.keep(&tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::first(outcome))
}

/// Plans a refund that was approved, in the transaction of the approval.
pub async fn plan_refund(
    app: &App,
    tx: &Tx,
    id: PaymentId,
    note: &str,
    people: &TwoPeople,
) -> Result<Performed, RefundRefused> {
    let (account, payment) = lock(tx, id).await?;
    let refundable = refundable(tx, &account, &payment).await?;
    plan(app, tx, refundable, (&payment, note), people).await
}

/// Sends a planned call once its transaction is committed.
pub async fn send(app: &App, actor: &Actor, call: Option<GatewayCallId>) -> Result<(), Stop> {
    if let Some(call) = call {
        gateway_calls::perform(app, &jobs::runner(actor.agency()), call).await?;
    }
    Ok(())
}

/// What the gateway is to give back, and to whom.
struct Refundable {
    intent: String,
    gateway: GatewayAccountId,
    amount: Money,
}

/// Whether the whole payment may go back: what was too much of it is still the debtor's credit, or
/// went back through the same payment already.
async fn refundable(
    tx: &Tx,
    account: &entity::account::Model,
    payment: &payment::Model,
) -> Result<Refundable, RefundRefused> {
    reversible(payment)?;
    let (Some(intent), Some(gateway)) = (&payment.payment_intent_id, payment.gateway_account_id)
    else {
        return Err(RefundRefused::NotSucceeded);
    };
    if payment.kind.is_return() {
        return Err(RefundRefused::WrongReason);
    }
    if gateway_calls::open_call(tx, payment.id, Operation::RefundCreate).await?.is_some() {
        return Err(RefundRefused::RefundUnderWay);
    }
    let gone = credits::given_back(tx, payment.id).await?;
    let overpaid = payment.overpaid.unwrap_or(Money::ZERO);
    let misfit = |_| Fault::Unexpected("a payment that does not fit");
    let kept = overpaid.minus(gone).map_err(misfit)?;
    let credit = credits::free_on(tx, account.id).await?;
    if kept.is_positive() && credit < kept {
        return Err(RefundRefused::CreditUsed { overpaid, credit });
    }
    let amount = payment.amount.minus(gone).map_err(misfit)?;
    Ok(Refundable { intent: intent.clone(), gateway, amount })
}

async fn plan(
    app: &App,
    tx: &Tx,
    refundable: Refundable,
    (payment, note): (&payment::Model, &str),
    people: &TwoPeople,
) -> Result<Performed, RefundRefused> {
    let id = payment.id;
    let gateway = gateway_accounts::open_by_id(app, tx, refundable.gateway).await?;
    let call = GatewayCallId(random::uuid());
    let planned = gateway.stripe.plan_refund(&RefundOrder {
        references: super::start::references(tx, &gateway, id, call),
        payment_intent: refundable.intent,
        amount: Amount::new(refundable.amount)
            .map_err(|_| Fault::Unexpected("a refund of nothing"))?,
    });
    gateway_calls::journal(tx, call, gateway.id, Some(id), &planned).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "payment.refund",
            subject_type: "payment",
            subject_id: Some(id.0),
            after: Some(json!({
                "amount": refundable.amount.to_decimal(), "asked_by": people.asked_by,
                "approved_by": people.approved_by,
            })),
            reason: Some(note.to_owned()),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(Performed { result: id.0, call: Some(call) })
}

/// The gateway answered a refund. Accepted, the money is on its way back and booked; refused later by
/// the payer's bank, it is booked back when the gateway says so.
pub async fn answered(
    tx: &Tx,
    call: GatewayCallId,
    id: PaymentId,
    refund: &RefundSnapshot,
) -> Result<(), Stop> {
    match Step::refund(refund) {
        Some(step) => book(tx, id, &step).await.map(drop),
        None if refund.state == RefundState::Failed => credits::failed(tx, call).await,
        None => Ok(()),
    }
}

/// Why it was given back, with both names, where two people decided.
pub(super) async fn memo(tx: &Tx, id: PaymentId) -> Result<String, Stop> {
    let approved = approval::in_agency(tx.agency())
        .filter(approval::Column::SubjectId.eq(id.0))
        .filter(approval::Column::Deed.eq(Deed::Refund))
        .filter(approval::Column::State.eq(ApprovalState::Approved))
        .one(tx)
        .await?;
    Ok(match approved {
        Some(row) => {
            let people = TwoPeople { asked_by: row.requested_name, approved_by: row.decided_name };
            format!("given back: {} ({})", row.note, people.words())
        }
        None => "given back".to_owned(),
    })
}

/// The payment's id at the gateway.
pub async fn intent(tx: &Tx, id: PaymentId) -> Result<Option<String>, Stop> {
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    Ok(row.payment_intent_id)
}

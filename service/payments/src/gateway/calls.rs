//! The journal of calls to the payment gateway. A call is written down with its key and its exact
//! body before it is sent; its answer is written down with what follows from it, in one
//! transaction. Whatever was interrupted is sent again under the same key, or looked up.

use crate::credits;
use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use crate::payments;
use chrono::Duration;
use domain::gateway::CallState;
use domain::{GatewayAccountId, GatewayCallId, PaymentId};
use entity::gateway_call;
use gateway::{Answer, CallError, Method, Operation, PlannedCall};
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use ledger::alarms;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};

mod look_up;

pub use look_up::sweep;

/// How long the one who planned a call has for it before the sweeper takes over.
const PATIENCE: Duration = Duration::minutes(2);
/// Keys may be forgotten by the gateway after a day: an older call is looked up, never sent again.
const KEYS_LAST: Duration = Duration::hours(23);

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It happened, and what follows from it is written down.
    Done,
    /// It was refused, and what follows from it is written down.
    Refused,
    /// Not yet known; the sweeper goes on.
    Waiting,
    /// Somebody else is at it, or it came to its end before.
    NotOurs,
}

/// Writes a planned call down, in the transaction of its cause.
pub(crate) async fn journal(
    tx: &Tx,
    id: GatewayCallId,
    gateway: GatewayAccountId,
    payment: Option<PaymentId>,
    call: &PlannedCall,
) -> Result<(), Fault> {
    gateway_call::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        gateway_account_id: Set(gateway),
        payment_id: Set(payment),
        op: Set(call.operation.name().to_owned()),
        idempotency_key: Set(call.idempotency_key.clone().unwrap_or_default()),
        method: Set(call.method.name().to_owned()),
        path: Set(call.path.clone()),
        body: Set(call.body.clone()),
        state: Set(CallState::Planned),
        attempts: Set(0),
        look_up: Set(false),
        next_at: Set(tx.now() + PATIENCE),
        created_at: Set(tx.now()),
        ..Default::default()
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Sends a journalled call, unless somebody else is sending it, and writes down the answer together
/// with what follows from it.
pub async fn perform(app: &App, runner: &JobRunner, id: GatewayCallId) -> Result<Progress, Stop> {
    let Some((row, gateway, call)) = mark_sent(app, runner, id).await? else {
        return Ok(Progress::NotOurs);
    };
    let answer = gateway.stripe.send(&call).await;
    record(app, runner, &row, &gateway, answer).await
}

async fn mark_sent(
    app: &App,
    runner: &JobRunner,
    id: GatewayCallId,
) -> Result<Option<(gateway_call::Model, Gateway, PlannedCall)>, Stop> {
    let tx = app.begin(runner).await?;
    let row = gateway_call::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("gateway call"))?;
    let free = match row.state {
        CallState::Planned | CallState::Unknown => true,
        CallState::Sent => row.next_at <= tx.now(),
        CallState::Done | CallState::Failed | CallState::Abandoned => false,
    };
    if !free {
        return Ok(None);
    }
    let gateway = gateway_accounts::open_by_id(app, &tx, row.gateway_account_id).await?;
    let call = planned(&row)?;
    let mut sent: gateway_call::ActiveModel = row.clone().into();
    sent.state = Set(CallState::Sent);
    sent.attempts = Set(row.attempts + 1);
    sent.sent_at = Set(Some(tx.now()));
    sent.next_at = Set(tx.now() + PATIENCE);
    let row = sent.update(&tx).await?;
    tx.commit().await?;
    Ok(Some((row, gateway, call)))
}

fn planned(row: &gateway_call::Model) -> Result<PlannedCall, Fault> {
    let broken = Fault::Unexpected("a journalled call that cannot be read");
    let (Some(operation), Some(method)) = (Operation::parse(&row.op), Method::parse(&row.method))
    else {
        return Err(broken);
    };
    Ok(PlannedCall {
        operation,
        method,
        path: row.path.clone(),
        body: row.body.clone(),
        idempotency_key: Some(row.idempotency_key.clone()),
    })
}

async fn record(
    app: &App,
    runner: &JobRunner,
    row: &gateway_call::Model,
    gateway: &Gateway,
    answer: Result<Answer, CallError>,
) -> Result<Progress, Stop> {
    let tx = app.begin(runner).await?;
    let operation = Operation::parse(&row.op)
        .ok_or(Fault::Unexpected("a journalled call of an unknown kind"))?;
    let settled = match &answer {
        Ok(answer) => follow(app, &tx, operation, row, gateway, answer).await?,
        Err(CallError::Refused { code, .. }) => {
            refused(&tx, operation, row, code).await?;
            Ok(())
        }
        Err(_) => Ok(()),
    };
    // An answer that cannot be read leaves the outcome unknown.
    let outcome = answer.and_then(|answer| settled.map(|()| answer));
    let progress = write_down(&tx, operation, row, outcome).await?;
    tx.commit().await?;
    if operation == Operation::RefundCreate && progress == Progress::Done {
        alarms::watch(app, runner.agency()).await?;
    }
    Ok(progress)
}

/// What follows from a call that happened.
async fn follow(
    app: &App,
    tx: &Tx,
    operation: Operation,
    row: &gateway_call::Model,
    gateway: &Gateway,
    answer: &Answer,
) -> Result<Result<(), CallError>, Stop> {
    match (operation, row.payment_id) {
        (Operation::CheckoutCreate | Operation::CheckoutExpire, Some(payment)) => {
            match gateway.stripe.read_checkout(answer) {
                Ok(page) => {
                    Box::pin(payments::answered(tx, payment, operation, &page)).await.map(Ok)
                }
                Err(unreadable) => Ok(Err(unreadable)),
            }
        }
        (Operation::RefundCreate, Some(payment)) => match gateway.stripe.read_refund(answer) {
            Ok(refund) => {
                Box::pin(payments::refund_answered(tx, row.id, payment, &refund)).await.map(Ok)
            }
            Err(unreadable) => Ok(Err(unreadable)),
        },
        (Operation::WebhookEndpointCreate, _) => {
            Ok(gateway_accounts::registered(app, tx, gateway, answer).await?)
        }
        (
            Operation::CheckoutCreate
            | Operation::CheckoutExpire
            | Operation::RefundCreate
            | Operation::CustomerCreate
            | Operation::Read,
            _,
        ) => Ok(Ok(())),
    }
}

/// What follows from a call that was refused.
async fn refused(
    tx: &Tx,
    operation: Operation,
    row: &gateway_call::Model,
    code: &str,
) -> Result<(), Stop> {
    match (operation, row.payment_id) {
        (Operation::CheckoutCreate, Some(payment)) => payments::given_up(tx, payment, code).await,
        (Operation::RefundCreate, _) => credits::failed(tx, row.id).await,
        (
            Operation::CheckoutCreate
            | Operation::CheckoutExpire
            | Operation::CustomerCreate
            | Operation::WebhookEndpointCreate
            | Operation::Read,
            _,
        ) => Ok(()),
    }
}

async fn write_down(
    tx: &Tx,
    operation: Operation,
    row: &gateway_call::Model,
    outcome: Result<Answer, CallError>,
) -> Result<Progress, Fault> {
    let now = tx.now();
    let mut call: gateway_call::ActiveModel = row.clone().into();
    let progress = match outcome {
        Ok(answer) => {
            call.state = Set(CallState::Done);
            call.done_at = Set(Some(now));
            call.http_status = Set(Some(i32::from(answer.status)));
            call.request_id = Set(answer.request_id);
            // The one answer that contains a secret is not kept.
            call.response =
                Set((operation != Operation::WebhookEndpointCreate).then_some(answer.body));
            call.error = Set(None);
            Progress::Done
        }
        Err(err) => {
            call.http_status = Set(err.status().map(i32::from));
            call.request_id = Set(err.request_id().map(str::to_owned));
            call.response = Set(err.body().map(str::to_owned));
            call.error = Set(Some(err.to_string()));
            let pause = Duration::seconds(30) * 2_i32.pow(row.attempts.clamp(1, 7).unsigned_abs());
            call.next_at = Set(now + pause);
            match err {
                CallError::Refused { .. } => {
                    call.state = Set(CallState::Failed);
                    call.done_at = Set(Some(now));
                    Progress::Refused
                }
                CallError::NotSent { .. } => {
                    call.state = Set(CallState::Planned);
                    Progress::Waiting
                }
                CallError::Later { after, .. } => {
                    call.state = Set(CallState::Planned);
                    if let Some(after) = after.and_then(|a| Duration::from_std(a).ok()) {
                        call.next_at = Set(now + after);
                    }
                    Progress::Waiting
                }
                CallError::UnknownOutcome { replayed, .. } => {
                    call.state = Set(CallState::Unknown);
                    // A kept answer that says nothing will say nothing again: look instead.
                    call.look_up = Set(replayed);
                    Progress::Waiting
                }
            }
        }
    };
    call.update(tx).await?;
    Ok(progress)
}

/// The open call of this kind for a payment, if there is one.
pub(crate) async fn open_call(
    tx: &Tx,
    payment: PaymentId,
    operation: Operation,
) -> Result<Option<gateway_call::Model>, Fault> {
    Ok(gateway_call::in_agency(tx.agency())
        .filter(gateway_call::Column::PaymentId.eq(payment))
        .filter(gateway_call::Column::Op.eq(operation.name()))
        .filter(gateway_call::Column::State.is_in([
            CallState::Planned,
            CallState::Sent,
            CallState::Unknown,
        ]))
        .one(tx)
        .await?)
}

//! Calls that were interrupted: sent again, or looked up.

use super::{KEYS_LAST, perform};
use crate::credits;
use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use crate::payments;
use chrono::Duration;
use domain::PaymentId;
use domain::gateway::CallState;
use entity::gateway_call;
use gateway::{CallError, Operation};
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Set};

/// Brings interrupted calls to an end: sent again byte for byte while the gateway remembers the
/// key, looked up afterwards. Answers how many it took in hand.
pub async fn sweep(app: &App, runner: &JobRunner) -> Result<u64, Stop> {
    let tx = app.begin(runner).await?;
    let now = tx.now();
    let open = gateway_call::in_agency(tx.agency())
        .filter(gateway_call::Column::State.is_in([
            CallState::Planned,
            CallState::Sent,
            CallState::Unknown,
        ]))
        .filter(gateway_call::Column::NextAt.lte(now))
        .order_by_asc(gateway_call::Column::NextAt)
        .limit(100)
        .all(&tx)
        .await?;
    tx.commit().await?;
    let mut taken = 0;
    for row in open {
        taken += 1;
        let done = if row.look_up || now - row.created_at >= KEYS_LAST {
            look_up(app, runner, &row).await
        } else {
            perform(app, runner, row.id).await.map(|_| ())
        };
        if let Err(stop) = done {
            tracing::warn!(call = %row.id, error = %stop, "a gateway call could not be brought to an end");
        }
    }
    Ok(taken)
}

/// Finds out whether a call happened by asking what there is.
async fn look_up(app: &App, runner: &JobRunner, row: &gateway_call::Model) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let gateway = gateway_accounts::open_by_id(app, &tx, row.gateway_account_id).await?;
    tx.commit().await?;
    let outside = |err: CallError| Fault::Outside(err.to_string());
    if Operation::parse(&row.op) == Some(Operation::CheckoutCreate)
        && let Some(payment) = row.payment_id
    {
        let from = row.created_at - Duration::minutes(5);
        let to = row.sent_at.unwrap_or(row.created_at) + Duration::hours(1);
        let pages = gateway.stripe.checkouts_between(from, to, None).await.map_err(outside)?;
        let ours = |page: &&gateway::CheckoutSnapshot| {
            page.references
                .as_ref()
                .is_some_and(|r| r.attempt == row.id && r.agency == runner.agency())
        };
        if let Some(page) = pages.iter().find(ours) {
            // With the payment behind it, so that a page paid meanwhile posts.
            let page = gateway.stripe.checkout(&page.id).await.map_err(outside)?;
            let tx = app.begin(runner).await?;
            Box::pin(payments::answered(&tx, payment, Operation::CheckoutCreate, &page)).await?;
            close(&tx, row, CallState::Done, "found by looking").await?;
            tx.commit().await?;
            return payments::check(app, runner, payment, false).await;
        }
        let tx = app.begin(runner).await?;
        payments::given_up(&tx, payment, "not_found_at_gateway").await?;
        close(&tx, row, CallState::Abandoned, "not found at the gateway").await?;
        tx.commit().await?;
        return Ok(());
    }
    if Operation::parse(&row.op) == Some(Operation::RefundCreate)
        && let Some(payment) = row.payment_id
    {
        return look_up_refund(app, runner, row, &gateway, payment).await;
    }
    if let Some(payment) = row.payment_id {
        payments::check(app, runner, payment, false).await?;
    }
    let tx = app.begin(runner).await?;
    close(&tx, row, CallState::Abandoned, "too old to be sent again").await?;
    tx.commit().await?;
    Ok(())
}

/// Finds a refund by the attempt in it among those of its payment.
async fn look_up_refund(
    app: &App,
    runner: &JobRunner,
    row: &gateway_call::Model,
    gateway: &Gateway,
    payment: PaymentId,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let intent = payments::intent(&tx, payment).await?;
    drop(tx);
    let refunds = match &intent {
        Some(intent) => gateway
            .stripe
            .refunds_of_intent(intent)
            .await
            .map_err(|err| Fault::Outside(err.to_string()))?,
        None => Vec::new(),
    };
    let ours = refunds.iter().find(|refund| {
        let references = refund.references.as_ref();
        references.is_some_and(|r| r.attempt == row.id && r.agency == runner.agency())
    });
    let tx = app.begin(runner).await?;
    if let Some(refund) = ours {
        Box::pin(payments::refund_answered(&tx, row.id, payment, refund)).await?;
        close(&tx, row, CallState::Done, "found by looking").await?;
    } else {
        credits::failed(&tx, row.id).await?;
        close(&tx, row, CallState::Abandoned, "not found at the gateway").await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn close(
    tx: &Tx,
    row: &gateway_call::Model,
    state: CallState,
    why: &str,
) -> Result<(), Fault> {
    let mut call: gateway_call::ActiveModel = row.clone().into();
    call.state = Set(state);
    call.done_at = Set(Some(tx.now()));
    call.error = Set(Some(why.to_owned()));
    call.update(tx).await?;
    Ok(())
}

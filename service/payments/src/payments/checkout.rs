//! The payment page: what its opening and closing do to the payment.

use domain::PaymentId;
use domain::payment::PaymentState;
use entity::{account, payment};
use gateway::{CheckoutSnapshot, CheckoutState, Operation};
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// A payment and its account, locked in the one order: account, payment.
pub(super) async fn lock(tx: &Tx, id: PaymentId) -> Result<(account::Model, payment::Model), Stop> {
    let seen = payment::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let account = account::Entity::find_by_id((tx.agency(), seen.account_id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    let payment = payment::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    Ok((account, payment))
}

/// Takes a step if the payment may take it; answers whether it did. The one place where a payment
/// changes its state without posting.
pub(super) async fn step(
    tx: &Tx,
    payment: &payment::Model,
    next: PaymentState,
    change: impl FnOnce(&mut payment::ActiveModel),
) -> Result<bool, Fault> {
    if !payment.state.may_become(next) {
        return Ok(false);
    }
    let mut row: payment::ActiveModel = payment.clone().into();
    row.state = Set(next);
    row.version = Set(payment.version + 1);
    change(&mut row);
    let row = row.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "payment.step",
            subject_type: "payment",
            subject_id: Some(row.id.0),
            before: Some(json!({"state": payment.state})),
            after: Some(json!({"state": row.state, "failure_code": row.failure_code})),
            reason: None,
        },
    )
    .await?;
    Ok(true)
}

/// The gateway opened or closed a page. A page that was paid meanwhile is left to the check.
pub async fn answered(
    tx: &Tx,
    id: PaymentId,
    operation: Operation,
    page: &CheckoutSnapshot,
) -> Result<(), Stop> {
    let (_, payment) = lock(tx, id).await?;
    if operation == Operation::CheckoutExpire {
        if page.state == CheckoutState::Expired {
            step(tx, &payment, PaymentState::Canceled, |_| {}).await?;
        }
        return Ok(());
    }
    let remember = |row: &mut payment::ActiveModel| {
        row.checkout_session_id = Set(Some(page.id.clone()));
        row.checkout_url = Set(page.url.clone());
        row.session_expires_at = Set(Some(page.expires_at));
        row.customer_id = Set(page.customer.clone());
        row.payment_intent_id = Set(page.payment_intent.clone());
    };
    match page.state {
        CheckoutState::Open => {
            step(tx, &payment, PaymentState::SessionOpen, remember).await?;
        }
        CheckoutState::Expired => {
            step(tx, &payment, PaymentState::Expired, remember).await?;
        }
        // Already paid on: the state follows from the check, which needs to know the page.
        CheckoutState::Complete | CheckoutState::Unheard => {
            let mut row: payment::ActiveModel = payment.into();
            remember(&mut row);
            row.update(tx).await?;
        }
    }
    Ok(())
}

/// The page was not opened and will not be.
pub async fn given_up(tx: &Tx, id: PaymentId, code: &str) -> Result<(), Stop> {
    let (_, payment) = lock(tx, id).await?;
    if payment.state == PaymentState::Created {
        step(tx, &payment, PaymentState::Failed, |row| {
            row.failure_code = Set(Some(code.to_owned()));
        })
        .await?;
    }
    Ok(())
}

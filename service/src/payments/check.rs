//! The check: asks the gateway what became of a payment and takes the one step that follows. The
//! return page, the webhook, the sweeper and the operator all end here, in any order and as often
//! as they like.

use super::checkout::{lock, step};
use super::grounds::{Made, grounds};
use super::post::{self, Arrived, CannotPost, FromGateway};
use super::reverse::mirror;
use crate::actor::JobRunner;
use crate::app::App;
use crate::clock::date_in;
use crate::credits;
use crate::db::Tx;
use crate::gateway_accounts::{self, Gateway};
use crate::stop::{Fault, Stop};
use crate::timeline;
use domain::payment::{PaymentState, ReversalReason};
use domain::timeline::TimelineKind;
use domain::{Amount, PaymentId};
use entity::{account, payment};
use gateway::{CallError, ChargeSnapshot, CheckoutOutcome, CheckoutSnapshot};
use sea_orm::{EntityTrait, Set};

/// Asks and converges. `withdrawn`: an event said that the payer's bank took the money back.
pub(crate) async fn check(
    app: &App,
    runner: &JobRunner,
    id: PaymentId,
    withdrawn: bool,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let seen = payment::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let (Some(page), Some(gateway)) = (seen.checkout_session_id, seen.gateway_account_id) else {
        return Ok(());
    };
    let gateway = gateway_accounts::open_by_id(app, &tx, gateway).await?;
    tx.commit().await?;
    let page = gateway.stripe.checkout(&page).await.map_err(outside)?;
    adopt(app, runner, id, &gateway, &page, withdrawn).await
}

/// Takes the step that follows from what the gateway says.
async fn adopt(
    app: &App,
    runner: &JobRunner,
    id: PaymentId,
    gateway: &Gateway,
    page: &CheckoutSnapshot,
    withdrawn: bool,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let (account, payment) = lock(&tx, id).await?;
    if page.livemode != gateway.livemode {
        return Err(Fault::Unexpected("a payment page of the other mode").into());
    }
    match page.outcome() {
        CheckoutOutcome::Open | CheckoutOutcome::Unclear => return Ok(()),
        CheckoutOutcome::Processing => {
            step(&tx, &payment, PaymentState::Processing, |row| {
                row.payment_intent_id = Set(page.payment_intent.clone());
            })
            .await?;
        }
        CheckoutOutcome::Expired => {
            step(&tx, &payment, PaymentState::Expired, |_| {}).await?;
        }
        CheckoutOutcome::Failed(refusal) => {
            let code = refusal.decline_code.or(refusal.code);
            let failed = step(&tx, &payment, PaymentState::Failed, |row| {
                row.failure_code = Set(code);
            })
            .await?;
            if failed {
                failed_entry(&tx, &account, &payment).await?;
            }
        }
        CheckoutOutcome::Paid(charge) => {
            paid(&tx, &account, &payment, &charge, withdrawn).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn paid(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    charge: &ChargeSnapshot,
    withdrawn: bool,
) -> Result<(), Stop> {
    match payment.state {
        PaymentState::Succeeded => taken_back(tx, account, payment, charge, withdrawn).await,
        PaymentState::Reversed => Ok(()),
        PaymentState::Created
        | PaymentState::SessionOpen
        | PaymentState::Processing
        | PaymentState::Failed
        | PaymentState::Expired
        | PaymentState::Canceled => {
            arrive(tx, account, payment, charge).await?;
            // The money may be gone again before we first hear of it.
            let (account, payment) = lock(tx, payment.id).await?;
            taken_back(tx, &account, &payment, charge, withdrawn).await
        }
    }
}

/// Mirrors a posted payment whose money the payer's bank took back or the gateway gave back.
async fn taken_back(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    charge: &ChargeSnapshot,
    withdrawn: bool,
) -> Result<(), Stop> {
    if charge.disputed && withdrawn {
        let memo = Some("taken back by the bank");
        mirror(tx, account, payment, ReversalReason::Bounce, memo).await?;
        return Ok(());
    }
    // What we gave back of a credit is in the books already, or will be by the answer to our call.
    let ours = credits::given_back(tx, payment.id).await?;
    if charge.refunded >= charge.amount && ours < charge.amount {
        credits::merge(tx, account, payment.id).await?;
        mirror(tx, account, payment, ReversalReason::Refund, Some("given back")).await?;
    } else if charge.refunded > ours {
        tracing::error!(payment = %payment.id, "part of a payment was given back at the gateway: a person has to look");
    }
    Ok(())
}

/// Money that has arrived posts, whatever the account's status says by now.
async fn arrive(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    charge: &ChargeSnapshot,
) -> Result<(), Stop> {
    let cannot = |err: CannotPost| match err {
        CannotPost::Stop(stop) => stop,
        CannotPost::NoContract(_)
        | CannotPost::NoSchedule(_)
        | CannotPost::NotComputable(_)
        | CannotPost::NoTrustAccount
        | CannotPost::TooLarge => {
            tracing::error!(payment = %payment.id, error = %err, "money arrived and cannot be posted");
            Fault::Unexpected("money arrived and cannot be posted").into()
        }
    };
    let grounds = grounds(tx, account, Made::At(charge.created_at)).await.map_err(cannot)?;
    if charge.amount != payment.amount || charge.currency != Some(grounds.currency) {
        return Err(Fault::Unexpected("the gateway took another amount than was asked for").into());
    }
    let amount =
        Amount::new(charge.amount).map_err(|_| Fault::Unexpected("the gateway took nothing"))?;
    let funds = charge.funds.as_ref();
    let arrived = Arrived {
        kind: payment.kind,
        method: charge.method.kind,
        amount,
        forwarder_fee: None,
        deposited_on: None,
        gateway: FromGateway {
            payment_intent: charge.payment_intent.clone(),
            charge: Some(charge.id.clone()),
            brand: charge.method.brand.clone(),
            last4: charge.method.last4.clone(),
            funding: charge.method.funding.clone(),
            fee: funds.map(|funds| funds.fee),
            available_on: funds.map(|funds| date_in(&grounds.time_zone, funds.available_at)),
        },
    };
    post::post(tx, account, payment, &grounds, &arrived).await.map_err(cannot)?;
    Ok(())
}

async fn failed_entry(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
) -> Result<(), Fault> {
    let summary = "Online payment did not go through".to_owned();
    let detail = serde_json::json!({ "payment": payment.id });
    timeline::record(tx, account.into(), TimelineKind::PaymentFailed, summary, Some(detail)).await
}

fn outside(err: CallError) -> Fault {
    Fault::Outside(err.to_string())
}

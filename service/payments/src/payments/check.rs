//! The check: asks the gateway what became of a payment and takes the one step that follows. The
//! return page, the webhook, the sweeper and the operator all end here, in any order and as often
//! as they like.

use super::checkout::{lock, step};
use super::grounds::{Made, grounds};
use super::post::{self, Arrived, CannotPost, FromGateway};
use super::returns;
use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use domain::payment::PaymentState;
use domain::timeline::TimelineKind;
use domain::{Amount, PaymentId};
use entity::{account, gateway_return, payment};
use gateway::{CallError, ChargeSnapshot, CheckoutOutcome, CheckoutSnapshot};
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use ledger::alarms;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

/// Asks and converges. `way_back`: an event told of a refund or a dispute, so that is asked about too;
/// without it, only where the charge or the books say that there was one.
pub async fn check(
    app: &App,
    runner: &JobRunner,
    id: PaymentId,
    way_back: bool,
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
    let came_back = gateway_return::in_agency(tx.agency())
        .filter(gateway_return::Column::PaymentId.eq(id))
        .one(&tx)
        .await?
        .is_some();
    tx.commit().await?;
    let page = gateway.stripe.checkout(&page).await.map_err(outside)?;
    let steps = match page.outcome() {
        CheckoutOutcome::Paid(charge)
            if way_back || came_back || charge.disputed || charge.refunded.is_positive() =>
        {
            returns::ask(&gateway, &charge.id).await?
        }
        CheckoutOutcome::Paid(_)
        | CheckoutOutcome::Open
        | CheckoutOutcome::Processing
        | CheckoutOutcome::Expired
        | CheckoutOutcome::Failed(_)
        | CheckoutOutcome::Unclear => Vec::new(),
    };
    adopt(app, runner, id, &gateway, &page, &steps).await
}

/// Takes the step that follows from what the gateway says.
async fn adopt(
    app: &App,
    runner: &JobRunner,
    id: PaymentId,
    gateway: &Gateway,
    page: &CheckoutSnapshot,
    steps: &[returns::Step],
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
            return paid(app, tx, (&account, &payment), &charge, steps).await;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Posts money that has arrived, then whatever became of it; it may be gone again before we first
/// hear of it.
async fn paid(
    app: &App,
    tx: Tx,
    (account, payment): (&account::Model, &payment::Model),
    charge: &ChargeSnapshot,
    steps: &[returns::Step],
) -> Result<(), Stop> {
    let agency = tx.agency();
    match payment.state {
        PaymentState::Succeeded | PaymentState::Reversed => {}
        PaymentState::Created
        | PaymentState::SessionOpen
        | PaymentState::Processing
        | PaymentState::Failed
        | PaymentState::Expired
        | PaymentState::Canceled => arrive(&tx, account, payment, charge).await?,
    }
    let mut booked = false;
    for step in steps {
        booked |= returns::book(&tx, payment.id, step).await?;
    }
    tx.commit().await?;
    if booked {
        alarms::watch(app, agency).await?;
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
    let grounds = grounds(tx, account, Made::At(charge.created_at), None).await.map_err(cannot)?;
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
    Box::pin(post::post(tx, account, payment, (&grounds, None), &arrived)).await.map_err(cannot)?;
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

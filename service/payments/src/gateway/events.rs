//! The inbox of events. Receiving: check the signature, store the bytes, answer. Processing: an event
//! is only a hint, so the payment it is about is checked with the gateway; late, repeated, reordered
//! and forged-looking events can do no more than cause a question.

use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use crate::payments;
use crate::payouts;
use chrono::Duration;
use domain::gateway::{EventState, ReceivedVia};
use domain::{GatewayAccountId, GatewayEventId, PaymentId};
use entity::{gateway_account, gateway_event, payment};
use gateway::{BadSignature, EventEnvelope, NotAnEvent, read_envelope};
use kernel::actor::{JobRunner, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Set,
};

/// How far a poll looks back over what it saw before.
const OVERLAP: Duration = Duration::hours(1);
/// How often events are asked for.
const POLL_EVERY: Duration = Duration::minutes(10);

/// Why an event is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum EventRefused {
    /// Not signed by the gateway.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
    /// Signed, and yet no event.
    #[error(transparent)]
    NotAnEvent(#[from] NotAnEvent),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(EventRefused);

impl Refused for EventRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadSignature(_) | Self::NotAnEvent(_) => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadSignature(_) => "bad_signature",
            Self::NotAnEvent(_) => "not_an_event",
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// Takes in what was posted to a webhook address: `header` is `Stripe-Signature`, `body` the bytes as
/// they came. Once this returns, the event is safe; the same event again is answered the same.
pub async fn receive(
    app: &App,
    endpoint: &str,
    header: &str,
    body: &[u8],
) -> Result<(), EventRefused> {
    let agency = random::agency_of(endpoint).ok_or(Stop::NotFound("webhook endpoint"))?;
    let account = gateway_account::in_agency(agency)
        .filter(gateway_account::Column::WebhookEndpoint.eq(endpoint))
        .one(app.db().system())
        .await?
        .ok_or(Stop::NotFound("webhook endpoint"))?;
    let tx = app.begin(&jobs::runner(account.agency_id)).await?;
    let secrets = gateway_accounts::webhook_secrets(app, &tx, &account).await?;
    secrets.verify(header, body, app.clock().now())?;
    let envelope = read_envelope(body)?;
    let gateway = gateway_accounts::open(app, &tx, account.clone()).await?;
    let wrong = if envelope.account != account.provider_account {
        Some("the event is of another account")
    } else {
        other_mode(&gateway, &envelope)
    };
    let came = Came { account: account.id, via: ReceivedVia::Webhook, wrong };
    store(&tx, came, &envelope, body).await?;
    tx.commit().await?;
    Ok(())
}

/// An event of test mode means nothing to a live account, and the reverse.
fn other_mode(gateway: &Gateway, envelope: &EventEnvelope) -> Option<&'static str> {
    (envelope.livemode != gateway.livemode).then_some("the event is of the other mode")
}

/// How an event came, and what is wrong with it, if anything: then it is kept and not processed.
#[derive(Clone, Copy)]
struct Came {
    account: GatewayAccountId,
    via: ReceivedVia,
    wrong: Option<&'static str>,
}

/// Stores an event that is new, with the job that processes it.
async fn store(tx: &Tx, came: Came, envelope: &EventEnvelope, body: &[u8]) -> Result<(), Fault> {
    let id = GatewayEventId(random::uuid());
    let state = if came.wrong.is_some() { EventState::Failed } else { EventState::Pending };
    let stored = gateway_event::Entity::insert(gateway_event::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        gateway_account_id: Set(came.account),
        event_id: Set(envelope.id.clone()),
        event_type: Set(envelope.kind.clone()),
        object_id: Set(envelope.object_id.clone()),
        payload: Set(body.to_vec()),
        received_via: Set(came.via),
        state: Set(state),
        attempts: Set(0),
        error: Set(came.wrong.map(str::to_owned)),
        received_at: Set(tx.now()),
        processed_at: Set(None),
    })
    .on_conflict(
        OnConflict::columns([
            gateway_event::Column::AgencyId,
            gateway_event::Column::GatewayAccountId,
            gateway_event::Column::EventId,
        ])
        .do_nothing()
        .to_owned(),
    )
    .exec_without_returning(tx)
    .await;
    let new = match stored {
        Ok(rows) => rows == 1,
        Err(sea_orm::DbErr::RecordNotInserted) => false,
        Err(err) => return Err(err.into()),
    };
    if new && came.wrong.is_none() {
        jobs::enqueue(tx, Job::ProcessGatewayEvent { event: id }).await?;
    }
    Ok(())
}

/// Processes a stored event: finds the payment it is about and checks it with the gateway.
pub async fn process(app: &App, runner: &JobRunner, id: GatewayEventId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let row = gateway_event::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("gateway event"))?;
    if row.state != EventState::Pending {
        return Ok(());
    }
    let envelope = read_envelope(&row.payload)
        .map_err(|_| Fault::Unexpected("a stored event that cannot be read"))?;
    if envelope.object_kind.as_deref() == Some("payout") {
        tx.commit().await?;
        let payout = envelope.object_id.as_deref().unwrap_or_default();
        payouts::check(app, runner, row.gateway_account_id, payout).await?;
        return finish(app, runner, row, EventState::Done).await;
    }
    let mut about = find_payment(&tx, &envelope).await?;
    let unknown = about.is_none() && envelope.references.is_none();
    if let Some(intent) = envelope.payment_intent.as_ref().filter(|_| unknown) {
        let gateway = gateway_accounts::open_by_id(app, &tx, row.gateway_account_id).await?;
        drop(tx);
        about = payment_behind(app, runner, &gateway, (intent, &envelope)).await?;
    } else {
        tx.commit().await?;
    }
    let mut state = EventState::Ignored;
    if let Some(payment) = about {
        payments::check(app, runner, payment, on_the_way_back(&envelope.kind)).await?;
        state = EventState::Done;
    }
    finish(app, runner, row, state).await
}

/// Whether an event tells of money that went back, or came again.
fn on_the_way_back(kind: &str) -> bool {
    kind.starts_with("refund.") || kind.starts_with("charge.dispute.") || kind == "charge.refunded"
}

async fn finish(
    app: &App,
    runner: &JobRunner,
    row: gateway_event::Model,
    state: EventState,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let mut done: gateway_event::ActiveModel = row.into();
    done.state = Set(state);
    done.processed_at = Set(Some(tx.now()));
    done.update(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The payment an event is about: by our own id in its metadata, else by the gateway's ids. A page
/// whose opening we have not recorded yet is remembered here, so that the check can ask for it.
async fn find_payment(tx: &Tx, envelope: &EventEnvelope) -> Result<Option<PaymentId>, Stop> {
    let ours = envelope.references.as_ref().filter(|r| r.agency == tx.agency());
    if let Some(references) = ours {
        return by_reference(tx, references.payment, envelope).await;
    }
    let mut by_id = Condition::any();
    let ids = [
        (payment::Column::CheckoutSessionId, envelope.object_id.as_ref()),
        (payment::Column::PaymentIntentId, envelope.payment_intent.as_ref()),
        (payment::Column::ChargeId, envelope.charge.as_ref()),
    ];
    for (column, id) in ids {
        if let Some(id) = id {
            by_id = by_id.add(column.eq(id.clone()));
        }
    }
    if by_id.is_empty() {
        return Ok(None);
    }
    let row = payment::in_agency(tx.agency())
        .filter(by_id)
        .filter(payment::Column::ReversesId.is_null())
        // What was posted anew after a part went back has the same charge, and a later id.
        .order_by_asc(payment::Column::Id)
        .one(tx)
        .await?;
    Ok(row.map(|row| row.id))
}

async fn by_reference(
    tx: &Tx,
    payment: PaymentId,
    envelope: &EventEnvelope,
) -> Result<Option<PaymentId>, Stop> {
    let Some(row) = payment::Entity::find_by_id((tx.agency(), payment)).one(tx).await? else {
        return Ok(None);
    };
    if row.checkout_session_id.is_some() {
        return Ok(Some(row.id));
    }
    // The opening of the page was interrupted, or given up, before its id was written down.
    let is_page = envelope.object_kind.as_deref() == Some("checkout.session");
    let Some(page) = envelope.object_id.clone().filter(|_| is_page) else {
        return Err(Fault::Outside("the payment page is not known yet".to_owned()).into());
    };
    payment::Entity::update_many()
        .col_expr(payment::Column::CheckoutSessionId, Expr::value(page))
        .filter(payment::Column::AgencyId.eq(tx.agency()))
        .filter(payment::Column::Id.eq(row.id))
        .filter(payment::Column::CheckoutSessionId.is_null())
        .exec(tx)
        .await?;
    Ok(Some(row.id))
}

/// The payment behind an event that names none of our rows, such as a dispute. One that has not
/// posted here does not know its ids at the gateway yet; the gateway knows ours.
async fn payment_behind(
    app: &App,
    runner: &JobRunner,
    gateway: &Gateway,
    (intent, envelope): (&str, &EventEnvelope),
) -> Result<Option<PaymentId>, Stop> {
    let seen = match gateway.stripe.payment_intent(intent).await {
        Ok(seen) => seen,
        Err(err) if err.is_missing() => return Ok(None),
        Err(err) => return Err(Fault::Outside(err.to_string()).into()),
    };
    let Some(ours) = seen.references.filter(|r| r.agency == runner.agency()) else {
        return Ok(None);
    };
    let tx = app.begin(runner).await?;
    by_reference(&tx, ours.payment, envelope).await
}

/// Asks the gateway for events that never reached us, and puts them into the same inbox. Does nothing
/// when it did so less than ten minutes ago.
pub async fn poll(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let Some(account) = gateway_accounts::active_row(&tx).await? else { return Ok(()) };
    let started = tx.now();
    if account.polled_until.is_some_and(|until| started - until < POLL_EVERY) {
        return Ok(());
    }
    let since = account.polled_until.unwrap_or(account.created_at) - OVERLAP;
    let gateway = gateway_accounts::open(app, &tx, account.clone()).await?;
    tx.commit().await?;
    let mut after: Option<String> = None;
    loop {
        let page = gateway
            .stripe
            .events_since(since, after.as_deref())
            .await
            .map_err(|err| Fault::Outside(err.to_string()))?;
        let tx = app.begin(runner).await?;
        for (envelope, text) in &page.events {
            let wrong = other_mode(&gateway, envelope);
            let came = Came { account: account.id, via: ReceivedVia::Poll, wrong };
            store(&tx, came, envelope, text.as_bytes()).await?;
        }
        tx.commit().await?;
        after = page.events.last().map(|(envelope, _)| envelope.id.clone());
        if !page.has_more || after.is_none() {
            break;
        }
    }
    let tx = app.begin(runner).await?;
    gateway_account::Entity::update_many()
        .col_expr(gateway_account::Column::PolledUntil, Expr::value(started))
        .filter(gateway_account::Column::AgencyId.eq(tx.agency()))
        .filter(gateway_account::Column::Id.eq(account.id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

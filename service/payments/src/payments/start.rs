//! The debtor wishes to pay: the wish is written down, the payment page is opened.

use super::checkout::lock;
use super::grounds::{Made, grounds};
use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use crate::gateway::calls::{self as gateway_calls, Progress};
use chrono::{DateTime, Duration, Utc};
use domain::compliance::{Evidence, Paying, may_pay};
use domain::payment::{PaymentKind, PaymentMethod, PaymentSource, PaymentState};
use domain::{AccountId, Amount, GatewayCallId, PaymentId};
use entity::{account, agency, payment};
use gateway::{CheckoutOrder, FundingGate, Language, Operation, References};
use kernel::actor::{Debtor, JobRunner, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs;
use kernel::random;
use kernel::stop::Stop;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

mod refused;

pub use refused::StartRefused;

/// How long a payment page stays open; the gateway wants at least half an hour.
const OPEN_FOR: Duration = Duration::minutes(60);

/// A payment page to be opened for a debtor.
#[derive(Debug, Clone)]
pub struct NewCheckout {
    /// The debt to pay.
    pub account: AccountId,
    /// How much, and what the debtor saw to be owed is checked again.
    pub amount: Amount,
    /// The one-time token of the form: the same form sent twice is one payment.
    pub form_id: Uuid,
    /// Where the payer goes after paying; the payment's id is added as `payment=`.
    pub return_url: String,
    /// Where the payer goes on turning back; the payment's id is added as `payment=`.
    pub back_url: String,
    /// The language of the page.
    pub language: Language,
    /// What was shown before paying (Visa rule for MCC 7322): original creditor, reference, contact.
    pub disclosure: Disclosure,
}

/// Proof of what was shown to the payer.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// SHA-256 of the text as shown.
    pub sha256: [u8; 32],
    /// When it was shown.
    pub shown_at: DateTime<Utc>,
}

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// Send the payer there.
    Page {
        /// The payment.
        payment: PaymentId,
        /// The payment page.
        url: String,
    },
    /// The gateway has not answered yet: show "one moment" and ask for the status.
    Preparing {
        /// The payment.
        payment: PaymentId,
    },
    /// This form was used before and its payment went on: show its status.
    WentOn {
        /// The payment.
        payment: PaymentId,
    },
}

/// Opens a payment page for the debtor. The same form twice, even at once, is one payment and one
/// page. An open page of the same account is closed first.
pub async fn start(app: &App, debtor: &Debtor, new: NewCheckout) -> Result<Started, StartRefused> {
    let payment = wish(app, debtor, &new).await?;
    let runner = jobs::runner(debtor.agency());
    if payment.state == PaymentState::Created {
        close_others(app, &runner, &payment).await?;
        if let Some(call) = plan(app, &runner, payment.id, &new).await? {
            gateway_calls::perform(app, &runner, call).await?;
        }
    }
    outcome(app, debtor, payment.id).await
}

/// Writes the wish down under the debtor's own scope, which is what lets nobody pay on, or learn of,
/// another's account. The form's payment is found again if it was sent before.
async fn wish(
    app: &App,
    debtor: &Debtor,
    new: &NewCheckout,
) -> Result<payment::Model, StartRefused> {
    let tx = app.begin(debtor).await?;
    let account = account::Entity::find_by_id((tx.agency(), new.account))
        .filter(account::Column::DebtorId.eq(debtor.id()))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    if let Some(known) = by_form(&tx, new.form_id).await? {
        return same(known, new);
    }
    may_be_paid(&tx, &account, new.amount).await?;
    let done = payment::Entity::insert(wished(&tx, &account, new))
        .on_conflict(
            OnConflict::columns([payment::Column::AgencyId, payment::Column::FormId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await;
    match done {
        Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => {}
        Err(err) => return Err(err.into()),
    }
    let row = by_form(&tx, new.form_id).await?.ok_or(StartRefused::FormReused)?;
    audit::write(
        &tx,
        audit::Entry {
            action: "payment.start",
            subject_type: "payment",
            subject_id: Some(row.id.0),
            after: Some(json!({"account": row.account_id, "amount": row.amount.to_decimal()})),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    same(row, new)
}

async fn by_form(tx: &Tx, form: Uuid) -> Result<Option<payment::Model>, Stop> {
    Ok(payment::in_agency(tx.agency()).filter(payment::Column::FormId.eq(form)).one(tx).await?)
}

fn same(row: payment::Model, new: &NewCheckout) -> Result<payment::Model, StartRefused> {
    if row.account_id == new.account && row.amount == new.amount.money() {
        Ok(row)
    } else {
        Err(StartRefused::FormReused)
    }
}

async fn may_be_paid(
    tx: &Tx,
    account: &account::Model,
    amount: Amount,
) -> Result<(), StartRefused> {
    let case = accounts::case(tx, account).await?;
    let decision = may_pay(&case, &Paying { amount: Some(amount), ..accounts::on_site() });
    let Some(stops) = decision.blocking().next() else { return Ok(()) };
    Err(match stops.evidence.first() {
        Some(Evidence::Restriction(kind)) => StartRefused::Restricted(*kind),
        Some(Evidence::Payable(payable)) => StartRefused::OverBalance { payable: *payable },
        Some(Evidence::Least(least)) => StartRefused::BelowMinimum { least: *least },
        Some(Evidence::Status(_)) | None => StartRefused::Status(account.status),
    })
}

fn wished(tx: &Tx, account: &account::Model, new: &NewCheckout) -> payment::ActiveModel {
    payment::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(PaymentId(random::uuid())),
        account_id: Set(account.id),
        creditor_id: Set(account.creditor_id),
        debtor_id: Set(account.debtor_id),
        kind: Set(PaymentKind::PaidAgency),
        method: Set(PaymentMethod::Online),
        state: Set(PaymentState::Created),
        amount: Set(new.amount.money()),
        source: Set(PaymentSource::Portal),
        form_id: Set(Some(new.form_id)),
        // On the debtor site the debtor chooses the debt.
        direction: Set(Some(json!({ "directed": true }))),
        disclosure_sha256: Set(Some(new.disclosure.sha256.to_vec())),
        disclosed_at: Set(Some(new.disclosure.shown_at)),
        entered_at: Set(tx.now()),
        entered_by: Set(tx.signature().name.clone()),
        version: Set(1),
        ..Default::default()
    }
}

/// Closes the open pages of the same account, so that one debt is not paid twice by accident.
async fn close_others(
    app: &App,
    runner: &JobRunner,
    payment: &payment::Model,
) -> Result<(), StartRefused> {
    let tx = app.begin(runner).await?;
    let open = payment::in_agency(tx.agency())
        .filter(payment::Column::AccountId.eq(payment.account_id))
        .filter(payment::Column::Id.ne(payment.id))
        .filter(payment::Column::State.eq(PaymentState::SessionOpen))
        .one(&tx)
        .await?;
    let Some(open) = open else { return Ok(()) };
    let (Some(page), Some(gateway)) = (&open.checkout_session_id, open.gateway_account_id) else {
        return Ok(());
    };
    let call = match gateway_calls::open_call(&tx, open.id, Operation::CheckoutExpire).await? {
        Some(call) => call.id,
        None => {
            let gateway = gateway_accounts::open_by_id(app, &tx, gateway).await?;
            let call = GatewayCallId(random::uuid());
            let planned = gateway.stripe.plan_checkout_expiry(page, call);
            gateway_calls::journal(&tx, call, gateway.id, Some(open.id), &planned).await?;
            call
        }
    };
    tx.commit().await?;
    match gateway_calls::perform(app, runner, call).await? {
        Progress::Done => Ok(()),
        // It cannot be closed because it was paid on, or closed itself: see what became of it.
        Progress::Refused => Ok(super::check(app, runner, open.id, false).await?),
        Progress::Waiting | Progress::NotOurs => Err(StartRefused::AnotherInProgress),
    }
}

/// Decides under the account's lock and writes the call down. Nothing when the payment went on
/// meanwhile, or when somebody is sending its call.
async fn plan(
    app: &App,
    runner: &JobRunner,
    id: PaymentId,
    new: &NewCheckout,
) -> Result<Option<GatewayCallId>, StartRefused> {
    let tx = app.begin(runner).await?;
    let (account, payment) = lock(&tx, id).await?;
    if payment.state != PaymentState::Created {
        return Ok(None);
    }
    if let Some(call) = gateway_calls::open_call(&tx, id, Operation::CheckoutCreate).await? {
        return Ok(Some(call.id));
    }
    may_be_paid(&tx, &account, new.amount).await?;
    nobody_else(&tx, &payment).await?;
    let grounds = grounds(&tx, &account, Made::At(tx.now()), None).await?;
    let row = gateway_accounts::active_row(&tx).await?.ok_or(StartRefused::NoGateway)?;
    let gateway = gateway_accounts::open(app, &tx, row).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let call = GatewayCallId(random::uuid());
    let gate = if agency.blocks_credit_cards {
        FundingGate::RefuseCredit
    } else {
        FundingGate::TakeCredit
    };
    let order = CheckoutOrder {
        references: references(&tx, &gateway, id, call),
        amount: new.amount,
        currency: grounds.currency,
        product: product(new.language).to_owned(),
        gate,
        bank_debit: true,
        customer: None,
        success_url: with_payment(&new.return_url, id),
        cancel_url: with_payment(&new.back_url, id),
        expires_at: tx.now() + OPEN_FOR,
        language: new.language,
    };
    let planned = gateway.stripe.plan_checkout(&order);
    gateway_calls::journal(&tx, call, gateway.id, Some(id), &planned).await?;
    let mut row: payment::ActiveModel = payment.into();
    row.gateway_account_id = Set(Some(gateway.id));
    row.update(&tx).await?;
    tx.commit().await?;
    Ok(Some(call))
}

/// One page at a time for an account.
async fn nobody_else(tx: &Tx, payment: &payment::Model) -> Result<(), StartRefused> {
    let others = payment::in_agency(tx.agency())
        .filter(payment::Column::AccountId.eq(payment.account_id))
        .filter(payment::Column::Id.ne(payment.id))
        .filter(payment::Column::State.is_in([PaymentState::Created, PaymentState::SessionOpen]))
        .all(tx)
        .await?;
    for other in others {
        let busy = other.state == PaymentState::SessionOpen
            || gateway_calls::open_call(tx, other.id, Operation::CheckoutCreate).await?.is_some();
        if busy {
            return Err(StartRefused::AnotherInProgress);
        }
    }
    Ok(())
}

pub fn references(
    tx: &Tx,
    gateway: &Gateway,
    payment: PaymentId,
    attempt: GatewayCallId,
) -> References {
    let environment = if gateway.livemode { "live" } else { "test" }.to_owned();
    References { agency: tx.agency(), payment, attempt, environment }
}

/// What the payment page calls it: no word about a debt.
fn product(language: Language) -> &'static str {
    match language {
        Language::English => "Payment",
        Language::Spanish => "Pago",
    }
}

fn with_payment(url: &str, payment: PaymentId) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}payment={payment}")
}

/// Tells what became of the wish; waits a little for another submit of the same form that is at
/// the gateway right now.
async fn outcome(app: &App, debtor: &Debtor, id: PaymentId) -> Result<Started, StartRefused> {
    for turn in 0..20 {
        let tx = app.begin(debtor).await?;
        let row = payment::Entity::find_by_id((tx.agency(), id))
            .one(&tx)
            .await?
            .ok_or(Stop::NotFound("payment"))?;
        drop(tx);
        match row.state {
            PaymentState::SessionOpen => {
                if let Some(url) = row.checkout_url {
                    return Ok(Started::Page { payment: id, url });
                }
            }
            PaymentState::Created => {}
            PaymentState::Failed if row.checkout_session_id.is_none() => {
                return Err(StartRefused::GatewayRefused);
            }
            PaymentState::Processing
            | PaymentState::Succeeded
            | PaymentState::Reversed
            | PaymentState::Failed
            | PaymentState::Expired
            | PaymentState::Canceled => return Ok(Started::WentOn { payment: id }),
        }
        if turn < 19 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    Ok(Started::Preparing { payment: id })
}

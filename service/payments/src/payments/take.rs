//! Entering a payment that came by other means than the gateway: check, cash, wire, money order, or
//! one that the creditor reported (PC).

mod refused;

pub use refused::TakeRefused;

use super::fee_override::Own;
use super::grounds::{Grounds, Made, grounds};
use super::post::{self, Arrived, FromGateway};
use super::read::{self, PaymentView};
use chrono::NaiveDate;
use domain::account::Restriction;
use domain::commission::Schedule;
use domain::compliance::{Case, Finding, Payer, Paying, may_pay};
use domain::hold::Holding;
use domain::payment::{PaymentKind, PaymentMethod, PaymentSource, PaymentState};
use domain::{AccountId, Amount, Currency, Money, PaymentId, Permission};
use entity::{account, payment};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Stop;
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// A payment that somebody enters.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// The debt it pays.
    pub account: AccountId,
    /// Paid to the agency or to the creditor.
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// Of a PA: what the forwarder kept of it.
    pub forwarder_fee: Option<Amount>,
    /// When the debtor paid; today unless told.
    pub effective_on: Option<NaiveDate>,
    /// When it went to the bank, where it did.
    pub deposited_on: Option<NaiveDate>,
    /// Check number or whatever else a person wants to find it by.
    pub memo: Option<String>,
    /// The debtor chose this debt. Without it nothing goes to a disputed one (15 USC 1692h).
    pub directed: bool,
}

/// Enters and posts a payment. More than is owed is taken too: the rest belongs to the debtor.
/// A closed account takes it as well: late payments are not sent back.
pub async fn take(
    app: &App,
    actor: &Actor,
    new: NewPayment,
    once: &Once,
) -> Result<Answer<PaymentId>, TakeRefused> {
    let Answer { value, replayed } = take_shown(app, actor, new, once).await?;
    Ok(Answer { value: value.id, replayed })
}

/// [`take`] for whoever shows the payment: it comes as it was written, without reading it again.
pub async fn take_shown(
    app: &App,
    actor: &Actor,
    new: NewPayment,
    once: &Once,
) -> Result<Answer<PaymentView>, TakeRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    by_hand(&new)?;
    let tx = app.begin(actor).await?;
    if let Some(id) = once.claim(&tx).await? {
        return Ok(Answer::again(read::find(&tx, id).await?));
    }
    let account = locked(&tx, new.account).await?;
    let posted = enter(&tx, &account, &new, Entering::default()).await?;
    once.keep(&tx, &posted.id).await?;
    tx.commit().await?;
    Ok(Answer::first(posted))
}

/// The account that a payment will be posted on.
pub async fn locked(tx: &Tx, account: AccountId) -> Result<account::Model, Stop> {
    account::Entity::find_by_id((tx.agency(), account))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))
}

/// How a payment is entered, where it is more than one by itself.
#[derive(Default)]
pub struct Entering {
    /// Who entered it, where another person's approval posts it.
    pub by: Option<String>,
    /// The spread that it is a part of.
    pub spread: Option<Uuid>,
    /// How the payer wanted it spread.
    pub direction: Option<serde_json::Value>,
    /// The commission that two people chose for it.
    pub own: Option<Own>,
    /// The day on which the money behind a credit has cleared.
    pub available_on: Option<NaiveDate>,
}

/// Enters and posts a payment on a locked account, in the caller's transaction.
pub async fn enter(
    tx: &Tx,
    account: &account::Model,
    new: &NewPayment,
    how: Entering,
) -> Result<PaymentView, TakeRefused> {
    let (schedule, signed) = how.own.map(|own| (own.schedule, own.signed)).unzip();
    let grounds = admit(tx, account, new, schedule).await?;
    let by = how.by.unwrap_or_else(|| tx.signature().name.clone());
    let row = payment::Model { spread_id: how.spread, ..entered(tx, account, new, by) };
    let row = match how.direction {
        Some(direction) => payment::Model { direction: Some(direction), ..row },
        None => row,
    };
    let arrived = Arrived {
        kind: new.kind,
        method: new.method,
        amount: new.amount,
        forwarder_fee: new.forwarder_fee,
        deposited_on: new.deposited_on,
        gateway: FromGateway { available_on: how.available_on, ..FromGateway::default() },
    };
    Ok(Box::pin(post::post(tx, account, &row, (&grounds, signed.as_ref()), &arrived)).await?)
}

/// Whether a payment can be entered on a locked account, and on what grounds it would post.
pub(super) async fn admit(
    tx: &Tx,
    account: &account::Model,
    new: &NewPayment,
    schedule: Option<Schedule>,
) -> Result<Grounds, TakeRefused> {
    plausible(new, tx.now().date_naive())?;
    let made = new.effective_on.map_or(Made::At(tx.now()), Made::On);
    let grounds = grounds(tx, account, made, schedule).await?;
    // A creditor was paid on this very debt: there is nothing left to direct.
    let directed = new.directed || new.kind == PaymentKind::PaidCreditor;
    takes(account, &grounds, directed)?;
    let banked_tomorrow = new.deposited_on.is_some_and(|day| day > grounds.today);
    if grounds.effective_on > grounds.today || banked_tomorrow {
        return Err(TakeRefused::InTheFuture);
    }
    if new.currency != grounds.currency {
        return Err(TakeRefused::WrongCurrency(grounds.currency));
    }
    Ok(grounds)
}

/// Whether an account takes a payment that came: the law may stop it, and nothing goes to a disputed
/// debt unless the debtor chose it (15 USC 1692h).
fn takes(account: &account::Model, grounds: &Grounds, directed: bool) -> Result<(), TakeRefused> {
    let case = Case {
        status: account.status,
        restrictions: grounds.restrictions.clone(),
        owed: accounts::owed_on(account),
        in_flight: Money::ZERO,
        least_part: Money::ZERO,
        blocks_credit_cards: false,
        agreement: accounts::agreement(account.status),
    };
    let came = Paying { payer: Payer::Received, amount: None, directed, funding: None };
    let decision = may_pay(&case, &came);
    let stops = decision.blocking().find_map(Finding::restriction);
    match stops {
        None => Ok(()),
        Some(Restriction::Dispute) => Err(TakeRefused::Disputed),
        Some(stops) => Err(TakeRefused::Restricted(stops)),
    }
}

/// Keeps what cannot be meant away from the books.
pub(super) fn plausible(new: &NewPayment, today: NaiveDate) -> Result<(), TakeRefused> {
    for day in [new.effective_on, new.deposited_on].into_iter().flatten() {
        let ago = today.signed_duration_since(day).num_days();
        if ago < -1 {
            return Err(TakeRefused::InTheFuture);
        }
        if ago > 3_653 {
            return Err(TakeRefused::TooLongAgo);
        }
    }
    if new.memo.as_ref().is_some_and(|memo| memo.chars().count() > 500) {
        return Err(TakeRefused::LongMemo);
    }
    Ok(())
}

/// Whether this is a payment that somebody may enter at all.
pub fn by_hand(new: &NewPayment) -> Result<(), TakeRefused> {
    if new.kind.is_return() {
        return Err(TakeRefused::IsReturn);
    }
    if new.forwarder_fee.is_some() && new.kind != PaymentKind::PaidForwarder {
        return Err(TakeRefused::FeeWithoutForwarder);
    }
    match new.method {
        // A creditor may well have been paid by card: that money never touched our gateway.
        PaymentMethod::Card | PaymentMethod::Ach if new.kind == PaymentKind::PaidCreditor => Ok(()),
        PaymentMethod::Online | PaymentMethod::Card | PaymentMethod::Ach => {
            Err(TakeRefused::NotByHand)
        }
        PaymentMethod::Check
        | PaymentMethod::Cash
        | PaymentMethod::Wire
        | PaymentMethod::MoneyOrder => Ok(()),
        // A credit is moved, which takes it from where it is.
        PaymentMethod::DebtorCredit => Err(TakeRefused::NotByHand),
    }
}

/// The row of a payment that posting will write.
fn entered(
    tx: &Tx,
    account: &account::Model,
    new: &NewPayment,
    entered_by: String,
) -> payment::Model {
    let source = match tx.signature().kind {
        "api_key" => PaymentSource::Api,
        _ => PaymentSource::Staff,
    };
    payment::Model {
        agency_id: tx.agency(),
        id: PaymentId(random::uuid()),
        account_id: account.id,
        creditor_id: account.creditor_id,
        debtor_id: account.debtor_id,
        kind: new.kind,
        method: new.method,
        state: PaymentState::Created,
        amount: new.amount.money(),
        applied: None,
        overpaid: None,
        source,
        form_id: None,
        gateway_account_id: None,
        customer_id: None,
        checkout_session_id: None,
        checkout_url: None,
        session_expires_at: None,
        payment_intent_id: None,
        charge_id: None,
        card_brand: None,
        last4: None,
        card_funding: None,
        failure_code: None,
        processor_fee: None,
        disclosure_sha256: None,
        disclosed_at: None,
        contract_id: None,
        commission_rate: None,
        commission: None,
        reverses_id: None,
        reversal_reason: None,
        memo: new.memo.clone(),
        effective_on: None,
        entered_at: tx.now(),
        posted_at: None,
        deposited_on: None,
        available_on: None,
        entered_by,
        version: 1,
        forwarder_fee: None,
        commission_basis: None,
        tax: None,
        commission_level: None,
        schedule_id: None,
        commission_detail: None,
        holding: Holding::Normal,
        spread_id: None,
        direction: new.directed.then(|| json!({ "directed": true })),
        statement_id: None,
        payout_id: None,
    }
}

//! The state of a payment at Stripe, in our words, at one moment.

use crate::checkout::References;
use chrono::{DateTime, Utc};
use domain::payment::PaymentMethod;
use domain::{Currency, Money};
use stripe_shared::{
    BalanceTransaction, Charge, CheckoutSession, Dispute, PaymentIntent, PaymentMethodDetails,
    Refund,
};
use stripe_types::Expandable;

/// A payment page.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckoutSnapshot {
    /// Its id at Stripe (`cs_…`).
    pub id: String,
    /// Where the payer pays, while it is open.
    pub url: Option<String>,
    /// Whether it is open.
    pub state: CheckoutState,
    /// Whether Stripe says that it is paid.
    pub paid: bool,
    /// Whether real money moves.
    pub livemode: bool,
    /// What was asked for, before anything was paid.
    pub amount: Option<Money>,
    /// Its currency; none when it is not one that we keep books in.
    pub currency: Option<Currency>,
    /// Our rows; none when it was not made by us.
    pub references: Option<References>,
    /// The customer at Stripe.
    pub customer: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it closes by itself.
    pub expires_at: DateTime<Utc>,
    /// The id of the payment behind it (`pi_…`), once there is one.
    pub payment_intent: Option<String>,
    /// The payment behind it, where the answer contains it.
    pub intent: Option<IntentSnapshot>,
}

/// Whether a payment page is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutState {
    /// The payer may pay.
    Open,
    /// The payer went through it; the bank may still be at work.
    Complete,
    /// Closed without a payment.
    Expired,
    /// A word we do not know.
    Unheard,
}

/// Where a payment stands according to its page and the payment behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckoutOutcome {
    /// The payer may still pay.
    Open,
    /// The bank is at work.
    Processing,
    /// Paid, by this charge.
    Paid(ChargeSnapshot),
    /// The page closed unpaid.
    Expired,
    /// The bank refused after the payer went through the page.
    Failed(Refusal),
    /// Stripe's answer does not hold it: ask again.
    Unclear,
}

impl CheckoutSnapshot {
    /// Where the payment stands. `Paid` needs the charge, so only an answer that contains the
    /// payment behind the page holds it.
    pub fn outcome(&self) -> CheckoutOutcome {
        match self.state {
            CheckoutState::Open => CheckoutOutcome::Open,
            CheckoutState::Expired => CheckoutOutcome::Expired,
            CheckoutState::Unheard => CheckoutOutcome::Unclear,
            CheckoutState::Complete => {
                self.intent.as_ref().map_or(CheckoutOutcome::Unclear, IntentSnapshot::outcome)
            }
        }
    }
}

/// The payment behind a page.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentSnapshot {
    /// Its id at Stripe (`pi_…`).
    pub id: String,
    /// Where it stands.
    pub state: IntentState,
    /// What was asked for.
    pub amount: Money,
    /// What was received.
    pub received: Money,
    /// Its currency; none when it is not one that we keep books in.
    pub currency: Option<Currency>,
    /// Whether real money moves.
    pub livemode: bool,
    /// Our rows; none when it was not made by us.
    pub references: Option<References>,
    /// The last charge, where the answer contains it.
    pub charge: Option<ChargeSnapshot>,
    /// Why the last attempt was refused.
    pub refusal: Option<Refusal>,
}

/// Where the payment behind a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    /// The payer has to do something.
    AwaitingPayer,
    /// The bank is at work.
    Processing,
    /// Paid.
    Succeeded,
    /// Given up.
    Canceled,
    /// A word we do not know.
    Unheard,
}

impl IntentSnapshot {
    /// Where the payment stands once the payer has gone through the page.
    pub fn outcome(&self) -> CheckoutOutcome {
        match self.state {
            IntentState::Succeeded => {
                self.charge.clone().map_or(CheckoutOutcome::Unclear, CheckoutOutcome::Paid)
            }
            IntentState::Processing => CheckoutOutcome::Processing,
            IntentState::Canceled | IntentState::AwaitingPayer => {
                CheckoutOutcome::Failed(self.refusal.clone().unwrap_or_default())
            }
            IntentState::Unheard => CheckoutOutcome::Unclear,
        }
    }
}

/// Why a bank refused, in Stripe's codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// Stripe's code, such as `card_declined`.
    pub code: Option<String>,
    /// The bank's code, such as `insufficient_funds`.
    pub decline_code: Option<String>,
}

/// Money taken from a card or a bank account.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeSnapshot {
    /// Its id at Stripe (`ch_…` or `py_…`); it posts to the ledger once.
    pub id: String,
    /// Where it stands.
    pub state: ChargeState,
    /// What was taken.
    pub amount: Money,
    /// What was given back of it.
    pub refunded: Money,
    /// Whether the payer's bank disputes it or took it back.
    pub disputed: bool,
    /// Its currency; none when it is not one that we keep books in.
    pub currency: Option<Currency>,
    /// When it was taken.
    pub created_at: DateTime<Utc>,
    /// The payment behind it (`pi_…`).
    pub payment_intent: Option<String>,
    /// What it was taken from.
    pub method: MethodSnapshot,
    /// What it does to the balance at Stripe, where the answer contains it.
    pub funds: Option<Funds>,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeState {
    /// The bank is at work.
    Pending,
    /// Taken.
    Succeeded,
    /// Refused.
    Failed,
    /// A word we do not know.
    Unheard,
}

/// What a charge was taken from. Enough to tell it apart on a receipt, not enough to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodSnapshot {
    /// Card, bank account, or unknown.
    pub kind: PaymentMethod,
    /// A card's funding: `debit`, `credit`, `prepaid`.
    pub funding: Option<String>,
    /// A card's brand or the bank's name.
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
}

/// What a charge or refund does to the balance at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funds {
    /// The id of the balance transaction (`txn_…`).
    pub id: String,
    /// What Stripe keeps.
    pub fee: Money,
    /// What it adds to the balance.
    pub net: Money,
    /// When the money may be paid out.
    pub available_at: DateTime<Utc>,
}

/// Money on its way back to the payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSnapshot {
    /// Its id at Stripe (`re_…`).
    pub id: String,
    /// Where it stands.
    pub state: RefundState,
    /// In the currency of the charge.
    pub amount: Money,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// The charge it belongs to.
    pub charge: Option<String>,
    /// The payment it belongs to.
    pub payment_intent: Option<String>,
    /// Our rows; none when it was not made by us.
    pub references: Option<References>,
}

/// Money that the payer's bank asks for, or has taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeSnapshot {
    /// Its id at Stripe (`du_…`).
    pub id: String,
    /// The charge it is about.
    pub charge: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// What was taken for it; zero while the bank only inquires.
    pub withdrawn: Money,
    /// What was given back of it, because it was won.
    pub reinstated: Money,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// On its way.
    Pending,
    /// Given back.
    Succeeded,
    /// Not given back: the money is with us again.
    Failed,
    /// A word we do not know.
    Unheard,
}

impl From<CheckoutSession> for CheckoutSnapshot {
    fn from(session: CheckoutSession) -> Self {
        Self {
            id: session.id.as_str().to_owned(),
            url: session.url,
            state: match session.status.as_ref().map_or("", |status| status.as_str()) {
                "open" => CheckoutState::Open,
                "complete" => CheckoutState::Complete,
                "expired" => CheckoutState::Expired,
                _ => CheckoutState::Unheard,
            },
            paid: session.payment_status.as_str() == "paid",
            livemode: session.livemode,
            amount: session.amount_total.map(Money::from_minor),
            currency: session.currency.as_ref().and_then(currency),
            references: session.metadata.as_ref().and_then(References::read),
            customer: session.customer.as_ref().map(|c| c.id().as_str().to_owned()),
            created_at: instant(session.created),
            expires_at: instant(session.expires_at),
            payment_intent: session.payment_intent.as_ref().map(|p| p.id().as_str().to_owned()),
            intent: session.payment_intent.and_then(Expandable::into_object).map(Into::into),
        }
    }
}

impl From<PaymentIntent> for IntentSnapshot {
    fn from(intent: PaymentIntent) -> Self {
        Self {
            id: intent.id.as_str().to_owned(),
            state: match intent.status.as_str() {
                "succeeded" => IntentState::Succeeded,
                "processing" | "requires_capture" => IntentState::Processing,
                "canceled" => IntentState::Canceled,
                "requires_payment_method" | "requires_confirmation" | "requires_action" => {
                    IntentState::AwaitingPayer
                }
                _ => IntentState::Unheard,
            },
            amount: Money::from_minor(intent.amount),
            received: Money::from_minor(intent.amount_received),
            currency: currency(&intent.currency),
            livemode: intent.livemode,
            references: References::read(&intent.metadata),
            charge: intent.latest_charge.and_then(Expandable::into_object).map(Into::into),
            refusal: intent.last_payment_error.map(|error| Refusal {
                code: error.code.map(|code| code.as_str().to_owned()),
                decline_code: error.decline_code,
            }),
        }
    }
}

impl From<Charge> for ChargeSnapshot {
    fn from(charge: Charge) -> Self {
        Self {
            id: charge.id.as_str().to_owned(),
            state: match charge.status.as_str() {
                "succeeded" => ChargeState::Succeeded,
                "pending" => ChargeState::Pending,
                "failed" => ChargeState::Failed,
                _ => ChargeState::Unheard,
            },
            amount: Money::from_minor(charge.amount),
            refunded: Money::from_minor(charge.amount_refunded),
            disputed: charge.disputed,
            currency: currency(&charge.currency),
            created_at: instant(charge.created),
            payment_intent: charge.payment_intent.map(|p| p.id().as_str().to_owned()),
            method: charge.payment_method_details.map_or(MethodSnapshot::UNKNOWN, Into::into),
            funds: charge.balance_transaction.and_then(Expandable::into_object).map(Into::into),
        }
    }
}

impl MethodSnapshot {
    const UNKNOWN: Self =
        Self { kind: PaymentMethod::Online, funding: None, brand: None, last4: None };
}

impl From<PaymentMethodDetails> for MethodSnapshot {
    fn from(details: PaymentMethodDetails) -> Self {
        if let Some(card) = details.card {
            return Self {
                kind: PaymentMethod::Card,
                funding: card.funding,
                brand: card.brand,
                last4: card.last4,
            };
        }
        if let Some(bank) = details.us_bank_account {
            return Self {
                kind: PaymentMethod::Ach,
                funding: None,
                brand: bank.bank_name,
                last4: bank.last4,
            };
        }
        Self::UNKNOWN
    }
}

impl From<BalanceTransaction> for Funds {
    fn from(txn: BalanceTransaction) -> Self {
        Self {
            id: txn.id.as_str().to_owned(),
            fee: Money::from_minor(txn.fee),
            net: Money::from_minor(txn.net),
            available_at: instant(txn.available_on),
        }
    }
}

impl From<Refund> for RefundSnapshot {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id.as_str().to_owned(),
            state: match refund.status.as_deref().unwrap_or_default() {
                "succeeded" => RefundState::Succeeded,
                "pending" | "requires_action" => RefundState::Pending,
                "failed" | "canceled" => RefundState::Failed,
                _ => RefundState::Unheard,
            },
            amount: Money::from_minor(refund.amount),
            created_at: instant(refund.created),
            charge: refund.charge.map(|c| c.id().as_str().to_owned()),
            payment_intent: refund.payment_intent.map(|p| p.id().as_str().to_owned()),
            references: refund.metadata.as_ref().and_then(References::read),
        }
    }
}

impl From<Dispute> for DisputeSnapshot {
    fn from(dispute: Dispute) -> Self {
        let amounts = || dispute.balance_transactions.iter().map(|txn| txn.amount);
        let sum = |one: fn(&i64) -> bool| {
            amounts().filter(one).fold(0_i64, |sum, amount| sum.saturating_add(amount))
        };
        Self {
            withdrawn: Money::from_minor(sum(|amount| *amount < 0).saturating_neg()),
            reinstated: Money::from_minor(sum(|amount| *amount > 0)),
            id: dispute.id.as_str().to_owned(),
            charge: dispute.charge.id().as_str().to_owned(),
            created_at: instant(dispute.created),
        }
    }
}

pub(crate) fn currency(currency: &stripe_types::Currency) -> Option<Currency> {
    match currency.to_string().to_ascii_lowercase().as_str() {
        "usd" => Some(Currency::Usd),
        "cad" => Some(Currency::Cad),
        _ => None,
    }
}

/// Stripe counts seconds; a second outside of the calendar is no second of Stripe's.
pub(crate) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

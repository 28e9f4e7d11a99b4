//! Payouts: what Stripe sent to the bank, and what it was made of.

use crate::call::CallError;
use crate::snapshot::{currency, instant};
use crate::stripe::Stripe;
use chrono::{DateTime, Utc};
use domain::{Currency, Money};
use stripe_client_core::StripeRequest;
use stripe_core::balance_transaction::ListBalanceTransaction;
use stripe_core::payout::RetrievePayout;
use stripe_shared::{BalanceTransaction, Payout};

/// Pages of this many; Stripe's most.
const PAGE: i64 = 100;
/// A payout has no more pages of movements than this; one that had more would not be read in part.
const PAGES: usize = 1_000;

/// A payout, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutSnapshot {
    /// Its id at Stripe (`po_…`).
    pub id: String,
    /// Where it stands.
    pub state: PayoutState,
    /// What reaches the bank; below zero: taken from it.
    pub amount: Money,
    /// Its currency; none when it is not one that we keep books in.
    pub currency: Option<Currency>,
    /// When it reaches the bank.
    pub arrives_at: DateTime<Utc>,
    /// Whether Stripe made it by its schedule: only then its lines can be listed.
    pub automatic: bool,
    /// Whether real money moves.
    pub livemode: bool,
    /// Why the bank did not take it.
    pub failure_code: Option<String>,
}

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutState {
    /// On its way.
    OnItsWay,
    /// In the bank.
    Paid,
    /// Not taken by the bank, or sent back: the money is with Stripe again.
    Failed,
    /// A word we do not know.
    Unheard,
}

/// One movement of the balance at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Its id (`txn_…`).
    pub id: String,
    /// Stripe's word for its kind.
    pub kind: MovementKind,
    /// What caused it: a charge, refund, dispute or payout.
    pub source: Option<String>,
    /// Above zero came in, below zero went out.
    pub amount: Money,
    /// What Stripe kept for it.
    pub fee: Money,
    /// The amount less the fee.
    pub net: Money,
    /// Its currency; none when it is not one that we keep books in.
    pub currency: Option<Currency>,
}

/// What a movement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MovementKind {
    /// A payer paid.
    Charge,
    /// A payer got money back.
    Refund,
    /// A refund did not reach the payer.
    RefundFailure,
    /// A payer's bank took the money back.
    Dispute,
    /// A dispute was won.
    DisputeReversal,
    /// A payout was sent back by the bank.
    PayoutFailure,
    /// The payout itself, which takes the money out.
    Payout,
    /// Anything else, by Stripe's reporting category.
    Other(String),
}

impl Stripe {
    /// A payout.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn payout(&self, payout: &str) -> Result<PayoutSnapshot, CallError> {
        RetrievePayout::new(payout).customize().send(self).await.map(PayoutSnapshot::from)
    }

    /// Everything a payout is made of, the payout itself included; all of it or an error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn payout_movements(&self, payout: &str) -> Result<Vec<Movement>, CallError> {
        let mut found: Vec<Movement> = Vec::new();
        for _ in 0..PAGES {
            let mut request = ListBalanceTransaction::new().payout(payout).limit(PAGE);
            if let Some(last) = found.last() {
                request = request.starting_after(last.id.clone());
            }
            let page = request.customize().send(self).await?;
            found.extend(page.data.into_iter().map(Movement::from));
            if !page.has_more {
                return Ok(found);
            }
        }
        Err(CallError::UnknownOutcome {
            reason: "the payout has more movements than are read".to_owned(),
            status: None,
            request_id: None,
            replayed: false,
            body: None,
        })
    }
}

impl From<Payout> for PayoutSnapshot {
    fn from(payout: Payout) -> Self {
        Self {
            id: payout.id.as_str().to_owned(),
            state: match payout.status.as_str() {
                "pending" | "in_transit" => PayoutState::OnItsWay,
                "paid" => PayoutState::Paid,
                "failed" | "canceled" => PayoutState::Failed,
                _ => PayoutState::Unheard,
            },
            amount: Money::from_minor(payout.amount),
            currency: currency(&payout.currency),
            arrives_at: instant(payout.arrival_date),
            automatic: payout.automatic,
            livemode: payout.livemode,
            failure_code: payout.failure_code,
        }
    }
}

impl From<BalanceTransaction> for Movement {
    fn from(txn: BalanceTransaction) -> Self {
        Self {
            id: txn.id.as_str().to_owned(),
            kind: match (txn.reporting_category.as_str(), txn.type_.as_str()) {
                ("charge", _) => MovementKind::Charge,
                ("refund", _) => MovementKind::Refund,
                ("refund_failure", _) => MovementKind::RefundFailure,
                ("dispute", _) => MovementKind::Dispute,
                ("dispute_reversal", _) => MovementKind::DisputeReversal,
                (_, "payout_failure") => MovementKind::PayoutFailure,
                (_, "payout") => MovementKind::Payout,
                (other, _) => MovementKind::Other(other.to_owned()),
            },
            source: txn.source.as_ref().map(|source| source.id().as_str().to_owned()),
            amount: Money::from_minor(txn.amount),
            fee: Money::from_minor(txn.fee),
            net: Money::from_minor(txn.net),
            currency: currency(&txn.currency),
        }
    }
}

//! Questions: the state at Stripe now. They change nothing and need no journal.

use crate::call::{CallError, Method, Operation, PlannedCall};
use crate::event::EventPage;
use crate::snapshot::{
    ChargeSnapshot, CheckoutSnapshot, DisputeSnapshot, Funds, IntentSnapshot, RefundSnapshot,
};
use crate::stripe::Stripe;
use chrono::{DateTime, Utc};
use stripe_checkout::checkout_session::{ListCheckoutSession, RetrieveCheckoutSession};
use stripe_client_core::StripeRequest;
use stripe_core::balance_transaction::RetrieveBalanceTransaction;
use stripe_core::charge::RetrieveCharge;
use stripe_core::dispute::{ListDispute, RetrieveDispute};
use stripe_core::event::ListEvent;
use stripe_core::payment_intent::{ListPaymentIntent, RetrievePaymentIntent};
use stripe_core::refund::{ListRefund, RetrieveRefund};
use stripe_types::{RangeBoundsTs, RangeQueryTs};

/// Pages of this many; Stripe's most.
const PAGE: i64 = 100;
/// No look-up reads more than this many pages: a window that holds more was chosen wrongly.
const PAGES: usize = 50;

impl Stripe {
    /// A payment page, with the payment, the charge and the funds behind it.
    pub async fn checkout(&self, session: &str) -> Result<CheckoutSnapshot, CallError> {
        RetrieveCheckoutSession::new(session)
            .expand(vec!["payment_intent.latest_charge.balance_transaction".to_owned()])
            .customize()
            .send(self)
            .await
            .map(CheckoutSnapshot::from)
    }

    /// A payment, with its charge and funds.
    pub async fn payment_intent(&self, intent: &str) -> Result<IntentSnapshot, CallError> {
        RetrievePaymentIntent::new(intent)
            .expand(vec!["latest_charge.balance_transaction".to_owned()])
            .customize()
            .send(self)
            .await
            .map(IntentSnapshot::from)
    }

    /// A charge, with its funds.
    pub async fn charge(&self, charge: &str) -> Result<ChargeSnapshot, CallError> {
        RetrieveCharge::new(charge)
            .expand(vec!["balance_transaction".to_owned()])
            .customize()
            .send(self)
            .await
            .map(ChargeSnapshot::from)
    }

    /// A balance transaction.
    pub async fn funds(&self, txn: &str) -> Result<Funds, CallError> {
        RetrieveBalanceTransaction::new(txn).customize().send(self).await.map(Funds::from)
    }

    /// A refund.
    pub async fn refund(&self, refund: &str) -> Result<RefundSnapshot, CallError> {
        RetrieveRefund::new(refund).customize().send(self).await.map(RefundSnapshot::from)
    }

    /// A dispute.
    pub async fn dispute(&self, dispute: &str) -> Result<DisputeSnapshot, CallError> {
        RetrieveDispute::new(dispute).customize().send(self).await.map(DisputeSnapshot::from)
    }

    /// All refunds of a charge, newest first.
    pub async fn refunds_of(&self, charge: &str) -> Result<Vec<RefundSnapshot>, CallError> {
        let mut found: Vec<RefundSnapshot> = Vec::new();
        loop {
            let mut request = ListRefund::new().charge(charge).limit(PAGE);
            if let Some(last) = found.last() {
                request = request.starting_after(last.id.clone());
            }
            let page = request.customize().send(self).await?;
            let came = page.data.len();
            found.extend(page.data.into_iter().map(RefundSnapshot::from));
            if !page.has_more || came == 0 {
                return Ok(found);
            }
        }
    }

    /// All disputes of a charge, newest first; there is rarely more than one.
    pub async fn disputes_of(&self, charge: &str) -> Result<Vec<DisputeSnapshot>, CallError> {
        let request = ListDispute::new().charge(charge).limit(PAGE);
        let page = request.customize().send(self).await?;
        Ok(page.data.into_iter().map(DisputeSnapshot::from).collect())
    }

    /// The refunds of a payment, newest first: the look-up for a refund whose outcome is unknown.
    pub async fn refunds_of_intent(&self, intent: &str) -> Result<Vec<RefundSnapshot>, CallError> {
        let mut found: Vec<RefundSnapshot> = Vec::new();
        for _ in 0..PAGES {
            let mut request = ListRefund::new().payment_intent(intent).limit(PAGE);
            if let Some(last) = found.last() {
                request = request.starting_after(last.id.clone());
            }
            let page = request.customize().send(self).await?;
            found.extend(page.data.into_iter().map(RefundSnapshot::from));
            if !page.has_more {
                break;
            }
        }
        Ok(found)
    }

    /// The payment pages opened in a window of time, newest first: the look-up for a call whose
    /// outcome is unknown. (Stripe's search is behind by minutes and cannot be used for this.)
    pub async fn checkouts_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        customer: Option<&str>,
    ) -> Result<Vec<CheckoutSnapshot>, CallError> {
        let mut found: Vec<CheckoutSnapshot> = Vec::new();
        for _ in 0..PAGES {
            let mut request = ListCheckoutSession::new().created(window(from, to)).limit(PAGE);
            if let Some(customer) = customer {
                request = request.customer(customer);
            }
            if let Some(last) = found.last() {
                request = request.starting_after(last.id.clone());
            }
            let page = request.customize().send(self).await?;
            found.extend(page.data.into_iter().map(CheckoutSnapshot::from));
            if !page.has_more {
                break;
            }
        }
        Ok(found)
    }

    /// The payments made in a window of time, newest first.
    pub async fn payment_intents_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        customer: Option<&str>,
    ) -> Result<Vec<IntentSnapshot>, CallError> {
        let mut found: Vec<IntentSnapshot> = Vec::new();
        for _ in 0..PAGES {
            let mut request = ListPaymentIntent::new().created(window(from, to)).limit(PAGE);
            if let Some(customer) = customer {
                request = request.customer(customer);
            }
            if let Some(last) = found.last() {
                request = request.starting_after(last.id.clone());
            }
            let page = request.customize().send(self).await?;
            found.extend(page.data.into_iter().map(IntentSnapshot::from));
            if !page.has_more {
                break;
            }
        }
        Ok(found)
    }

    /// One page of the events since an instant, newest first, each as Stripe wrote it: an event
    /// that today's code cannot read must not hide the others. `after` is the last event's id of
    /// the page before. Stripe keeps events for 30 days.
    pub async fn events_since(
        &self,
        since: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<EventPage, CallError> {
        let mut request =
            ListEvent::new().created(RangeQueryTs::gte(since.timestamp())).limit(PAGE);
        if let Some(after) = after {
            request = request.starting_after(after);
        }
        let request = request.build();
        let answer = self
            .send(&PlannedCall {
                operation: Operation::Read,
                method: Method::Get,
                path: format!("{}?{}", request.path, request.query.unwrap_or_default()),
                body: String::new(),
                idempotency_key: None,
            })
            .await?;
        EventPage::read(&answer.body)
            .map_err(|_| CallError::unreadable(&answer, "a list of events"))
    }
}

fn window(from: DateTime<Utc>, to: DateTime<Utc>) -> RangeQueryTs {
    RangeQueryTs::Bounds(RangeBoundsTs {
        gte: Some(from.timestamp()),
        lte: Some(to.timestamp()),
        ..RangeBoundsTs::default()
    })
}

//! Customers and refunds: the smaller calls that change something.

use crate::call::{Answer, CallError, Operation, PlannedCall};
use crate::checkout::References;
use crate::snapshot::RefundSnapshot;
use crate::stripe::{Stripe, plan, read};
use domain::{Amount, GatewayCallId};
use std::collections::HashMap;
use stripe_core::customer::CreateCustomer;
use stripe_core::refund::{CreateRefund, CreateRefundReason};
use stripe_shared::{Customer, Refund};

/// Money to be given back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Whose it is; the attempt is the journal's row.
    pub references: References,
    /// The payment at Stripe (`pi_…`).
    pub payment_intent: String,
    /// How much of it.
    pub amount: Amount,
}

impl Stripe {
    /// Plans a customer that carries nothing but our id of the payer. `payer` is opaque.
    pub fn plan_customer(
        &self,
        payer: &str,
        environment: &str,
        call: GatewayCallId,
    ) -> PlannedCall {
        let metadata = HashMap::from([
            ("payer".to_owned(), payer.to_owned()),
            ("attempt".to_owned(), call.to_string()),
            ("env".to_owned(), environment.to_owned()),
        ]);
        plan(Operation::CustomerCreate, &CreateCustomer::new().metadata(metadata), call)
    }

    /// Reads the new customer's id (`cus_…`).
    pub fn read_customer(&self, answer: &Answer) -> Result<String, CallError> {
        read::<Customer>(answer, "a customer").map(|customer| customer.id.as_str().to_owned())
    }

    /// Plans a refund.
    pub fn plan_refund(&self, order: &RefundOrder) -> PlannedCall {
        let request = CreateRefund::new()
            .payment_intent(&order.payment_intent)
            .amount(order.amount.minor())
            .reason(CreateRefundReason::RequestedByCustomer)
            .metadata(order.references.metadata());
        plan(Operation::RefundCreate, &request, order.references.attempt)
    }

    /// Reads the answer to a refund.
    pub fn read_refund(&self, answer: &Answer) -> Result<RefundSnapshot, CallError> {
        read::<Refund>(answer, "a refund").map(RefundSnapshot::from)
    }
}

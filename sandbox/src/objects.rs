//! What the API's objects look like: one template each, every required field of the published
//! schema filled. Fields with a leading underscore stay inside.

use serde_json::{Value, json};

use crate::{
    ids,
    instruments::{Card, Instrument, ROUTING},
};

/// A customer without anything optional.
pub(crate) fn customer(now: i64) -> Value {
    json!({
        "id": ids::fresh("cus"), "object": "customer", "created": now, "livemode": false,
        "address": null, "balance": 0, "currency": null, "default_source": null,
        "delinquent": false, "description": null, "discount": null, "email": null,
        "invoice_prefix": ids::letters(8).to_uppercase(),
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        "metadata": {}, "name": null, "next_invoice_sequence": 1, "phone": null,
        "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
    })
}

/// A payment method on this test instrument.
pub(crate) fn method(now: i64, instrument: Instrument) -> Value {
    let mut method = json!({
        "id": ids::fresh("pm"), "object": "payment_method", "created": now, "livemode": false,
        "allow_redisplay": "unspecified", "billing_details": billing(&Value::Null),
        "customer": null, "metadata": {}, "type": instrument.kind(), "_number": instrument.number(),
    });
    method[instrument.kind()] = match instrument {
        Instrument::Card(card) => {
            let mut shown = card_fields(card);
            shown["display_brand"] = json!(card.brand);
            shown["generated_from"] = Value::Null;
            shown["networks"] = json!({"available": [card.brand], "preferred": null});
            shown["three_d_secure_usage"] = json!({"supported": true});
            shown
        }
        Instrument::Bank(bank) => json!({
            "account_holder_type": "individual", "account_type": "checking",
            "bank_name": "STRIPE TEST BANK", "financial_connections_account": null,
            "fingerprint": format!("fp{}", bank.account), "last4": bank.last4(),
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "routing_number": ROUTING, "status_details": null,
        }),
    };
    method
}

fn card_fields(card: &Card) -> Value {
    json!({
        "brand": card.brand, "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
        "country": "US", "exp_month": 12, "exp_year": 2034, "fingerprint": format!("fp{}", card.number),
        "funding": card.funding, "last4": card.last4(), "regulated_status": "unregulated", "wallet": null,
    })
}

/// `billing_details` from what the payer gave (`name`, `email`), nulls elsewhere.
pub(crate) fn billing(payer: &Value) -> Value {
    json!({
        "address": {"city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null},
        "email": payer["email"], "name": payer["name"], "phone": null, "tax_id": null,
    })
}

/// `payment_method_details` of a charge.
pub(crate) fn charge_details(instrument: Instrument, authenticated: bool, due: i64) -> Value {
    match instrument {
        Instrument::Card(card) => {
            let mut fields = card_fields(card);
            fields["network"] = json!(card.brand);
            fields["installments"] = Value::Null;
            fields["mandate"] = Value::Null;
            fields["three_d_secure"] = if authenticated {
                json!({"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0", "result_reason": null})
            } else {
                Value::Null
            };
            json!({"type": "card", "card": fields})
        }
        Instrument::Bank(bank) => {
            let day = chrono::DateTime::from_timestamp(due, 0).unwrap_or_default();
            json!({"type": "us_bank_account", "us_bank_account": {
                "account_holder_type": "individual", "account_type": "checking",
                "bank_name": "STRIPE TEST BANK", "fingerprint": format!("fp{}", bank.account),
                "last4": bank.last4(), "payment_reference": null,
                "routing_number": ROUTING, "expected_debit_date": day.format("%Y-%m-%d").to_string(),
            }})
        }
    }
}

/// A payment intent that still needs a payment method.
pub(crate) fn intent(now: i64, amount: i64, currency: &str, kinds: &[String]) -> Value {
    let id = ids::fresh("pi");
    json!({
        "client_secret": format!("{id}_secret_{}", ids::letters(24)), "id": id,
        "object": "payment_intent", "created": now, "livemode": false, "amount": amount,
        "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0,
        "application": null, "application_fee_amount": null, "automatic_payment_methods": null,
        "canceled_at": null, "cancellation_reason": null, "capture_method": "automatic_async",
        "confirmation_method": "automatic", "currency": currency, "customer": null,
        "description": null, "last_payment_error": null, "latest_charge": null, "metadata": {},
        "next_action": null, "on_behalf_of": null, "payment_method": null,
        "payment_method_configuration_details": null, "payment_method_options": {},
        "payment_method_types": kinds, "processing": null, "receipt_email": null, "review": null,
        "setup_future_usage": null, "shipping": null,
        "statement_descriptor": null, "statement_descriptor_suffix": null,
        "status": "requires_payment_method", "transfer_data": null, "transfer_group": null,
    })
}

/// A charge for this intent by this method, not yet decided.
pub(crate) fn charge(now: i64, intent: &Value, method: &Value) -> Value {
    // Charges of bank accounts are called payments, and so are their ids.
    let prefix = if method["type"] == "card" { "ch" } else { "py" };
    json!({
        "id": ids::fresh(prefix), "object": "charge", "created": now, "livemode": false,
        "amount": intent["amount"], "amount_captured": 0, "amount_refunded": 0,
        "application": null, "application_fee": null,
        "application_fee_amount": intent["application_fee_amount"], "balance_transaction": null,
        "billing_details": method["billing_details"], "calculated_statement_descriptor": null,
        "captured": false, "currency": intent["currency"], "customer": intent["customer"],
        "description": intent["description"], "disputed": false,
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null,
        "fraud_details": {}, "metadata": intent["metadata"], "on_behalf_of": null, "outcome": null,
        "paid": false, "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": null, "receipt_email": intent["receipt_email"],
        "receipt_number": null, "receipt_url": null, "refunded": false, "review": null,
        "shipping": null, "source_transfer": null, "statement_descriptor": null,
        "statement_descriptor_suffix": null, "status": "pending", "transfer_data": null,
        "transfer_group": null,
    })
}

/// A refund of this charge.
pub(crate) fn refund(now: i64, charge: &Value, amount: i64, kind: &str) -> Value {
    json!({
        "id": ids::fresh(if kind == "card" { "re" } else { "pyr" }), "object": "refund", "created": now, "amount": amount,
        "balance_transaction": null, "charge": charge["id"], "currency": charge["currency"],
        "destination_details": {"type": kind}, "metadata": {},
        "payment_intent": charge["payment_intent"], "reason": null, "receipt_number": null,
        "source_transfer_reversal": null, "status": "pending", "transfer_reversal": null,
    })
}

/// A dispute of this charge.
pub(crate) fn dispute(now: i64, charge: &Value, amount: i64, reason: &str) -> Value {
    let details = &charge["payment_method_details"];
    let card = &details["card"];
    // A returned debit carries nothing about its method.
    let shown = (!card.is_null()).then(|| {
        json!({"type": "card", "card": {"brand": card["brand"], "case_type": "chargeback", "network": card["brand"], "network_reason_code": null}})
    });
    let mut dispute = json!({
        "id": ids::fresh("du"), "object": "dispute", "created": now, "livemode": false,
        "amount": amount, "balance_transactions": [], "charge": charge["id"],
        "currency": charge["currency"], "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now.saturating_add(9 * 86_400), "enhanced_eligibility": {},
            "has_evidence": false, "past_due": false, "submission_count": 0,
        },
        "is_charge_refundable": false, "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason, "status": "needs_response",
    });
    if let Some(shown) = shown {
        dispute["payment_method_details"] = shown;
    }
    dispute
}

/// One movement of the balance. `net` is `amount - fee`.
pub(crate) struct Movement<'a> {
    pub(crate) kind: &'a str,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) currency: &'a str,
    pub(crate) source: &'a str,
    pub(crate) description: &'a str,
    pub(crate) reporting: &'a str,
    /// Unix seconds.
    pub(crate) available_on: i64,
}

/// The balance transaction of a movement.
pub(crate) fn balance_transaction(now: i64, movement: &Movement<'_>) -> Value {
    let fees = if movement.fee == 0 {
        json!([])
    } else {
        json!([{"amount": movement.fee, "application": null, "currency": movement.currency, "description": "Stripe processing fees", "type": "stripe_fee"}])
    };
    json!({
        "id": ids::fresh("txn"), "object": "balance_transaction", "created": now,
        "amount": movement.amount, "available_on": movement.available_on,
        "balance_type": "payments", "currency": movement.currency,
        "description": movement.description, "exchange_rate": null, "fee": movement.fee,
        "fee_details": fees, "net": movement.amount.saturating_sub(movement.fee),
        "reporting_category": movement.reporting, "source": movement.source,
        "status": "pending", "type": movement.kind,
    })
}

/// A webhook endpoint; the secret is shown once, when it is made.
pub(crate) fn endpoint(now: i64, url: &str, events: &[String]) -> Value {
    json!({
        "id": ids::fresh("we"), "object": "webhook_endpoint", "created": now, "livemode": false,
        "api_version": null, "application": null, "description": null, "enabled_events": events,
        "metadata": {}, "status": "enabled", "url": url,
    })
}

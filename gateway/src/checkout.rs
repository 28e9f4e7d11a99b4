//! The payment page: opening it and closing it.

use crate::call::{Answer, CallError, Operation, PlannedCall};
use crate::snapshot::CheckoutSnapshot;
use crate::stripe::{Stripe, plan, read};
use chrono::{DateTime, Utc};
use domain::agency::Language;
use domain::{AgencyId, Amount, Currency, GatewayCallId, PaymentId};
use std::collections::HashMap;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes as Allowed,
    CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionPaymentMethodOptions,
    CreateCheckoutSessionPaymentMethodOptionsCard,
    CreateCheckoutSessionPaymentMethodOptionsCardRestrictions,
    CreateCheckoutSessionPaymentMethodOptionsCardRestrictionsFundingTypesBlocked as Blocked,
    ExpireCheckoutSession, ProductData,
};
use stripe_shared::{CheckoutSession, CheckoutSessionLocale, CheckoutSessionMode};

/// Which of our rows an object at Stripe belongs to. Opaque ids and the environment, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The agency.
    pub agency: AgencyId,
    /// The payment.
    pub payment: PaymentId,
    /// The journalled call that made the object: one payment may take more than one attempt.
    pub attempt: GatewayCallId,
    /// The installation, so that a shared test account tells its users apart.
    pub environment: String,
}

impl References {
    pub(crate) fn metadata(&self) -> HashMap<String, String> {
        HashMap::from([
            ("agency".to_owned(), self.agency.to_string()),
            ("payment".to_owned(), self.payment.to_string()),
            ("attempt".to_owned(), self.attempt.to_string()),
            ("env".to_owned(), self.environment.clone()),
        ])
    }

    pub(crate) fn read(metadata: &HashMap<String, String>) -> Option<Self> {
        let get = |name: &str| metadata.get(name);
        Some(Self {
            agency: get("agency")?.parse().ok()?,
            payment: get("payment")?.parse().ok()?,
            attempt: get("attempt")?.parse().ok()?,
            environment: get("env")?.clone(),
        })
    }
}

/// Which cards an agency takes. Visa does not let a collection agency (MCC 7322) take credit cards
/// for a debt, so credit is refused unless the agency's acquirer agreed otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FundingGate {
    /// Debit and prepaid cards only.
    #[default]
    RefuseCredit,
    /// Credit cards too.
    TakeCredit,
}

/// A payment page to be opened.
#[derive(Debug, Clone)]
pub struct CheckoutOrder {
    /// Whose it is.
    pub references: References,
    /// The amount to be paid.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// What the page, the bank and the receipt call it: neutral, never a word about a debt.
    pub product: String,
    /// Which cards are taken.
    pub gate: FundingGate,
    /// Whether a bank account may be debited.
    pub bank_debit: bool,
    /// The customer at Stripe, where one exists.
    pub customer: Option<String>,
    /// Where the payer goes after paying.
    pub success_url: String,
    /// Where the payer goes on turning back.
    pub cancel_url: String,
    /// When the page closes by itself: 30 minutes to 24 hours from now.
    pub expires_at: DateTime<Utc>,
    /// The language of the page.
    pub language: Language,
}

impl Stripe {
    /// Plans the opening of a payment page. The journal's row is the order's `attempt`.
    pub fn plan_checkout(&self, order: &CheckoutOrder) -> PlannedCall {
        let request = checkout_request(order);
        plan(Operation::CheckoutCreate, &request, order.references.attempt)
    }

    /// Reads the answer to the opening or closing of a payment page.
    pub fn read_checkout(&self, answer: &Answer) -> Result<CheckoutSnapshot, CallError> {
        read::<CheckoutSession>(answer, "a payment page").map(CheckoutSnapshot::from)
    }

    /// Plans the closing of a payment page that nobody shall pay on any more.
    pub fn plan_checkout_expiry(&self, session: &str, call: GatewayCallId) -> PlannedCall {
        plan(Operation::CheckoutExpire, &ExpireCheckoutSession::new(session), call)
    }
}

fn checkout_request(order: &CheckoutOrder) -> CreateCheckoutSession {
    let mut allowed = vec![Allowed::Card];
    if order.bank_debit {
        allowed.push(Allowed::UsBankAccount);
    }
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.metadata = Some(order.references.metadata());
    let mut request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .client_reference_id(order.references.payment.to_string())
        .metadata(order.references.metadata())
        .payment_intent_data(intent)
        .line_items(vec![line(order)])
        .allowed_payment_method_types(allowed)
        .success_url(&order.success_url)
        .cancel_url(&order.cancel_url)
        .expires_at(order.expires_at.timestamp())
        .locale(match order.language {
            Language::English => CheckoutSessionLocale::En,
            Language::Spanish => CheckoutSessionLocale::EsMinus419,
        });
    if let Some(customer) = &order.customer {
        request = request.customer(customer);
    }
    match order.gate {
        FundingGate::TakeCredit => request,
        FundingGate::RefuseCredit => request.payment_method_options(no_credit()),
    }
}

fn line(order: &CheckoutOrder) -> CreateCheckoutSessionLineItems {
    let currency = match order.currency {
        Currency::Usd => stripe_types::Currency::USD,
        Currency::Cad => stripe_types::Currency::CAD,
    };
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency);
    price.unit_amount = Some(order.amount.minor());
    price.product_data = Some(ProductData::new(&order.product));
    let mut line = CreateCheckoutSessionLineItems::new();
    line.price_data = Some(price);
    line.quantity = Some(1);
    line
}

fn no_credit() -> CreateCheckoutSessionPaymentMethodOptions {
    let mut restrictions = CreateCheckoutSessionPaymentMethodOptionsCardRestrictions::new();
    restrictions.funding_types_blocked = Some(vec![Blocked::Credit]);
    let mut card = CreateCheckoutSessionPaymentMethodOptionsCard::new();
    card.restrictions = Some(restrictions);
    let mut options = CreateCheckoutSessionPaymentMethodOptions::new();
    options.card = Some(card);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Method;
    use crate::stripe::Credentials;
    use crate::wire::Wire;
    use chrono::TimeZone;
    use domain::Money;
    use std::collections::BTreeMap;
    use std::time::Duration;
    use uuid_for_tests::uuid;

    mod uuid_for_tests {
        /// Ids of the tests are counted, not drawn.
        pub fn uuid<T: std::str::FromStr>(prefix: &str, n: u8) -> T
        where
            T::Err: std::fmt::Debug,
        {
            format!("{prefix}_01kanq8zv3e8qt1wz1h5r3c9x{}", char::from(b'0' + n)).parse().unwrap()
        }
    }

    fn stripe() -> Stripe {
        Stripe::new(
            Wire::new(Duration::from_secs(1)).unwrap(),
            Credentials::new(Credentials::STRIPE, "sk_test_x".into(), None, false).unwrap(),
        )
    }

    fn order() -> CheckoutOrder {
        CheckoutOrder {
            references: References {
                agency: uuid("agcy", 1),
                payment: uuid("pay", 2),
                attempt: uuid("gwcl", 3),
                environment: "demo".into(),
            },
            amount: Amount::new(Money::from_minor(25_000)).unwrap(),
            currency: Currency::Usd,
            product: "Payment".into(),
            gate: FundingGate::RefuseCredit,
            bank_debit: true,
            customer: None,
            success_url: "https://pay.example/return?payment=pay_1".into(),
            cancel_url: "https://pay.example/pay".into(),
            expires_at: Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap(),
            language: Language::Spanish,
        }
    }

    /// Reads the form back by the rules of application/x-www-form-urlencoded.
    fn form(body: &str) -> BTreeMap<String, String> {
        let decode = |text: &str| {
            let bytes = text.replace('+', " ").into_bytes();
            let mut out = Vec::new();
            let mut at = 0;
            while at < bytes.len() {
                if bytes[at] == b'%' {
                    let hex = std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap();
                    out.push(u8::from_str_radix(hex, 16).unwrap());
                    at += 3;
                } else {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
            String::from_utf8(out).unwrap()
        };
        body.split('&')
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                (decode(name), decode(value))
            })
            .collect()
    }

    #[test]
    fn a_page_asks_for_the_amount_and_says_nothing_else() {
        let order = order();
        let call = stripe().plan_checkout(&order);
        assert_eq!((call.method, call.path.as_str()), (Method::Post, "/checkout/sessions"));
        assert_eq!(
            call.idempotency_key,
            Some(format!("checkout_create:{}", order.references.attempt))
        );
        let form = form(&call.body);
        let expected = [
            ("mode", "payment"),
            ("client_reference_id", &order.references.payment.to_string()),
            ("metadata[agency]", &order.references.agency.to_string()),
            ("metadata[payment]", &order.references.payment.to_string()),
            ("metadata[attempt]", &order.references.attempt.to_string()),
            ("metadata[env]", "demo"),
            ("payment_intent_data[metadata][agency]", &order.references.agency.to_string()),
            ("payment_intent_data[metadata][payment]", &order.references.payment.to_string()),
            ("payment_intent_data[metadata][attempt]", &order.references.attempt.to_string()),
            ("payment_intent_data[metadata][env]", "demo"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", "25000"),
            ("line_items[0][price_data][product_data][name]", "Payment"),
            ("allowed_payment_method_types[0]", "card"),
            ("allowed_payment_method_types[1]", "us_bank_account"),
            ("payment_method_options[card][restrictions][funding_types_blocked][0]", "credit"),
            ("success_url", &order.success_url),
            ("cancel_url", &order.cancel_url),
            ("expires_at", "1795262400"),
            ("locale", "es-419"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form, BTreeMap::from(expected));
    }

    #[test]
    fn the_funding_gate_opens_only_when_told_to() {
        let open = CheckoutOrder { gate: FundingGate::TakeCredit, bank_debit: false, ..order() };
        let body = stripe().plan_checkout(&open).body;
        assert!(!body.contains("restrictions") && !body.contains("us_bank_account"));
        assert_eq!(FundingGate::default(), FundingGate::RefuseCredit);
    }

    #[test]
    fn references_read_back_and_foreign_metadata_does_not() {
        let references = order().references;
        assert_eq!(References::read(&references.metadata()), Some(references.clone()));
        let mut other = references.metadata();
        other.insert("payment".into(), "order 7".into());
        assert_eq!(References::read(&other), None);
    }

    #[test]
    fn closing_a_page_has_its_own_key() {
        let call = stripe().plan_checkout_expiry("cs_test_1", order().references.attempt);
        assert_eq!(call.path, "/checkout/sessions/cs_test_1/expire");
        assert!(call.idempotency_key.unwrap().starts_with("checkout_expire:gwcl_"));
    }
}

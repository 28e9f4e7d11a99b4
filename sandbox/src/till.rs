//! Money in: confirming payment intents, charging cards, debiting bank accounts, fees.

use serde_json::{Value, json};

use crate::{
    clock::Task,
    ids,
    instruments::{Bank, BankBehaviour, Card, CardBehaviour, Instrument},
    objects::{self, Movement},
    wire::failure::Failure,
    world::Desk,
};

/// One day in seconds.
pub(crate) const DAY: i64 = 86_400;
/// A card payment is available two days later, a debit four days after it settled.
const CARD_AVAILABLE: i64 = 2 * DAY;
const DEBIT_AVAILABLE: i64 = 4 * DAY;
/// A return reaches the account two days after settlement.
const RETURN_AFTER: i64 = 2 * DAY;

/// What came of an attempt to pay.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Succeeded,
    /// A bank debit is under way.
    Processing,
    NeedsAuthentication,
    /// The intent is back at `requires_payment_method`.
    Declined(Failure),
}

/// What the payer did about 3-D Secure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    NotAsked,
    Approved,
    Failed,
    /// The payer is not there to be asked.
    OffSession,
}

/// Confirms the intent with the payment method. The caller has checked the intent's state.
pub(crate) fn attempt(
    desk: &mut Desk<'_>,
    intent: &str,
    method: &str,
    authentication: Authentication,
) -> Result<Outcome, Failure> {
    let paying = desk.read(method);
    let number = paying["_number"].as_str().unwrap_or_default();
    let instrument = Instrument::by_number(number)
        .ok_or_else(|| Failure::unmodelled("a payment method without a test number"))?;
    desk.world.patch(
        intent,
        &json!({"payment_method": method, "last_payment_error": null, "next_action": null}),
    );
    Ok(match instrument {
        Instrument::Card(card) => charge_card(desk, intent, &paying, card, authentication),
        Instrument::Bank(bank) => start_debit(desk, intent, &paying, bank),
    })
}

fn charge_card(
    desk: &mut Desk<'_>,
    intent: &str,
    method: &Value,
    card: &'static Card,
    authentication: Authentication,
) -> Outcome {
    match (card.behaviour, authentication) {
        (CardBehaviour::Declines { code, decline_code, message }, _) => {
            return decline(desk, intent, method, &Decline { code, decline_code, message });
        }
        (CardBehaviour::Authenticates, Authentication::NotAsked) => {
            return ask_to_authenticate(desk, intent);
        }
        (CardBehaviour::Authenticates, Authentication::OffSession) => {
            let decline_code = Some("authentication_required");
            let message = "Your card was declined. This transaction requires authentication.";
            let refusal = Decline { code: "authentication_required", decline_code, message };
            return decline(desk, intent, method, &refusal);
        }
        (CardBehaviour::Authenticates, Authentication::Failed) => {
            return fail_authentication(desk, intent, method);
        }
        (
            CardBehaviour::Succeeds
            | CardBehaviour::Disputed(_)
            | CardBehaviour::RefundLater { .. }
            | CardBehaviour::Authenticates,
            _,
        ) => {}
    }
    let authenticated = authentication == Authentication::Approved;
    let charge = open_charge(desk, intent, method, Instrument::Card(card), authenticated);
    succeed(desk, intent, &charge, Instrument::Card(card));
    if let CardBehaviour::Disputed(reason) = card.behaviour {
        desk.schedule(5, Task::Dispute { charge, reason: reason.to_owned() });
    }
    Outcome::Succeeded
}

fn open_charge(
    desk: &mut Desk<'_>,
    intent: &str,
    method: &Value,
    instrument: Instrument,
    authenticated: bool,
) -> String {
    let now = desk.now();
    let mut charge = objects::charge(now, &desk.read(intent), method);
    let due = now.saturating_add(desk.debit_seconds);
    charge["payment_method_details"] = objects::charge_details(instrument, authenticated, due);
    let charge = desk.put(charge);
    desk.world.patch(intent, &json!({"latest_charge": charge}));
    charge
}

fn succeed(desk: &mut Desk<'_>, intent: &str, charge: &str, instrument: Instrument) {
    let amount = desk.read(charge)["amount"].as_i64().unwrap_or_default();
    let (kind, wait, fee) = match instrument {
        Instrument::Card(_) => ("charge", CARD_AVAILABLE, card_fee(amount)),
        Instrument::Bank(_) => ("payment", DEBIT_AVAILABLE, debit_fee(amount)),
    };
    let txn = post(desk, charge, &Posting { kind, reporting: "charge", amount, fee, wait });
    desk.world.patch(
        charge,
        &json!({
            "status": "succeeded", "paid": true, "captured": true, "amount_captured": amount,
            "balance_transaction": txn,
            "calculated_statement_descriptor": "SANDBOX",
            "outcome": {"advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
                "risk_score": 12, "seller_message": "Payment complete.", "type": "authorized"},
        }),
    );
    let paid = json!({"status": "succeeded", "amount_received": amount, "next_action": null, "processing": null});
    desk.world.patch(intent, &paid);
    desk.emit("charge.succeeded", charge);
    desk.emit("payment_intent.succeeded", intent);
    desk.emit("charge.updated", charge);
}

/// A movement of the balance, its source being a charge, refund or dispute.
pub(crate) struct Posting<'a> {
    pub(crate) kind: &'a str,
    pub(crate) reporting: &'a str,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    /// Seconds until the money is available.
    pub(crate) wait: i64,
}

/// Writes the balance transaction and returns its id.
pub(crate) fn post(desk: &mut Desk<'_>, source: &str, posting: &Posting<'_>) -> String {
    let origin = desk.read(source);
    let now = desk.now();
    let movement = Movement {
        kind: posting.kind,
        amount: posting.amount,
        fee: posting.fee,
        currency: origin["currency"].as_str().unwrap_or("usd"),
        source,
        description: origin["description"].as_str().unwrap_or("Payment"),
        reporting: posting.reporting,
        available_on: now.saturating_add(posting.wait),
    };
    let txn = desk.put(objects::balance_transaction(now, &movement));
    desk.schedule(posting.wait, Task::Mature(txn.clone()));
    txn
}

/// 2.9 % and 30 cents, half a cent up.
fn card_fee(amount: i64) -> i64 {
    share(amount, 29).saturating_add(30)
}

/// 0.8 %, at most 5.00.
fn debit_fee(amount: i64) -> i64 {
    share(amount, 8).min(500)
}

/// So many thousandths of the amount.
fn share(amount: i64, thousandths: i64) -> i64 {
    amount.saturating_mul(thousandths).saturating_add(500).saturating_div(1000)
}

struct Decline {
    code: &'static str,
    decline_code: Option<&'static str>,
    message: &'static str,
}

/// Advice of the network on trying again, as Stripe passes it on.
fn advice(code: &str) -> &'static str {
    match code {
        "insufficient_funds" | "processing_error" | "generic_decline" => "try_again_later",
        "incorrect_cvc" => "confirm_card_data",
        _ => "do_not_try_again",
    }
}

fn decline(desk: &mut Desk<'_>, intent: &str, method: &Value, refusal: &Decline) -> Outcome {
    let number = method["_number"].as_str().unwrap_or_default();
    let Some(instrument) = Instrument::by_number(number) else { return Outcome::Processing };
    let charge = open_charge(desk, intent, method, instrument, false);
    fail_charge(desk, intent, &charge, method, refusal)
}

fn fail_charge(
    desk: &mut Desk<'_>,
    intent: &str,
    charge: &str,
    method: &Value,
    refusal: &Decline,
) -> Outcome {
    let Decline { code, decline_code, message } = *refusal;
    let reason = decline_code.unwrap_or(code);
    let failed = json!({
        "status": "failed", "failure_code": code, "failure_message": message,
        "outcome": {"advice_code": advice(reason), "network_advice_code": null, "network_decline_code": null,
            "network_status": "declined_by_network", "reason": reason, "risk_level": "normal",
            "risk_score": 20, "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined"},
    });
    desk.world.patch(charge, &failed);
    let mut failure = Failure::declined(code, message)
        .with("charge", json!(charge))
        .with("advice_code", json!(advice(reason)))
        .with("payment_method", crate::wire::expand::strip(method));
    if let Some(decline_code) = decline_code {
        failure = failure.with("decline_code", json!(decline_code));
    }
    desk.world.patch(
        intent,
        &json!({"status": "requires_payment_method", "payment_method": null, "processing": null,
            "last_payment_error": failure.error()}),
    );
    desk.emit("charge.failed", charge);
    desk.emit("payment_intent.payment_failed", intent);
    let shown = crate::wire::expand::strip(&desk.read(intent));
    Outcome::Declined(failure.with("payment_intent", shown))
}

fn ask_to_authenticate(desk: &mut Desk<'_>, intent: &str) -> Outcome {
    let return_url = desk.read(intent)["_return_url"].clone();
    let url = format!("{}/c/3ds/{intent}", desk.base_url);
    let action = json!({"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}});
    desk.world.patch(intent, &json!({"status": "requires_action", "next_action": action}));
    desk.emit("payment_intent.requires_action", intent);
    Outcome::NeedsAuthentication
}

fn fail_authentication(desk: &mut Desk<'_>, intent: &str, method: &Value) -> Outcome {
    let message = "We are unable to authenticate your payment method. Please choose a different \
                   payment method and try again.";
    let failure = Failure::declined("payment_intent_authentication_failure", message)
        .with("payment_method", crate::wire::expand::strip(method));
    let back = json!({"status": "requires_payment_method", "payment_method": null,
        "last_payment_error": failure.error()});
    desk.world.patch(intent, &back);
    desk.emit("payment_intent.payment_failed", intent);
    let shown = crate::wire::expand::strip(&desk.read(intent));
    Outcome::Declined(failure.with("payment_intent", shown))
}

fn start_debit(desk: &mut Desk<'_>, intent: &str, method: &Value, bank: &'static Bank) -> Outcome {
    let charge = open_charge(desk, intent, method, Instrument::Bank(bank), false);
    desk.world.patch(intent, &json!({"status": "processing", "next_action": null}));
    desk.emit("charge.pending", &charge);
    desk.emit("payment_intent.processing", intent);
    if bank.behaviour != BankBehaviour::Stuck {
        desk.schedule(desk.debit_seconds, Task::SettleDebit(intent.to_owned()));
    }
    Outcome::Processing
}

/// The bank's answer to a debit under way; nothing to do when the intent moved on.
pub(crate) fn settle_debit(desk: &mut Desk<'_>, intent: &str) {
    let object = desk.read(intent);
    let charge = object["latest_charge"].as_str().unwrap_or_default().to_owned();
    let method = desk.read(object["payment_method"].as_str().unwrap_or_default());
    let number = method["_number"].as_str().unwrap_or_default();
    let Some(bank) = crate::instruments::bank(number) else { return };
    if object["status"] != json!("processing") {
        return;
    }
    match bank.behaviour {
        BankBehaviour::Fails { code, message } => {
            let refusal = Decline { code, decline_code: None, message };
            fail_charge(desk, intent, &charge, &method, &refusal);
            crate::checkout::debit_failed(desk, intent);
        }
        BankBehaviour::Settles | BankBehaviour::Returned | BankBehaviour::Stuck => {
            succeed(desk, intent, &charge, Instrument::Bank(bank));
            crate::checkout::debit_settled(desk, intent);
        }
    }
    if bank.behaviour == BankBehaviour::Returned {
        let reason = "insufficient_funds".to_owned();
        desk.schedule(RETURN_AFTER, Task::ReturnDebit { charge, reason });
    }
}

/// A payment method for this instrument, filed in the world.
pub(crate) fn new_method(desk: &mut Desk<'_>, instrument: Instrument, payer: &Value) -> String {
    let mut method = objects::method(desk.now(), instrument);
    method["billing_details"] = objects::billing(payer);
    desk.put(method)
}

/// The payment method named in a request: an id of this world, or an alias such as
/// `pm_card_visa`, which makes a new one.
pub(crate) fn find_method(desk: &mut Desk<'_>, name: &str) -> Result<String, Failure> {
    if let Some(instrument) = Instrument::by_alias(name) {
        return Ok(new_method(desk, instrument, &Value::Null));
    }
    desk.world.of("payment_method", name)?;
    Ok(name.to_owned())
}

/// An id for the log of requests.
pub(crate) fn request_id() -> String {
    ids::fresh("req")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_the_published_ones() {
        assert_eq!(card_fee(10_000), 320);
        assert_eq!(card_fee(1), 30);
        assert_eq!(debit_fee(10_000), 80);
        assert_eq!(debit_fee(1_000_000), 500);
    }
}

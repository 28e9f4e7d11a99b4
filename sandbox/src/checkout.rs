//! Checkout sessions after they were made: paid, expired, settled.

use serde_json::{Value, json};

use crate::{
    instruments::{self, Instrument},
    objects,
    till::{self, Authentication, Outcome},
    wire::failure::Failure,
    world::Desk,
};

/// Who pays, as typed on the hosted page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payer {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

/// Why the page did not even try.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    NotOpen(String),
    /// The kind of card is blocked for this session; the sentence for the payer.
    Blocked(String),
    Broken(Failure),
}

/// Pays an open session with this instrument.
pub(crate) fn pay(
    desk: &mut Desk<'_>,
    session: &str,
    instrument: Instrument,
    payer: &Payer,
    authentication: Authentication,
) -> Result<Outcome, Refused> {
    let object = desk.read(session);
    if object["status"] != json!("open") {
        let status = object["status"].as_str().unwrap_or("unknown");
        return Err(Refused::NotOpen(format!("This checkout session is {status}.")));
    }
    check_instrument(&object, instrument).map_err(Refused::Blocked)?;
    let payer = json!({"name": payer.name, "email": payer_email(desk, &object, payer)});
    let intent = intent_of(desk, session, &object);
    let method = till::new_method(desk, instrument, &payer);
    let outcome = till::attempt(desk, &intent, &method, authentication).map_err(Refused::Broken)?;
    conclude(desk, session, &payer, &outcome);
    Ok(outcome)
}

/// After 3-D Secure: the same method once more, approved or failed.
pub(crate) fn authenticate(
    desk: &mut Desk<'_>,
    session: &str,
    approved: bool,
) -> Result<Outcome, Refused> {
    let object = desk.read(session);
    let intent = object["payment_intent"].as_str().unwrap_or_default().to_owned();
    let waiting = desk.read(&intent);
    if object["status"] != json!("open") || waiting["status"] != json!("requires_action") {
        return Err(Refused::NotOpen("Nothing is waiting for authentication here.".to_owned()));
    }
    let method = waiting["payment_method"].as_str().unwrap_or_default().to_owned();
    let said = if approved { Authentication::Approved } else { Authentication::Failed };
    let outcome = till::attempt(desk, &intent, &method, said).map_err(Refused::Broken)?;
    let payer = desk.read(&method)["billing_details"].clone();
    conclude(desk, session, &payer, &outcome);
    Ok(outcome)
}

fn payer_email(desk: &Desk<'_>, session: &Value, payer: &Payer) -> Value {
    let given = payer.email.as_deref().map(|email| json!(email));
    let asked = Some(session["customer_email"].clone()).filter(Value::is_string);
    let known = session["customer"].as_str().map(|customer| desk.read(customer)["email"].clone());
    given.or(asked).or(known).unwrap_or_default()
}

/// The kinds of payment this session takes.
pub(crate) fn kinds(session: &Value) -> Vec<String> {
    let list = session["payment_method_types"].as_array();
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether this kind of card funding (`credit`, `debit`, `prepaid`) is blocked for the session.
pub(crate) fn blocks(session: &Value, funding: &str) -> bool {
    let blocked =
        session.pointer("/payment_method_options/card/restrictions/funding_types_blocked");
    blocked.and_then(Value::as_array).is_some_and(|list| list.contains(&json!(funding)))
}

fn check_instrument(session: &Value, instrument: Instrument) -> Result<(), String> {
    if !kinds(session).iter().any(|kind| kind == instrument.kind()) {
        return Err(match instrument {
            Instrument::Card(_) => "This payment does not take cards.".to_owned(),
            Instrument::Bank(_) => "This payment does not take bank accounts.".to_owned(),
        });
    }
    match instrument {
        Instrument::Card(card) if blocks(session, card.funding) => Err(format!(
            "This merchant does not accept {} cards for this payment. Use another card or a bank \
             account. You have not been charged.",
            card.funding
        )),
        Instrument::Card(_) | Instrument::Bank(_) => Ok(()),
    }
}

/// The session's payment intent; it is made when the payer first tries to pay.
fn intent_of(desk: &mut Desk<'_>, session: &str, object: &Value) -> String {
    if let Some(intent) = object["payment_intent"].as_str() {
        return intent.to_owned();
    }
    let amount = object["amount_total"].as_i64().unwrap_or_default();
    let currency = object["currency"].as_str().unwrap_or("usd");
    let mut intent = objects::intent(desk.now(), amount, currency, &kinds(object));
    intent["customer"] = object["customer"].clone();
    if let (Some(target), Some(wanted)) = (intent.as_object_mut(), object["_intent"].as_object()) {
        target.extend(wanted.clone());
    }
    let intent = desk.put(intent);
    desk.world.patch(session, &json!({"payment_intent": intent}));
    desk.emit("payment_intent.created", &intent);
    intent
}

fn conclude(desk: &mut Desk<'_>, session: &str, payer: &Value, outcome: &Outcome) {
    let payment_status = match outcome {
        Outcome::Succeeded => "paid",
        Outcome::Processing => "unpaid",
        Outcome::NeedsAuthentication | Outcome::Declined(_) => return,
    };
    let details = json!({"address": {"city": null, "country": "US", "line1": null, "line2": null, "postal_code": null, "state": null},
        "business_name": null, "email": payer["email"], "individual_name": null,
        "name": payer["name"], "phone": null, "tax_exempt": "none", "tax_ids": []});
    let done = json!({"status": "complete", "payment_status": payment_status, "url": null,
        "customer_details": details});
    desk.world.patch(session, &done);
    desk.emit("checkout.session.completed", session);
}

fn session_of(desk: &Desk<'_>, intent: &str) -> Option<String> {
    let mut all = desk.world.all("checkout.session").rev();
    let found = all.find(|session| session["payment_intent"] == json!(intent))?;
    found["id"].as_str().map(str::to_owned)
}

/// The bank debit behind the session settled.
pub(crate) fn debit_settled(desk: &mut Desk<'_>, intent: &str) {
    if let Some(session) = session_of(desk, intent) {
        desk.world.patch(&session, &json!({"payment_status": "paid"}));
        desk.emit("checkout.session.async_payment_succeeded", &session);
    }
}

/// The bank debit behind the session failed; the session stays complete and unpaid.
pub(crate) fn debit_failed(desk: &mut Desk<'_>, intent: &str) {
    if let Some(session) = session_of(desk, intent) {
        desk.emit("checkout.session.async_payment_failed", &session);
    }
}

/// Ends a session nobody paid.
pub(crate) fn expire(desk: &mut Desk<'_>, session: &str) {
    desk.world.patch(session, &json!({"status": "expired", "url": null}));
    let intent = desk.read(session)["payment_intent"].as_str().map(str::to_owned);
    if let Some(intent) = intent {
        let now = desk.now();
        let gone = json!({"status": "canceled", "canceled_at": now, "next_action": null,
            "cancellation_reason": "expired"});
        desk.world.patch(&intent, &gone);
        desk.emit("payment_intent.canceled", &intent);
    }
    desk.emit("checkout.session.expired", session);
}

/// The session's time is over.
pub(crate) fn expire_if_open(desk: &mut Desk<'_>, session: &str) {
    if desk.read(session)["status"] == json!("open") {
        expire(desk, session);
    }
}

/// What the API and the control plane may name an instrument by: number or alias.
pub(crate) fn named(name: &str) -> Option<Instrument> {
    Instrument::by_number(name)
        .or_else(|| Instrument::by_alias(name))
        .or_else(|| instruments::card(name).map(Instrument::Card))
}

//! The hosted payment page: what a debtor sees instead of Stripe's. No JavaScript.

pub(crate) mod page;
mod words;

use serde_json::{Value, json};

use self::words::Tongue;
use crate::{
    checkout::{self, Payer, Refused},
    instruments::{self, Instrument, ROUTING},
    till::{self, Authentication, Outcome},
    wire::{
        failure::Failure,
        form::Params,
        request::{Answer, Request},
    },
    world::{Desk, State},
};

/// Answers a request of a browser.
pub(crate) fn serve(state: &mut State, request: &Request) -> Answer {
    let segments = request.segments();
    let params = Params::decode("", &request.body);
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", []) => Answer::html(200, page::home()),
        ("GET" | "HEAD", ["c", "pay", id]) => in_session(state, id, |desk| show(desk, id, None)),
        ("POST", ["c", "pay", id]) => in_session(state, id, |desk| pay(desk, id, &params)),
        ("GET", ["c", "pay", id, "authenticate"]) => in_session(state, id, |desk| ask(desk, id)),
        ("POST", ["c", "pay", id, "authenticate"]) => {
            let approved = params.text("/answer") == Some("approve");
            in_session(state, id, |desk| {
                let outcome = checkout::authenticate(desk, id, approved);
                follow(desk, id, outcome)
            })
        }
        ("GET", ["c", "3ds", intent]) => {
            let amount = state.world_with(intent).map(|world| state.desk(&world).read(intent));
            match amount {
                Some(intent) => {
                    Answer::html(200, page::challenge(Tongue::English, &money(&intent["amount"])))
                }
                None => missing(),
            }
        }
        ("POST", ["c", "3ds", intent]) => answer_challenge(state, intent, &params),
        _ => Failure::unrecognized(&request.method, &request.path).answer(),
    }
}

fn in_session(state: &mut State, id: &str, act: impl FnOnce(&mut Desk<'_>) -> Answer) -> Answer {
    match state.sessions.get(id).cloned() {
        Some(world) => act(&mut state.desk(&world)),
        None => missing(),
    }
}

fn missing() -> Answer {
    let text = "This payment page does not exist.";
    Answer::html(404, page::notice(Tongue::English, "Not found", text, None))
}

/// `$1,250.00` from minor units.
fn money(minor: &Value) -> String {
    let minor = minor.as_i64().unwrap_or_default();
    let dollars = minor.div_euclid(100).to_string();
    let cents = minor.rem_euclid(100);
    let mut grouped = String::new();
    for (index, digit) in dollars.chars().enumerate() {
        if index > 0 && dollars.len().saturating_sub(index).checked_rem(3) == Some(0) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{cents:02}")
}

fn success_url(session: &Value) -> String {
    let id = session["id"].as_str().unwrap_or_default();
    session["success_url"].as_str().unwrap_or_default().replace("{CHECKOUT_SESSION_ID}", id)
}

fn show(desk: &Desk<'_>, id: &str, error: Option<&str>) -> Answer {
    let session = desk.read(id);
    let tongue = Tongue::of(&session);
    let cancel = session["cancel_url"].as_str();
    match session["status"].as_str().unwrap_or_default() {
        "open" => {
            let status = if error.is_some() { 402 } else { 200 };
            Answer::html(status, page::checkout(&session, &money(&session["amount_total"]), error))
        }
        "complete" => {
            let back = success_url(&session);
            let text = "This payment was already made. Nothing more will be charged.";
            Answer::html(
                200,
                page::notice(tongue, "Payment received", text, Some((&back, "Continue"))),
            )
        }
        _ => {
            let text = "This payment page has expired. Nothing was charged.";
            let back = cancel.map(|url| (url, "Return to the merchant"));
            Answer::html(410, page::notice(tongue, "Page expired", text, back))
        }
    }
}

fn pay(desk: &mut Desk<'_>, id: &str, params: &Params) -> Answer {
    let instrument = match typed(params) {
        Ok(instrument) => instrument,
        Err(sentence) => return show(desk, id, Some(sentence)),
    };
    let payer = Payer {
        name: params.text("/name").map(str::to_owned),
        email: params.text("/email").map(str::to_owned),
    };
    let outcome = checkout::pay(desk, id, instrument, &payer, Authentication::NotAsked);
    follow(desk, id, outcome)
}

/// Where the browser goes after an attempt.
fn follow(desk: &Desk<'_>, id: &str, outcome: Result<Outcome, Refused>) -> Answer {
    match outcome {
        Ok(Outcome::Succeeded | Outcome::Processing) => {
            Answer::see_other(&success_url(&desk.read(id)))
        }
        Ok(Outcome::NeedsAuthentication) => Answer::see_other(&format!("/c/pay/{id}/authenticate")),
        Ok(Outcome::Declined(failure)) | Err(Refused::Broken(failure)) => {
            show(desk, id, Some(failure.message()))
        }
        Err(Refused::Blocked(sentence)) => show(desk, id, Some(&sentence)),
        Err(Refused::NotOpen(_)) => show(desk, id, None),
    }
}

fn ask(desk: &Desk<'_>, id: &str) -> Answer {
    let session = desk.read(id);
    let intent = desk.read(session["payment_intent"].as_str().unwrap_or_default());
    if intent["status"] != json!("requires_action") {
        return Answer::see_other(&format!("/c/pay/{id}"));
    }
    Answer::html(200, page::challenge(Tongue::of(&session), &money(&session["amount_total"])))
}

fn answer_challenge(state: &mut State, intent: &str, params: &Params) -> Answer {
    let Some(world) = state.world_with(intent) else { return missing() };
    let mut desk = state.desk(&world);
    let waiting = desk.read(intent);
    if waiting["status"] != json!("requires_action") {
        let text = "Nothing is waiting for your answer.";
        return Answer::html(409, page::notice(Tongue::English, "Already answered", text, None));
    }
    let approved = params.text("/answer") == Some("approve");
    let said = if approved { Authentication::Approved } else { Authentication::Failed };
    let method = waiting["payment_method"].as_str().unwrap_or_default();
    drop(till::attempt(&mut desk, intent, method, said));
    match waiting["_return_url"].as_str() {
        Some(url) => Answer::see_other(url),
        None => Answer::html(
            200,
            page::notice(Tongue::English, "Done", "You may close this page.", None),
        ),
    }
}

/// The instrument the payer typed, or a sentence about what is wrong.
fn typed(params: &Params) -> Result<Instrument, &'static str> {
    if let Some(account) = params.text("/account") {
        if params.text("/routing").is_some_and(|routing| routing != ROUTING) {
            return Err("The routing number of the test bank is 110000000.");
        }
        return instruments::bank(account.trim())
            .map(Instrument::Bank)
            .ok_or("This sandbox takes the listed test bank accounts only.");
    }
    let number = params.text("/number").ok_or("Enter a card number or choose a test card.")?;
    let card = instruments::card(number)
        .ok_or("This sandbox takes the listed test cards only. Never enter a real card.")?;
    if params.text("/chosen").is_none() {
        check_expiry(params.text("/expiry").unwrap_or_default())?;
        let code = params.text("/cvc").unwrap_or_default();
        if !(3..=4).contains(&code.len()) || !code.chars().all(|digit| digit.is_ascii_digit()) {
            return Err("Your card's security code is incomplete.");
        }
    }
    Ok(Instrument::Card(card))
}

/// `12 / 34` or `1234`: a month from now on.
fn check_expiry(text: &str) -> Result<(), &'static str> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (month, year) =
        digits.split_at_checked(2).ok_or("Your card's expiration date is incomplete.")?;
    let year = year.get(year.len().saturating_sub(2)..).unwrap_or_default();
    match (month.parse::<u32>(), year.parse::<i32>()) {
        (Ok(1..=12), Ok(year))
            if year.saturating_add(2000) >= chrono::Datelike::year(&chrono::Utc::now()) =>
        {
            Ok(())
        }
        (Ok(1..=12), Ok(_)) => Err("Your card's expiration year is in the past."),
        _ => Err("Your card's expiration date is incomplete."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped() {
        assert_eq!(money(&json!(125_000)), "$1,250.00");
        assert_eq!(money(&json!(5)), "$0.05");
        assert_eq!(money(&json!(123_456_789)), "$1,234,567.89");
    }
}

//! Commands that move money: paying without a browser, settling, taking back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, body};
use crate::{
    checkout::{self, Payer, Refused},
    clock::Task,
    disputes,
    till::{Authentication, Outcome},
    wire::request::Request,
    world::State,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    /// Number or alias of a test card.
    #[serde(default)]
    card: Option<String>,
    /// Number or alias of a test bank account.
    #[serde(default)]
    bank: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// What the payer does about 3-D Secure: `true` (default) approves.
    #[serde(default)]
    approve: Option<bool>,
}

/// Pays a session as the hosted page would, without a browser.
pub(super) fn pay(state: &mut State, request: &Request, id: &str) -> Result<Value, Refusal> {
    let wanted: Pay = body(request)?;
    let named = match (&wanted.card, &wanted.bank) {
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => "4000056655665556".to_owned(),
        (Some(_), Some(_)) => return Err((400, "Either a card or a bank account.".to_owned())),
    };
    let instrument = checkout::named(&named)
        .ok_or_else(|| (400, format!("{named} is no test card or test bank account.")))?;
    let world = state.sessions.get(id).cloned();
    let world = world.ok_or_else(|| (404, format!("No checkout session {id}.")))?;
    let payer = Payer { name: wanted.name, email: wanted.email };
    let mut desk = state.desk(&world);
    let mut outcome = checkout::pay(&mut desk, id, instrument, &payer, Authentication::NotAsked);
    if let (Ok(Outcome::NeedsAuthentication), approve) = (&outcome, wanted.approve) {
        outcome = checkout::authenticate(&mut desk, id, approve.unwrap_or(true));
    }
    let (told, message) = match outcome {
        Ok(Outcome::Succeeded) => ("paid", None),
        Ok(Outcome::Processing) => ("processing", None),
        Ok(Outcome::NeedsAuthentication) => ("requires_action", None),
        Ok(Outcome::Declined(failure)) => ("declined", Some(failure.message().to_owned())),
        Err(Refused::Blocked(message)) => ("blocked", Some(message)),
        Err(Refused::NotOpen(message)) => return Err((409, message)),
        Err(Refused::Broken(failure)) => return Err((500, failure.message().to_owned())),
    };
    let session = desk.read(id);
    Ok(json!({
        "outcome": told, "message": message, "status": session["status"],
        "payment_status": session["payment_status"], "payment_intent": session["payment_intent"],
        "success_url": session["success_url"].as_str().map(|url| url.replace("{CHECKOUT_SESSION_ID}", id)),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    payment_intent: String,
}

/// Lets the bank answer a debit now, whatever the clock says.
pub(super) fn settle(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let Settle { payment_intent } = body(request)?;
    let due = state
        .calendar
        .take_early(|task| matches!(task, Task::SettleDebit(intent) if *intent == payment_intent));
    let (world, task) = due.ok_or_else(|| (404, "No such debit is under way.".to_owned()))?;
    state.run(&world, &task);
    let status = state.desk(&world).read(&payment_intent)["status"].clone();
    Ok(json!({"payment_intent": payment_intent, "status": status}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trouble {
    #[serde(default)]
    charge: Option<String>,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    /// Minor units; the whole charge when absent.
    #[serde(default)]
    amount: Option<i64>,
}

/// Opens a dispute, or sends a settled debit back.
pub(super) fn dispute(
    state: &mut State,
    request: &Request,
    returned: bool,
) -> Result<Value, Refusal> {
    let wanted: Trouble = body(request)?;
    let named = wanted.charge.as_ref().or(wanted.payment_intent.as_ref());
    let named = named.ok_or_else(|| (400, "Name a charge or a payment_intent.".to_owned()))?;
    let world = state.world_with(named).ok_or_else(|| (404, format!("No {named}.")))?;
    let mut desk = state.desk(&world);
    let charge = match &wanted.charge {
        Some(charge) => charge.clone(),
        None => desk.read(named)["latest_charge"].as_str().unwrap_or_default().to_owned(),
    };
    let opened = if returned {
        let reason = wanted.reason.as_deref().unwrap_or("insufficient_funds");
        disputes::return_debit(&mut desk, &charge, reason)
    } else {
        let reason = wanted.reason.as_deref().unwrap_or("fraudulent");
        disputes::open(&mut desk, &charge, reason, wanted.amount)
    };
    let opened = opened.ok_or_else(|| {
        (409, "Only a settled charge that was not disputed before can be disputed.".to_owned())
    })?;
    Ok(crate::wire::expand::strip(&desk.read(&opened)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    /// `won` or `lost`.
    status: String,
}

pub(super) fn close(state: &mut State, request: &Request, id: &str) -> Result<Value, Refusal> {
    let Close { status } = body(request)?;
    if status != "won" && status != "lost" {
        return Err((400, "A dispute ends won or lost.".to_owned()));
    }
    let world = state.world_with(id).ok_or_else(|| (404, format!("No dispute {id}.")))?;
    let mut desk = state.desk(&world);
    disputes::close(&mut desk, id, &status);
    Ok(crate::wire::expand::strip(&desk.read(id)))
}

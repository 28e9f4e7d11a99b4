//! The control plane `/_sim/…`: JSON in, JSON out. It acts on all worlds and asks for no key.
//!
//! | Command | Body | What it does |
//! |---|---|---|
//! | `GET health` | | `{"ok": true}` |
//! | `POST reset` | `keep_endpoints?` | forgets everything |
//! | `GET clock`, `POST clock/advance`, `POST clock/reset` | `seconds` | tells or moves the clock; due tasks run in order |
//! | `GET`, `POST`, `DELETE faults`, `DELETE faults/{id}` | `kind, method?, path?, account?, key?, nth?, every?, millis?, retry_after?` | faults of the API |
//! | `GET`, `POST`, `DELETE webhooks/faults` | `kind, event?, times?, copies?, seconds?` | faults of the post |
//! | `POST webhooks/endpoints` | `key, url, account?, secret?, events?, connect?, replace?` | an endpoint with a known secret; the same address again replaces it |
//! | `POST webhooks/endpoints/{id}/rotate` | | a second secret; both sign |
//! | `POST webhooks/flush` | `all?` | delivers what is due (`all`: whatever waits) before it answers |
//! | `POST checkout/{id}/pay` | `card?` or `bank?`, `name?, email?, approve?` | pays like the hosted page; a debit card by default |
//! | `POST settle` | `payment_intent` | the bank answers a debit now |
//! | `POST disputes`, `POST disputes/{id}/close` | `charge` or `payment_intent`, `reason?, amount?`; `status` | a chargeback; its end |
//! | `POST returns` | `charge` or `payment_intent`, `reason?` | a settled debit comes back |
//! | `GET requests`, `GET deliveries` | | the journals |

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    checkout::{self, Payer, Refused},
    clock::Task,
    disputes,
    faults::{Fault, FaultKind},
    routes::endpoints,
    server::Shared,
    till::{Authentication, Outcome},
    webhooks::{courier, faults::PostFault, fresh_secret},
    wire::request::{Answer, Request},
    world::{State, WorldId},
};

/// How many requests the journal remembers.
const REMEMBERED: usize = 20_000;

/// What was asked and answered, newest last.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Value>,
    next: u64,
}

impl State {
    /// Writes a request into the journal. Status 0: no answer was sent.
    pub(crate) fn note(
        &mut self,
        request: &Request,
        status: u16,
        fault: Option<FaultKind>,
        answer: Option<&Answer>,
    ) {
        let header = |wanted: &str| {
            let headers = answer.map(|answer| answer.headers.as_slice()).unwrap_or_default();
            headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        self.journal.next = self.journal.next.saturating_add(1);
        let entry = json!({
            "number": self.journal.next, "at": self.calendar.now(), "method": request.method,
            "path": request.path, "query": request.query, "body": request.body,
            "account": request.account, "idempotency_key": request.idempotency_key,
            "status": status, "fault": fault, "request_id": header("request-id"),
            "replayed": header("idempotent-replayed").is_some(),
        });
        self.journal.entries.push_back(entry);
        if self.journal.entries.len() > REMEMBERED {
            self.journal.entries.pop_front();
        }
    }
}

/// A refusal of the control plane: status and sentence.
type Refusal = (u16, String);

/// Answers a request to the control plane.
pub(crate) async fn serve(shared: &Shared, request: &Request) -> Answer {
    let segments = request.segments();
    let route = segments.get(1..).unwrap_or_default();
    if let ("POST", ["webhooks", "flush"]) = (request.method.as_str(), route) {
        return flush(shared, request).await;
    }
    let result = if let ("POST", ["clock", "advance"]) = (request.method.as_str(), route) {
        advance(&mut shared.lock(), request)
    } else {
        let mut state = shared.lock();
        state.run_due();
        dispatch(&mut state, request, route)
    };
    match result {
        Ok(body) => Answer::json(200, &body),
        Err((status, message)) => Answer::json(status, &json!({"error": {"message": message}})),
    }
}

fn dispatch(state: &mut State, request: &Request, route: &[&str]) -> Result<Value, Refusal> {
    match (request.method.as_str(), route) {
        ("GET", ["health"]) => Ok(json!({"ok": true})),
        ("POST", ["reset"]) => reset(state, request),
        ("GET", ["clock"]) => Ok(clock(state)),
        ("POST", ["clock", "reset"]) => {
            state.calendar.set_offset(0);
            Ok(clock(state))
        }
        ("GET", ["faults"]) => Ok(json!({"data": state.faults.rules})),
        ("POST", ["faults"]) => {
            let fault: Fault = body(request)?;
            Ok(json!({"id": state.faults.add(fault)}))
        }
        ("DELETE", ["faults"]) => {
            state.faults.rules.clear();
            Ok(json!({"cleared": true}))
        }
        ("DELETE", ["faults", id]) => {
            let before = state.faults.rules.len();
            state.faults.rules.retain(|fault| fault.id.to_string() != *id);
            Ok(json!({"cleared": before > state.faults.rules.len()}))
        }
        ("GET", ["webhooks", "faults"]) => Ok(json!({"data": state.post.faults})),
        ("POST", ["webhooks", "faults"]) => {
            let fault: PostFault = body(request)?;
            state.post.faults.push(fault);
            Ok(json!({"added": true}))
        }
        ("DELETE", ["webhooks", "faults"]) => {
            state.post.faults.clear();
            state.post.release();
            Ok(json!({"cleared": true}))
        }
        ("POST", ["webhooks", "endpoints"]) => add_endpoint(state, request),
        ("POST", ["webhooks", "endpoints", id, "rotate"]) => rotate(state, id),
        ("GET", ["requests"]) => Ok(json!({"data": state.journal.entries})),
        ("GET", ["deliveries"]) => Ok(json!({"data": state.post.report()})),
        ("POST", ["checkout", id, "pay"]) => pay(state, request, id),
        ("POST", ["settle"]) => settle(state, request),
        ("POST", ["disputes"]) => dispute(state, request, false),
        ("POST", ["returns"]) => dispute(state, request, true),
        ("POST", ["disputes", id, "close"]) => close(state, request, id),
        _ => Err((404, format!("The control plane has no {} {}.", request.method, request.path))),
    }
}

fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    let text = if request.body.trim().is_empty() { "{}" } else { &request.body };
    serde_json::from_str(text).map_err(|error| (400, format!("The body does not fit: {error}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default)]
    keep_endpoints: bool,
}

fn reset(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let wanted: Reset = body(request)?;
    state.calendar.clear();
    state.calendar.set_offset(0);
    state.worlds.clear();
    state.sessions.clear();
    state.faults.rules.clear();
    state.journal.entries.clear();
    state.post.clear(wanted.keep_endpoints);
    Ok(json!({"reset": true}))
}

fn clock(state: &State) -> Value {
    json!({
        "now": state.calendar.now(), "offset": state.calendar.offset(),
        "tasks": state.calendar.waiting(), "undelivered": state.post.undelivered(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

fn advance(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let Advance { seconds } = body(request)?;
    if seconds < 0 {
        return Err((400, "The clock goes forward; POST /_sim/clock/reset goes back.".to_owned()));
    }
    let before = state.run_due();
    let offset = state.calendar.offset().saturating_add(seconds);
    state.calendar.set_offset(offset);
    let ran = state.run_due().saturating_add(before);
    let mut told = clock(state);
    told["ran"] = json!(ran);
    Ok(told)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flush {
    /// Also what is delayed or waits for a retry.
    #[serde(default)]
    all: bool,
}

async fn flush(shared: &Shared, request: &Request) -> Answer {
    let wanted: Flush = match body(request) {
        Ok(wanted) => wanted,
        Err((status, message)) => {
            return Answer::json(status, &json!({"error": {"message": message}}));
        }
    };
    shared.lock().run_due();
    let attempts = courier::flush(shared, wanted.all).await;
    let left = shared.lock().post.undelivered();
    Answer::json(200, &json!({"attempts": attempts, "undelivered": left}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    key: String,
    #[serde(default)]
    account: Option<String>,
    url: String,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    events: Option<Vec<String>>,
    #[serde(default)]
    connect: bool,
    /// Removes the other endpoints of this key and account first.
    #[serde(default)]
    replace: bool,
}

fn add_endpoint(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let new: NewEndpoint = body(request)?;
    let secret = new.secret.unwrap_or_else(fresh_secret);
    let wanted = endpoints::Wanted {
        url: new.url,
        events: new.events.unwrap_or_else(|| vec!["*".to_owned()]),
        connect: new.connect,
        secret: secret.clone(),
    };
    let mut desk = state.desk(&WorldId { key: new.key, account: new.account });
    endpoints::forget(&mut desk, |endpoint| {
        endpoint.connect == wanted.connect && (new.replace || endpoint.url == wanted.url)
    });
    let id = endpoints::register(&mut desk, wanted)
        .map_err(|failure| (failure.status, failure.message().to_owned()))?;
    Ok(json!({"id": id, "secret": secret}))
}

fn rotate(state: &mut State, id: &str) -> Result<Value, Refusal> {
    let found = state.post.endpoints.iter_mut().find(|endpoint| endpoint.id == id);
    let endpoint = found.ok_or_else(|| (404, format!("No endpoint {id}.")))?;
    let secret = fresh_secret();
    endpoint.secrets.insert(0, secret.clone());
    endpoint.secrets.truncate(2);
    Ok(json!({"id": id, "secret": secret}))
}

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
fn pay(state: &mut State, request: &Request, id: &str) -> Result<Value, Refusal> {
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
fn settle(state: &mut State, request: &Request) -> Result<Value, Refusal> {
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
fn dispute(state: &mut State, request: &Request, returned: bool) -> Result<Value, Refusal> {
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

fn close(state: &mut State, request: &Request, id: &str) -> Result<Value, Refusal> {
    let Close { status } = body(request)?;
    if status != "won" && status != "lost" {
        return Err((400, "A dispute ends won or lost.".to_owned()));
    }
    let world = state.world_with(id).ok_or_else(|| (404, format!("No dispute {id}.")))?;
    let mut desk = state.desk(&world);
    disputes::close(&mut desk, id, &status);
    Ok(crate::wire::expand::strip(&desk.read(id)))
}

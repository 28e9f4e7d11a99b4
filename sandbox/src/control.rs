//! The control plane `/_sim/…`: JSON in, JSON out. It acts on all worlds and asks for no key.
//!
//! | Command | Body | What it does |
//! |---|---|---|
//! | `GET health` | | `{"ok": true}` |
//! | `POST reset` | `keep_endpoints?` | forgets everything |
//! | `GET clock`, `POST clock/advance`, `POST clock/set`, `POST clock/reset` | `seconds`; `now` | tells or moves the clock; due tasks run in order |
//! | `GET`, `POST`, `DELETE faults`, `DELETE faults/{id}` | `kind, method?, path?, account?, key?, nth?, every?, millis?, retry_after?` | faults of the API |
//! | `GET`, `POST`, `DELETE webhooks/faults` | `kind, event?, times?, copies?, seconds?` | faults of the post |
//! | `POST webhooks/endpoints` | `key, url, account?, secret?, events?, connect?, replace?` | an endpoint with a known secret; the same address again replaces it |
//! | `POST webhooks/endpoints/{id}/rotate` | | a second secret; both sign |
//! | `POST webhooks/flush` | `all?` | delivers what is due (`all`: whatever waits) before it answers |
//! | `POST checkout/{id}/pay` | `card?` or `bank?`, `name?, email?, approve?` | pays like the hosted page; a debit card by default |
//! | `POST settle` | `payment_intent` | the bank answers a debit now |
//! | `POST disputes`, `POST disputes/{id}/close` | `charge` or `payment_intent`, `reason?, amount?`; `status` | a chargeback; its end |
//! | `POST returns` | `charge` or `payment_intent`, `reason?` | a settled debit comes back |
//! | `POST payouts`, `POST payouts/{id}/fail` | `key, account?, pending?, in_transit?`; `code?` | pays out what is available; the bank sends it back |
//! | `POST payouts/schedule` | `key, account?, daily` | automatic payouts, each day |
//! | `GET requests`, `GET deliveries` | | the journals |

mod money;
mod payouts;

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    faults::{Fault, FaultKind},
    routes::endpoints,
    server::Shared,
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
        ("POST", ["clock", "set"]) => {
            let SetClock { now } = body(request)?;
            let offset = now.saturating_sub(state.calendar.now());
            state.calendar.set_offset(state.calendar.offset().saturating_add(offset));
            state.run_due();
            Ok(clock(state))
        }
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
        ("POST", ["checkout", id, "pay"]) => money::pay(state, request, id),
        ("POST", ["settle"]) => money::settle(state, request),
        ("POST", ["disputes"]) => money::dispute(state, request, false),
        ("POST", ["returns"]) => money::dispute(state, request, true),
        ("POST", ["payouts"]) => payouts::make(state, request),
        ("POST", ["payouts", "schedule"]) => payouts::schedule(state, request),
        ("POST", ["payouts", id, "fail"]) => payouts::fail(state, request, id),
        ("POST", ["disputes", id, "close"]) => money::close(state, request, id),
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
struct SetClock {
    /// Unix seconds.
    now: i64,
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

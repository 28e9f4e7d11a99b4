//! The API: who asks, idempotency, and the table of routes.

mod accounts;
mod balance;
mod charges;
mod customers;
mod disputes;
pub(crate) mod endpoints;
mod events;
mod intents;
mod methods;
mod payouts;
mod refunds;
mod sessions;

use serde_json::Value;

use crate::{
    till,
    wire::{
        expand,
        failure::Failure,
        form::Params,
        request::{Answer, Request},
    },
    world::{API_VERSION, Cause, Desk, State, WorldId},
};

/// What became clear before the work.
pub(crate) enum Begun {
    /// Answered already: refused, or replayed under its key.
    Answered(Answer),
    /// To be worked on in this world.
    Open(WorldId),
}

/// Names the caller's world and takes the idempotency key.
pub(crate) fn begin(state: &mut State, request: &Request) -> Begun {
    let claimed = world_of(request).and_then(|id| {
        let now = state.calendar.now();
        let replay = if request.method == "POST" {
            state.desk(&id).world.keys.claim(request, now)?
        } else {
            None
        };
        Ok((id, replay))
    });
    match claimed {
        Ok((id, None)) => Begun::Open(id),
        Ok((_, Some(replay))) => Begun::Answered(replay),
        Err(failure) => Begun::Answered(failure.answer()),
    }
}

/// Does the work and stores the answer under the key. `broken`: the answer is a 500 although the
/// work is done.
pub(crate) fn finish(state: &mut State, request: &Request, begun: Begun, broken: bool) -> Answer {
    let request_id = till::request_id();
    let id = match begun {
        Begun::Answered(answer) => return label(answer, request, request_id),
        Begun::Open(id) => id,
    };
    let mut desk = state.desk(&id);
    desk.cause = Cause { request: Some(request_id.clone()), key: request.idempotency_key.clone() };
    let params = Params::decode(&request.query, &request.body);
    let result = dispatch(&mut desk, request, &params).and_then(|object| {
        if object["object"] == "list" {
            return Ok(object);
        }
        expand::render(desk.world, &object, &params.texts("/expand"))
    });
    let kept = result.as_ref().map_or_else(|failure| failure.kept, |_| true);
    let answer = match result {
        _ if broken => Failure::api("An unknown error occurred.").answer(),
        Ok(object) => Answer::json(200, &object),
        Err(failure) => failure.answer(),
    };
    if request.method == "POST" {
        let stored =
            (kept || broken).then(|| answer.clone().header("original-request", &request_id));
        desk.world.keys.settle(request, stored);
    }
    label(answer, request, request_id)
}

fn label(answer: Answer, request: &Request, request_id: String) -> Answer {
    let mut answer = answer.header("request-id", request_id).header("stripe-version", API_VERSION);
    if let Some(key) = &request.idempotency_key {
        answer = answer.header("idempotency-key", key);
    }
    if let Some(account) = &request.account {
        answer = answer.header("stripe-account", account);
    }
    answer
}

fn world_of(request: &Request) -> Result<WorldId, Failure> {
    let key = request.api_key().ok_or_else(|| {
        Failure::unauthorized("You did not provide an API key. Use Authorization: Bearer sk_test_…")
    })?;
    if !key.starts_with("sk_test_") && !key.starts_with("rk_test_") {
        return Err(Failure::unauthorized("The sandbox takes sk_test_ and rk_test_ keys only."));
    }
    if let Some(version) = request.api_version.as_deref().filter(|asked| *asked != API_VERSION) {
        return Err(Failure::unmodelled(&format!("API version {version}, only {API_VERSION}")));
    }
    Ok(WorldId { key, account: request.account.clone() })
}

fn dispatch(desk: &mut Desk<'_>, request: &Request, params: &Params) -> Result<Value, Failure> {
    let segments = request.segments();
    let method = request.method.as_str();
    let rest = segments.get(2..).unwrap_or_default();
    let answered = match segments.get(1).copied().unwrap_or_default() {
        "account" | "accounts" => accounts::serve(desk, method, rest, params),
        "balance" | "balance_transactions" => {
            balance::serve(desk, method, segments.get(1..).unwrap_or_default(), params)
        }
        "charges" => charges::serve(desk, method, rest, params),
        "checkout" => sessions::serve(desk, method, rest, params),
        "customers" => customers::serve(desk, method, rest, params),
        "disputes" => disputes::serve(desk, method, rest, params),
        "events" => events::serve(desk, method, rest, params),
        "payment_intents" => intents::serve(desk, method, rest, params),
        "payment_methods" => methods::serve(desk, method, rest, params),
        "payouts" => payouts::serve(desk, method, rest, params),
        "refunds" => refunds::serve(desk, method, rest, params),
        "webhook_endpoints" => endpoints::serve(desk, method, rest, params),
        _ => None,
    };
    answered.unwrap_or_else(|| Err(Failure::unmodelled(&format!("{method} {}", request.path))))
}

/// The answer of a route; `None` when there is no such route.
type Served = Option<Result<Value, Failure>>;

/// Writes the plain text fields of a request into the object; an empty string clears a field.
fn copy_texts(changes: &mut Value, params: &Params, names: &[&str]) {
    for name in names {
        if params.at(&format!("/{name}")).is_some() {
            changes[*name] = params.or_null(&format!("/{name}"));
        }
    }
}

/// Metadata after a change: given keys set, keys given empty removed.
fn merge_metadata(old: &Value, params: &Params, pointer: &str) -> Value {
    let mut merged = old.as_object().cloned().unwrap_or_default();
    for (key, value) in params.metadata(pointer).as_object().into_iter().flatten() {
        if value.as_str() == Some("") {
            merged.remove(key);
        } else {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

/// A filter by equality on optional text parameters; the field has the parameter's name.
fn equals<'a>(params: &'a Params, names: &'a [&'a str]) -> impl Fn(&Value) -> bool + 'a {
    move |object| {
        names.iter().all(|name| {
            params.text(&format!("/{name}")).is_none_or(|wanted| object[*name] == wanted)
        })
    }
}

/// Page parameters and these filters are all a list reads.
fn only_page(params: &Params, filters: &[&str]) -> Result<(), Failure> {
    let names = [crate::wire::page::NAMES, filters].concat();
    params.only(&names, &[])
}

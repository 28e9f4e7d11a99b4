//! Commands that pay out: make, let arrive, let fail.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, body};
use crate::{
    clock::Task,
    payouts,
    wire::request::Request,
    world::{State, WorldId},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    key: String,
    #[serde(default)]
    account: Option<String>,
    /// Also what is not available yet.
    #[serde(default)]
    pending: bool,
    /// Leaves it on its way; a day later it arrives by itself.
    #[serde(default)]
    in_transit: bool,
}

/// Pays out what one account has, and lets it arrive at once unless told otherwise.
pub(super) fn make(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let wanted: Wanted = body(request)?;
    let world = WorldId { key: wanted.key, account: wanted.account };
    let mut desk = state.desk(&world);
    let payout = payouts::make(&mut desk, wanted.pending)
        .ok_or_else(|| (409, "There is nothing to pay out.".to_owned()))?;
    if !wanted.in_transit {
        let arrives = |task: &Task| matches!(task, Task::Arrive(id) if *id == payout);
        state.calendar.take_early(arrives);
        payouts::arrive(&mut state.desk(&world), &payout);
    }
    Ok(crate::wire::expand::strip(&state.desk(&world).read(&payout)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    #[serde(default)]
    code: Option<String>,
}

/// The bank sends a payout back.
pub(super) fn fail(state: &mut State, request: &Request, id: &str) -> Result<Value, Refusal> {
    let wanted: Failure = body(request)?;
    let world = state.world_with(id).ok_or_else(|| (404, format!("No payout {id}.")))?;
    let mut desk = state.desk(&world);
    let code = wanted.code.as_deref().unwrap_or("account_closed");
    if !payouts::fail(&mut desk, id, code) {
        return Err((409, format!("{id} is no payout that is on its way or arrived.")));
    }
    Ok(crate::wire::expand::strip(&desk.read(id)))
}

/// The automatic payouts of one account, each day from now on, or no longer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schedule {
    key: String,
    #[serde(default)]
    account: Option<String>,
    daily: bool,
}

/// Switches automatic payouts on or off.
pub(super) fn schedule(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let wanted: Schedule = body(request)?;
    let world = WorldId { key: wanted.key, account: wanted.account };
    let of_world = |task: &Task| matches!(task, Task::PayOut);
    state.calendar.drop_tasks(&world, of_world);
    if wanted.daily {
        state.desk(&world).schedule(crate::till::DAY, Task::PayOut);
    }
    Ok(json!({"daily": wanted.daily}))
}

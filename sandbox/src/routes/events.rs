//! `/v1/events`: what happened, for the recovery poll.

use serde_json::Value;

use super::{Served, only_page};
use crate::{
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("GET", []) => list(desk, params),
        ("GET", [id]) => params.only(&[], &[]).and_then(|()| desk.world.of("event", id).cloned()),
        _ => return None,
    })
}

fn list(desk: &Desk<'_>, params: &Params) -> Result<Value, Failure> {
    only_page(params, &["type", "types", "delivery_success"])?;
    let types = params.texts("/types");
    if types.len() > 20 {
        return Err(Failure::invalid("types", "At most 20 types may be asked for."));
    }
    let one = params.text("/type");
    let delivered = params.flag("/delivery_success")?;
    let fits = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        let pending = event["pending_webhooks"].as_i64().unwrap_or_default() > 0;
        one.is_none_or(|wanted| matches_type(wanted, kind))
            && (types.is_empty() || types.iter().any(|wanted| wanted == kind))
            && delivered.is_none_or(|delivered| delivered != pending)
    };
    page::list(desk.world, "event", "/v1/events", params, fits)
}

/// `charge.*` stands for every type that starts with `charge.`.
fn matches_type(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |start| kind.starts_with(start))
}

//! `/v1/disputes`: read, answer with evidence, give up.

use serde_json::{Value, json};

use super::{Served, equals, merge_metadata, only_page};
use crate::{
    disputes,
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("GET", []) => {
            let filters = ["charge", "payment_intent"];
            only_page(params, &filters).and_then(|()| {
                page::list(desk.world, "dispute", "/v1/disputes", params, equals(params, &filters))
            })
        }
        ("GET", [id]) => params.only(&[], &[]).and_then(|()| desk.world.of("dispute", id).cloned()),
        ("POST", [id]) => update(desk, id, params),
        ("POST", [id, "close"]) => close(desk, id, params),
        _ => return None,
    })
}

fn open(desk: &Desk<'_>, id: &str) -> Result<Value, Failure> {
    let dispute = desk.world.of("dispute", id)?.clone();
    let status = dispute["status"].as_str().unwrap_or_default();
    if matches!(status, "won" | "lost" | "prevented" | "warning_closed") {
        return Err(Failure::state("dispute_closed", "This dispute is already closed."));
    }
    Ok(dispute)
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["metadata*", "submit", "evidence*"], &[])?;
    let dispute = open(desk, id)?;
    let mut evidence = dispute["evidence"].clone();
    for (name, value) in params.metadata("/evidence").as_object().into_iter().flatten() {
        evidence[name.as_str()] = value.clone();
    }
    let mut details = dispute["evidence_details"].clone();
    if params.at("/evidence").is_some() {
        details["has_evidence"] = json!(true);
    }
    let mut changes = json!({"metadata": merge_metadata(&dispute["metadata"], params, "/metadata"), "evidence": evidence});
    if params.flag("/submit")? == Some(true) {
        let count = details["submission_count"].as_u64().unwrap_or_default();
        details["submission_count"] = json!(count.saturating_add(1));
        changes["status"] = json!("under_review");
    }
    changes["evidence_details"] = details;
    desk.world.patch(id, &changes);
    desk.emit("charge.dispute.updated", id);
    Ok(desk.read(id))
}

fn close(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&[], &[])?;
    open(desk, id)?;
    disputes::close(desk, id, "lost");
    Ok(desk.read(id))
}

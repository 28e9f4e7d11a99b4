//! `/v1/refunds`.

use serde_json::{Value, json};

use super::{Served, equals, merge_metadata, only_page};
use crate::{
    refunds::{self, Wanted},
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => {
            let filters = ["charge", "payment_intent"];
            only_page(params, &filters).and_then(|()| {
                page::list(desk.world, "refund", "/v1/refunds", params, equals(params, &filters))
            })
        }
        ("GET", [id]) => params.only(&[], &[]).and_then(|()| desk.world.of("refund", id).cloned()),
        ("POST", [id]) => update(desk, id, params),
        _ => return None,
    })
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    params.only(
        &["charge", "payment_intent", "amount", "reason", "metadata*"],
        &[
            "currency",
            "customer",
            "instructions_email",
            "origin",
            "refund_application_fee",
            "reverse_transfer",
        ],
    )?;
    let charge = match (params.text("/charge"), params.text("/payment_intent")) {
        (Some(charge), _) => charge.to_owned(),
        (None, Some(intent)) => {
            let intent = desk.world.of("payment_intent", intent)?;
            let charge =
                intent["latest_charge"].as_str().filter(|_| intent["status"] == json!("succeeded"));
            let charge = charge.ok_or_else(|| {
                let message = "This PaymentIntent does not have a successful charge to refund.";
                Failure::state("payment_intent_unexpected_state", message)
            })?;
            charge.to_owned()
        }
        (None, None) => {
            let message =
                "One of the following params should be provided: payment_intent or charge.";
            return Err(Failure::coded("parameter_missing", "payment_intent", message));
        }
    };
    let reason = params.text("/reason");
    let reasons = ["duplicate", "fraudulent", "requested_by_customer"];
    if let Some(reason) = reason.filter(|reason| !reasons.contains(reason)) {
        return Err(Failure::invalid("reason", format!("Invalid reason: {reason}")));
    }
    let wanted = Wanted {
        charge,
        amount: params.number("/amount")?,
        reason: params.or_null("/reason"),
        metadata: params.metadata("/metadata"),
    };
    let id = refunds::make(desk, &wanted)?;
    Ok(desk.read(&id))
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["metadata*"], &[])?;
    let old = desk.world.of("refund", id)?;
    let changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    desk.world.patch(id, &changes);
    desk.emit("refund.updated", id);
    Ok(desk.read(id))
}

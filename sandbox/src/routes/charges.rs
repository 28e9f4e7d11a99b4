//! `/v1/charges`: read, annotate. Charges are made by payment intents.

use serde_json::{Value, json};

use super::{Served, copy_texts, equals, merge_metadata, only_page};
use crate::{
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("GET", []) => {
            let filters = ["customer", "payment_intent"];
            only_page(params, &filters).and_then(|()| {
                page::list(desk.world, "charge", "/v1/charges", params, equals(params, &filters))
            })
        }
        ("GET", ["search"]) => return None,
        ("GET", [id]) => params.only(&[], &[]).and_then(|()| desk.world.of("charge", id).cloned()),
        ("POST", [id]) => update(desk, id, params),
        _ => return None,
    })
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(
        &["metadata*", "description", "receipt_email"],
        &["customer", "fraud_details", "shipping", "transfer_group"],
    )?;
    let old = desk.world.of("charge", id)?;
    let mut changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    copy_texts(&mut changes, params, &["description", "receipt_email"]);
    desk.world.patch(id, &changes);
    desk.emit("charge.updated", id);
    Ok(desk.read(id))
}

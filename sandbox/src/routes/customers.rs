//! `/v1/customers`.

use serde_json::{Value, json};

use super::{Served, copy_texts, equals, merge_metadata, only_page};
use crate::{
    objects,
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

const TEXTS: &[&str] = &["name", "email", "phone", "description", "tax_exempt"];
const MODELLED: &[&str] = &[
    "name",
    "email",
    "phone",
    "description",
    "tax_exempt",
    "metadata*",
    "address*",
    "preferred_locales",
];
const KNOWN: &[&str] = &[
    "balance",
    "business_name",
    "cash_balance",
    "coupon",
    "default_source",
    "individual_name",
    "invoice_prefix",
    "invoice_settings",
    "next_invoice_sequence",
    "payment_method",
    "promotion_code",
    "shipping",
    "source",
    "tax",
    "tax_id_data",
    "test_clock",
    "validate",
];

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => only_page(params, &["email"]).and_then(|()| {
            let named = equals(params, &["email"]);
            let fits = |customer: &Value| customer["deleted"].is_null() && named(customer);
            page::list(desk.world, "customer", "/v1/customers", params, fits)
        }),
        ("GET" | "DELETE", ["search"]) => return None,
        ("GET", [id]) => {
            params.only(&[], &[]).and_then(|()| desk.world.of("customer", id).cloned())
        }
        ("POST", [id]) => update(desk, id, params),
        ("DELETE", [id]) => delete(desk, id),
        ("GET", [id, "payment_methods"]) => methods(desk, id, params),
        _ => return None,
    })
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    params.only(MODELLED, KNOWN)?;
    let mut customer = objects::customer(desk.now());
    write(&mut customer, params);
    let id = desk.put(customer);
    desk.emit("customer.created", &id);
    Ok(desk.read(&id))
}

fn write(customer: &mut Value, params: &Params) {
    copy_texts(customer, params, TEXTS);
    customer["metadata"] = merge_metadata(&customer["metadata"], params, "/metadata");
    if let Some(address) = params.at("/address") {
        let line = |name: &str| params.or_null(&format!("/address/{name}"));
        customer["address"] = if address.is_object() {
            json!({"city": line("city"), "country": line("country"), "line1": line("line1"),
                "line2": line("line2"), "postal_code": line("postal_code"), "state": line("state")})
        } else {
            Value::Null
        };
    }
    if params.at("/preferred_locales").is_some() {
        customer["preferred_locales"] = json!(params.texts("/preferred_locales"));
    }
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(MODELLED, KNOWN)?;
    let mut customer = living(desk, id)?;
    write(&mut customer, params);
    desk.put(customer);
    desk.emit("customer.updated", id);
    Ok(desk.read(id))
}

/// A customer that was not deleted.
pub(super) fn living(desk: &Desk<'_>, id: &str) -> Result<Value, Failure> {
    let customer = desk.world.of("customer", id)?;
    if customer["deleted"] == json!(true) {
        return Err(Failure::missing("customer", id));
    }
    Ok(customer.clone())
}

fn delete(desk: &mut Desk<'_>, id: &str) -> Result<Value, Failure> {
    living(desk, id)?;
    desk.emit("customer.deleted", id);
    desk.put(json!({"id": id, "object": "customer", "deleted": true}));
    Ok(desk.read(id))
}

fn methods(desk: &Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    only_page(params, &["type"])?;
    living(desk, id)?;
    let of_kind = equals(params, &["type"]);
    let fits = |method: &Value| method["customer"] == json!(id) && of_kind(method);
    let url = format!("/v1/customers/{id}/payment_methods");
    page::list(desk.world, "payment_method", &url, params, fits)
}

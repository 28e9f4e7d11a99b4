//! `/v1/checkout/sessions`: one-time payments on the hosted page.

use serde_json::{Value, json};

use super::{
    Served, copy_texts,
    customers::living,
    equals,
    intents::{allowed_kinds, check_amount},
    merge_metadata, only_page,
};
use crate::{
    checkout,
    clock::{Task, wall},
    ids,
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

const MODELLED: &[&str] = &[
    "mode",
    "ui_mode",
    "customer",
    "customer_email",
    "customer_creation",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "expires_at",
    "metadata*",
    "locale",
    "currency",
    "submit_type",
    "line_items[quantity]",
    "line_items[price_data][currency]",
    "line_items[price_data][unit_amount]",
    "line_items[price_data][product_data][name]",
    "line_items[price_data][product_data][description]",
    "payment_intent_data[metadata]*",
    "payment_intent_data[description]",
    "payment_intent_data[receipt_email]",
    "payment_intent_data[setup_future_usage]",
    "payment_intent_data[statement_descriptor]",
    "payment_intent_data[statement_descriptor_suffix]",
    "payment_intent_data[application_fee_amount]",
    "payment_intent_data[capture_method]",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
    "payment_method_options[card][restrictions][funding_types_blocked]",
    "payment_method_options[card][request_three_d_secure]",
    "payment_method_options[us_bank_account][verification_method]",
    "custom_text*",
    "billing_address_collection",
    "adaptive_pricing[enabled]",
    "automatic_tax[enabled]",
    "allow_promotion_codes",
    "phone_number_collection[enabled]",
];
const KNOWN: &[&str] = &[
    "after_expiration",
    "branding_settings",
    "consent_collection",
    "custom_fields",
    "customer_account",
    "customer_update",
    "discounts",
    "integration_identifier",
    "invoice_creation",
    "managed_payments",
    "name_collection",
    "optional_items",
    "origin_context",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_data",
    "permissions",
    "redirect_on_completion",
    "return_url",
    "saved_payment_method_options",
    "setup_intent_data",
    "shipping_address_collection",
    "shipping_options",
    "subscription_data",
    "tax_id_collection",
    "wallet_options",
];

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    let (room, rest) = rest.split_first()?;
    if *room != "sessions" {
        return None;
    }
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => {
            let filters = ["payment_intent", "customer", "status"];
            only_page(params, &filters).and_then(|()| {
                let url = "/v1/checkout/sessions";
                page::list(desk.world, "checkout.session", url, params, equals(params, &filters))
            })
        }
        ("GET", [id]) => {
            params.only(&[], &[]).and_then(|()| desk.world.of("checkout.session", id).cloned())
        }
        ("GET", [id, "line_items"]) => line_items(desk, id, params),
        ("POST", [id]) => update(desk, id, params),
        ("POST", [id, "expire"]) => expire(desk, id, params),
        _ => return None,
    })
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    params.only(MODELLED, KNOWN)?;
    refuse_unmodelled_values(params)?;
    if let Some(customer) = params.text("/customer") {
        living(desk, customer)?;
    }
    let (items, currency, total) = read_items(params, desk.now())?;
    let kinds = allowed_kinds(params)?;
    if kinds.is_empty() {
        return Err(Failure::invalid(
            "allowed_payment_method_types",
            "Nothing is left to pay with.",
        ));
    }
    let expires_at = expiry(desk, params)?;
    let id = ids::fresh("cs_test");
    let mut session = template(&id, &currency, total);
    session["created"] = json!(desk.now());
    session["expires_at"] = json!(expires_at);
    session["url"] = json!(format!("{}/c/pay/{id}", desk.base_url));
    session["success_url"] = json!(params.need("/success_url")?);
    session["payment_method_types"] = json!(kinds);
    session["payment_method_options"] = method_options(params);
    session["_line_items"] = items;
    session["_intent"] = intent_fields(params)?;
    session["metadata"] = params.metadata("/metadata");
    copy_texts(
        &mut session,
        params,
        &[
            "customer",
            "customer_email",
            "customer_creation",
            "client_reference_id",
            "cancel_url",
            "locale",
            "submit_type",
            "billing_address_collection",
        ],
    );
    for name in ["allowed_payment_method_types", "excluded_payment_method_types"] {
        if params.at(&format!("/{name}")).is_some() {
            session[name] = json!(params.texts(&format!("/{name}")));
        }
    }
    session["_text"] = params.or_null("/custom_text/submit/message");
    desk.put(session);
    let wait = expires_at.saturating_sub(desk.now());
    desk.schedule(wait, Task::ExpireSession(id.clone()));
    Ok(desk.read(&id))
}

/// Values that change what Stripe does and that the sandbox does not do.
fn refuse_unmodelled_values(params: &Params) -> Result<(), Failure> {
    let mode = params.need("/mode")?;
    if mode != "payment" {
        return Err(Failure::unmodelled(&format!("checkout in mode {mode}")));
    }
    let only = [
        ("/ui_mode", "hosted_page"),
        ("/adaptive_pricing/enabled", "false"),
        ("/automatic_tax/enabled", "false"),
        ("/allow_promotion_codes", "false"),
        ("/phone_number_collection/enabled", "false"),
        ("/payment_method_options/card/request_three_d_secure", "automatic"),
        ("/customer_creation", "if_required"),
        ("/billing_address_collection", "auto"),
    ];
    for (pointer, modelled) in only {
        if let Some(asked) = params.text(pointer).filter(|asked| *asked != modelled) {
            return Err(Failure::unmodelled(&format!("{pointer} = {asked}")));
        }
    }
    let capture = params.text("/payment_intent_data/capture_method");
    match capture.filter(|capture| !capture.starts_with("automatic")) {
        Some(capture) => Err(Failure::unmodelled(&format!("capture_method {capture}"))),
        None => Ok(()),
    }
}

fn read_items(params: &Params, now: i64) -> Result<(Value, String, i64), Failure> {
    let wanted = params.at("/line_items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut items = Vec::new();
    let mut total: i64 = 0;
    let mut currency = params.text("/currency").map(str::to_lowercase);
    for (index, _) in wanted.iter().enumerate() {
        let at = |name: &str| format!("/line_items/{index}/{name}");
        let named = params.need(&at("price_data/currency"))?.to_lowercase();
        if currency.get_or_insert_with(|| named.clone()) != &named {
            return Err(Failure::invalid("line_items", "All line items have one currency."));
        }
        let unit = at("price_data/unit_amount");
        let unit =
            params.number(&unit)?.ok_or_else(|| Failure::required("line_items[unit_amount]"))?;
        let quantity = params.number(&at("quantity"))?.unwrap_or(1);
        if unit < 0 || quantity < 1 {
            return Err(Failure::invalid("line_items", "Amounts and quantities are positive."));
        }
        let name = params.need(&at("price_data/product_data/name"))?;
        let amount = unit.saturating_mul(quantity);
        total = total.saturating_add(amount);
        items.push(json!({
            "id": ids::fresh("li"), "object": "item", "amount_discount": 0, "amount_subtotal": amount,
            "amount_tax": 0, "amount_total": amount, "currency": named, "description": name,
            "quantity": quantity, "metadata": {}, "adjustable_quantity": null,
            "price": {
                "id": ids::fresh("price"), "object": "price", "active": false,
                "billing_scheme": "per_unit", "created": now, "currency": named,
                "custom_unit_amount": null, "livemode": false, "lookup_key": null, "metadata": {},
                "nickname": null, "product": ids::fresh("prod"), "recurring": null,
                "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null,
                "type": "one_time", "unit_amount": unit, "unit_amount_decimal": unit.to_string(),
            },
        }));
    }
    if items.is_empty() {
        return Err(Failure::required("line_items"));
    }
    let currency = currency.unwrap_or_default();
    if !matches!(currency.as_str(), "usd" | "cad") {
        return Err(Failure::unmodelled(&format!("the currency {currency}")));
    }
    Ok((json!(items), currency, check_amount(total, "line_items")?))
}

/// From 30 minutes to 24 hours ahead, 24 hours by default. A caller does not know how far the
/// simulated clock was moved: a time that is right on the machine's clock is moved along.
fn expiry(desk: &Desk<'_>, params: &Params) -> Result<i64, Failure> {
    let now = desk.now();
    let Some(asked) = params.number("/expires_at")? else {
        return Ok(now.saturating_add(24 * 3600));
    };
    let fits = |from: i64| (1_800..=86_400).contains(&asked.saturating_sub(from));
    if fits(now) {
        return Ok(asked);
    }
    if fits(wall()) {
        return Ok(asked.saturating_sub(wall()).saturating_add(now));
    }
    let message = "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours \
                   from Checkout Session creation.";
    Err(Failure::invalid("expires_at", message))
}

fn method_options(params: &Params) -> Value {
    let mut card = json!({"request_three_d_secure": "automatic"});
    let blocked = params.texts("/payment_method_options/card/restrictions/funding_types_blocked");
    if !blocked.is_empty() {
        card["restrictions"] = json!({"funding_types_blocked": blocked});
    }
    let mut options = json!({"card": card});
    if let Some(method) = params.text("/payment_method_options/us_bank_account/verification_method")
    {
        options["us_bank_account"] = json!({"verification_method": method});
    }
    options
}

/// What the payment intent will carry once it exists.
fn intent_fields(params: &Params) -> Result<Value, Failure> {
    let mut fields = json!({"metadata": params.metadata("/payment_intent_data/metadata")});
    for name in [
        "description",
        "receipt_email",
        "setup_future_usage",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ] {
        fields[name] = params.or_null(&format!("/payment_intent_data/{name}"));
    }
    fields["application_fee_amount"] =
        json!(params.number("/payment_intent_data/application_fee_amount")?);
    Ok(fields)
}

fn template(id: &str, currency: &str, total: i64) -> Value {
    json!({
        "id": id, "object": "checkout.session", "livemode": false, "mode": "payment",
        "ui_mode": "hosted_page", "status": "open", "payment_status": "unpaid",
        "currency": currency, "amount_subtotal": total, "amount_total": total,
        "adaptive_pricing": {"enabled": false}, "after_expiration": null,
        "allow_promotion_codes": null,
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "billing_address_collection": null, "cancel_url": null, "client_reference_id": null,
        "client_secret": null, "collected_information": null, "consent": null,
        "consent_collection": null, "currency_conversion": null, "custom_fields": [],
        "custom_text": {"after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null},
        "customer": null, "customer_creation": "if_required", "customer_details": null,
        "customer_email": null, "discounts": [], "invoice": null, "invoice_creation": null,
        "locale": null, "metadata": {}, "payment_intent": null, "payment_link": null,
        "payment_method_collection": "if_required", "payment_method_configuration_details": null,
        "permissions": null, "phone_number_collection": {"enabled": false}, "recovered_from": null,
        "saved_payment_method_options": null, "setup_intent": null,
        "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [],
        "submit_type": null, "subscription": null,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "wallet_options": null,
    })
}

fn line_items(desk: &Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    only_page(params, &[])?;
    let session = desk.world.of("checkout.session", id)?;
    let url = format!("/v1/checkout/sessions/{id}/line_items");
    Ok(json!({"object": "list", "data": session["_line_items"], "has_more": false, "url": url}))
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["metadata*"], &["collected_information", "line_items", "shipping_options"])?;
    let old = desk.world.of("checkout.session", id)?;
    let changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    desk.world.patch(id, &changes);
    Ok(desk.read(id))
}

fn expire(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&[], &[])?;
    let session = desk.world.of("checkout.session", id)?;
    if session["status"] != json!("open") {
        let status = session["status"].as_str().unwrap_or_default();
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
             Session has a status of {status}."
        );
        return Err(Failure::state("checkout_session_not_open", message));
    }
    checkout::expire(desk, id);
    Ok(desk.read(id))
}

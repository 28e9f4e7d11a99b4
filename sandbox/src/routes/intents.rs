//! `/v1/payment_intents`: create, confirm, cancel.

use serde_json::{Value, json};

use super::{Served, copy_texts, customers::living, equals, merge_metadata, only_page};
use crate::{
    objects,
    till::{self, Authentication, Outcome},
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

const MODELLED: &[&str] = &[
    "amount",
    "currency",
    "customer",
    "payment_method",
    "confirm",
    "off_session",
    "metadata*",
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "setup_future_usage",
    "return_url",
    "allowed_payment_method_types",
    "automatic_payment_methods[enabled]",
    "automatic_payment_methods[allow_redirects]",
    "capture_method",
    "confirmation_method",
    "mandate_data*",
    "application_fee_amount",
];
const CONFIRM: &[&str] =
    &["payment_method", "off_session", "return_url", "mandate_data*", "receipt_email"];
const KNOWN: &[&str] = &[
    "amount_details",
    "confirmation_token",
    "customer_account",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "hooks",
    "mandate",
    "on_behalf_of",
    "payment_details",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "radar_options",
    "shipping",
    "transfer_data",
    "transfer_group",
    "use_stripe_sdk",
];
const TEXTS: &[&str] = &[
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "setup_future_usage",
];

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => only_page(params, &["customer"]).and_then(|()| {
            let fits = equals(params, &["customer"]);
            page::list(desk.world, "payment_intent", "/v1/payment_intents", params, fits)
        }),
        ("GET", ["search"]) => return None,
        ("GET", [id]) => params
            .only(&["client_secret"], &[])
            .and_then(|()| desk.world.of("payment_intent", id).cloned()),
        ("POST", [id]) => update(desk, id, params),
        ("POST", [id, "confirm"]) => {
            params.only(CONFIRM, KNOWN).and_then(|()| confirm(desk, id, params))
        }
        ("POST", [id, "cancel"]) => cancel(desk, id, params),
        _ => return None,
    })
}

/// Stripe's smallest card payment in dollars is 50 cents.
pub(super) fn check_amount(amount: i64, name: &str) -> Result<i64, Failure> {
    if amount < 50 {
        return Err(Failure::coded("amount_too_small", name, "Amount must be at least $0.50 usd."));
    }
    if amount > 99_999_999 {
        let message = "Amount must be no more than $999,999.99.";
        return Err(Failure::coded("amount_too_large", name, message));
    }
    Ok(amount)
}

/// The kinds of payment a request allows: all the sandbox knows when it names none.
pub(super) fn allowed_kinds(params: &Params) -> Result<Vec<String>, Failure> {
    let known = ["card", "us_bank_account"];
    let allowed = params.texts("/allowed_payment_method_types");
    let excluded = params.texts("/excluded_payment_method_types");
    let strange = allowed.iter().find(|kind| !known.contains(&kind.as_str()));
    if let Some(kind) = strange {
        return Err(Failure::unmodelled(&format!("the payment method type {kind}")));
    }
    let wanted = |kind: &&str| {
        (allowed.is_empty() || allowed.iter().any(|one| one == *kind))
            && !excluded.iter().any(|one| one == *kind)
    };
    Ok(known.into_iter().filter(wanted).map(str::to_owned).collect())
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    params.only(MODELLED, KNOWN)?;
    let amount = params.number("/amount")?.ok_or_else(|| Failure::required("amount"))?;
    let amount = check_amount(amount, "amount")?;
    let currency = params.need("/currency")?.to_lowercase();
    if !matches!(currency.as_str(), "usd" | "cad") {
        return Err(Failure::unmodelled(&format!("the currency {currency}")));
    }
    for (name, modelled) in [("capture_method", "automatic"), ("confirmation_method", "automatic")]
    {
        let asked = params.text(&format!("/{name}"));
        if let Some(asked) = asked.filter(|asked| !asked.starts_with(modelled)) {
            return Err(Failure::unmodelled(&format!("{name} {asked}")));
        }
    }
    if let Some(customer) = params.text("/customer") {
        living(desk, customer)?;
    }
    let mut intent = objects::intent(desk.now(), amount, &currency, &allowed_kinds(params)?);
    intent["customer"] = params.or_null("/customer");
    intent["metadata"] = params.metadata("/metadata");
    intent["application_fee_amount"] = json!(params.number("/application_fee_amount")?);
    copy_texts(&mut intent, params, TEXTS);
    let confirms = params.flag("/confirm")?.unwrap_or(false);
    let method = match params.text("/payment_method") {
        Some(name) => Some(till::find_method(desk, name)?),
        None if confirms => return Err(Failure::required("payment_method")),
        None => None,
    };
    if let Some(method) = method {
        intent["payment_method"] = json!(method);
        intent["status"] = json!("requires_confirmation");
    }
    let id = desk.put(intent);
    desk.emit("payment_intent.created", &id);
    if confirms {
        return confirm(desk, &id, params);
    }
    Ok(desk.read(&id))
}

fn unexpected(intent: &Value, verb: &str) -> Failure {
    let status = intent["status"].as_str().unwrap_or_default();
    let message =
        format!("You cannot {verb} this PaymentIntent because it has a status of {status}.");
    Failure::state("payment_intent_unexpected_state", message)
        .with("payment_intent", crate::wire::expand::strip(intent))
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    let modelled =
        ["amount", "customer", "metadata*", "description", "receipt_email", "setup_future_usage"];
    params.only(&modelled, KNOWN)?;
    let old = desk.world.of("payment_intent", id)?.clone();
    let mut changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    if let Some(amount) = params.number("/amount")? {
        if !old["status"].as_str().unwrap_or_default().starts_with("requires_") {
            return Err(unexpected(&old, "update the amount of"));
        }
        changes["amount"] = json!(check_amount(amount, "amount")?);
    }
    if let Some(customer) = params.text("/customer") {
        changes["customer"] = living(desk, customer)?["id"].clone();
    }
    copy_texts(&mut changes, params, &["description", "receipt_email", "setup_future_usage"]);
    desk.world.patch(id, &changes);
    Ok(desk.read(id))
}

fn confirm(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    let intent = desk.world.of("payment_intent", id)?.clone();
    let status = intent["status"].as_str().unwrap_or_default();
    if !matches!(status, "requires_payment_method" | "requires_confirmation" | "requires_action") {
        return Err(unexpected(&intent, "confirm"));
    }
    let method = match params.text("/payment_method") {
        Some(name) => till::find_method(desk, name)?,
        None => intent["payment_method"].as_str().map(str::to_owned).ok_or_else(|| {
            let message =
                "You cannot confirm this PaymentIntent because it's missing a payment method.";
            Failure::state("payment_intent_unexpected_state", message)
        })?,
    };
    let kind = desk.read(&method)["type"].clone();
    if !intent["payment_method_types"].as_array().is_some_and(|kinds| kinds.contains(&kind)) {
        let message = "The payment method type is not allowed for this PaymentIntent.";
        return Err(Failure::coded("payment_intent_invalid_parameter", "payment_method", message));
    }
    let off_session = params.text("/off_session").is_some_and(|text| text != "false");
    desk.world.patch(id, &json!({"_return_url": params.or_null("/return_url")}));
    let said = if off_session { Authentication::OffSession } else { Authentication::NotAsked };
    match till::attempt(desk, id, &method, said)? {
        Outcome::Declined(failure) => Err(failure),
        Outcome::Succeeded | Outcome::Processing | Outcome::NeedsAuthentication => {
            Ok(desk.read(id))
        }
    }
}

fn cancel(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["cancellation_reason"], &[])?;
    let intent = desk.world.of("payment_intent", id)?.clone();
    if !intent["status"].as_str().unwrap_or_default().starts_with("requires_") {
        return Err(unexpected(&intent, "cancel"));
    }
    let now = desk.now();
    let gone = json!({"status": "canceled", "canceled_at": now, "next_action": null,
        "cancellation_reason": params.or_null("/cancellation_reason")});
    desk.world.patch(id, &gone);
    desk.emit("payment_intent.canceled", id);
    Ok(desk.read(id))
}

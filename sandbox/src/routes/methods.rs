//! `/v1/payment_methods`: test cards and test bank accounts only.

use serde_json::{Value, json};

use super::{Served, customers::living, equals, merge_metadata, only_page};
use crate::{
    instruments::{self, Instrument, ROUTING},
    objects, till,
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("POST", []) => create(desk, params),
        ("GET", []) => {
            let filters = ["customer", "type"];
            only_page(params, &filters).and_then(|()| {
                let url = "/v1/payment_methods";
                page::list(desk.world, "payment_method", url, params, equals(params, &filters))
            })
        }
        ("GET", [id]) => {
            params.only(&[], &[]).and_then(|()| desk.world.of("payment_method", id).cloned())
        }
        ("POST", [id]) => update(desk, id, params),
        ("POST", [id, "attach"]) => attach(desk, id, params),
        ("POST", [id, "detach"]) => detach(desk, id, params),
        _ => return None,
    })
}

fn create(desk: &mut Desk<'_>, params: &Params) -> Result<Value, Failure> {
    params.only(
        &[
            "type",
            "card[number]",
            "card[exp_month]",
            "card[exp_year]",
            "card[cvc]",
            "card[token]",
            "us_bank_account[routing_number]",
            "us_bank_account[account_number]",
            "us_bank_account[account_holder_type]",
            "us_bank_account[account_type]",
            "billing_details[name]",
            "billing_details[email]",
            "metadata*",
        ],
        &["customer", "payment_method", "allow_redisplay", "radar_options"],
    )?;
    let instrument = match params.need("/type")? {
        "card" => {
            let token = params.text("/card/token").and_then(instruments::card_alias);
            let number = params.text("/card/number").and_then(instruments::card);
            token.or(number).map(Instrument::Card).ok_or_else(|| {
                Failure::declined("incorrect_number", "Your card number is incorrect.")
            })?
        }
        "us_bank_account" => {
            if params.need("/us_bank_account/routing_number")? != ROUTING {
                return Err(Failure::unmodelled("routing numbers other than 110000000"));
            }
            let account = instruments::bank(params.need("/us_bank_account/account_number")?);
            Instrument::Bank(account.ok_or_else(|| Failure::unmodelled("this account number"))?)
        }
        other => return Err(Failure::unmodelled(&format!("payment methods of type {other}"))),
    };
    let mut method = objects::method(desk.now(), instrument);
    method["billing_details"] = objects::billing(&json!({
        "name": params.or_null("/billing_details/name"),
        "email": params.or_null("/billing_details/email"),
    }));
    method["metadata"] = params.metadata("/metadata");
    let id = desk.put(method);
    Ok(desk.read(&id))
}

fn update(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["metadata*"], &["billing_details", "card", "us_bank_account"])?;
    let old = desk.world.of("payment_method", id)?;
    let changes = json!({"metadata": merge_metadata(&old["metadata"], params, "/metadata")});
    desk.world.patch(id, &changes);
    Ok(desk.read(id))
}

fn attach(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&["customer"], &["customer_account"])?;
    let customer = params.need("/customer")?.to_owned();
    living(desk, &customer)?;
    let id = till::find_method(desk, id)?;
    desk.world.patch(&id, &json!({"customer": customer}));
    desk.emit("payment_method.attached", &id);
    Ok(desk.read(&id))
}

fn detach(desk: &mut Desk<'_>, id: &str, params: &Params) -> Result<Value, Failure> {
    params.only(&[], &[])?;
    if desk.world.of("payment_method", id)?["customer"].is_null() {
        let message = "The payment method you provided is not attached to a customer.";
        return Err(Failure::state("payment_method_not_attached", message));
    }
    desk.world.patch(id, &json!({"customer": null}));
    desk.emit("payment_method.detached", id);
    Ok(desk.read(id))
}

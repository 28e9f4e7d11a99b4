//! `/v1/account`: the account behind the key.

use serde_json::json;

use super::Served;
use crate::{wire::form::Params, world::Desk};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    if method != "GET" || rest.len() > 1 {
        return None;
    }
    let own = desk.id.account.clone().unwrap_or_else(|| {
        let letters = desk.id.key.chars().filter(char::is_ascii_alphanumeric);
        let tail: String = letters.skip(6).take(16).collect();
        format!("acct_{tail}")
    });
    if rest.first().is_some_and(|id| *id != own) {
        return None;
    }
    Some(params.only(&[], &[]).map(|()| {
        json!({
            "id": own, "object": "account", "business_type": "company", "charges_enabled": true,
            "country": "US", "default_currency": "usd", "details_submitted": true,
            "email": "sandbox@example.com", "metadata": {}, "payouts_enabled": true, "type": "standard",
        })
    }))
}

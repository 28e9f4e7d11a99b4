//! `/v1/balance` and `/v1/balance_transactions`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Served, equals, only_page};
use crate::{
    wire::{failure::Failure, form::Params, page},
    world::Desk,
};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, path: &[&str], params: &Params) -> Served {
    Some(match (method, path) {
        ("GET", ["balance"]) => params.only(&[], &[]).map(|()| sum(desk)),
        ("GET", ["balance_transactions"]) => list(desk, params),
        ("GET", ["balance_transactions", id]) => {
            params.only(&[], &[]).and_then(|()| desk.world.of("balance_transaction", id).cloned())
        }
        _ => return None,
    })
}

fn list(desk: &Desk<'_>, params: &Params) -> Result<Value, Failure> {
    let filters = ["source", "type", "currency"];
    only_page(params, &[&filters[..], &["payout"]].concat())?;
    let payout =
        params.text("/payout").map(|payout| desk.world.of("payout", payout).map(|_| payout));
    let payout = payout.transpose()?;
    let plain = equals(params, &filters);
    let fits =
        |txn: &Value| plain(txn) && payout.is_none_or(|payout| txn["_payout"] == json!(payout));
    page::list(desk.world, "balance_transaction", "/v1/balance_transactions", params, fits)
}

fn sum(desk: &Desk<'_>) -> Value {
    let mut sums: BTreeMap<(String, bool), i64> =
        BTreeMap::from([(("usd".to_owned(), false), 0), (("usd".to_owned(), true), 0)]);
    for txn in desk.world.all("balance_transaction") {
        let currency = txn["currency"].as_str().unwrap_or("usd").to_owned();
        let sum = sums.entry((currency, txn["status"] == json!("available"))).or_default();
        *sum = sum.saturating_add(txn["net"].as_i64().unwrap_or_default());
    }
    let amounts = |available: bool| -> Vec<Value> {
        let of_kind = sums.iter().filter(|((_, is), _)| *is == available);
        let show = |((currency, _), sum): (&(String, bool), &i64)| json!({"amount": sum, "currency": currency, "source_types": {"card": sum}});
        of_kind.map(show).collect()
    };
    json!({"object": "balance", "livemode": false, "available": amounts(true), "pending": amounts(false)})
}

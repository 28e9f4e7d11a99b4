//! Payouts: what is available in the balance goes to the bank, and sometimes comes back.

use serde_json::json;

use crate::{
    clock::Task,
    ids,
    till::{self, Posting},
    world::Desk,
};

/// Seconds from the making of a payout to the bank: one day.
const ON_ITS_WAY: i64 = till::DAY;

/// Pays out what is available and was not paid out before; `pending` takes the rest as well, as if
/// its time had come. `None` when that comes to nothing. Below zero, the money is taken from the bank.
pub(crate) fn make(desk: &mut Desk<'_>, pending: bool) -> Option<String> {
    let ready = |txn: &&serde_json::Value| {
        txn["_payout"].is_null() && (pending || txn["status"] == json!("available"))
    };
    let of_payout = |txn: &&serde_json::Value| txn["type"] != json!("payout");
    let all = desk.world.all("balance_transaction");
    let taken: Vec<(String, i64, String)> = all
        .filter(ready)
        .filter(of_payout)
        .map(|txn| {
            let text = |name: &str| txn[name].as_str().unwrap_or_default().to_owned();
            (text("id"), txn["net"].as_i64().unwrap_or_default(), text("currency"))
        })
        .collect();
    let currency = taken.first().map(|(_, _, currency)| currency.clone())?;
    let amount = taken.iter().fold(0_i64, |sum, (_, net, _)| sum.saturating_add(*net));
    let payout = desk.put(json!({
        "id": ids::fresh("po"), "object": "payout", "created": desk.now(), "livemode": false,
        "amount": amount, "application_fee": null, "application_fee_amount": null,
        "arrival_date": desk.now().saturating_add(ON_ITS_WAY), "automatic": true,
        "balance_transaction": null, "currency": currency, "description": "STRIPE PAYOUT",
        "destination": null, "failure_balance_transaction": null, "failure_code": null,
        "failure_message": null, "metadata": {}, "method": "standard", "original_payout": null,
        "payout_method": null, "reconciliation_status": "completed", "reversed_by": null,
        "source_type": "card", "statement_descriptor": null, "status": "in_transit",
        "trace_id": null, "type": "bank_account",
    }));
    for (txn, _, _) in &taken {
        desk.world.patch(txn, &json!({"_payout": payout, "status": "available"}));
    }
    let out = amount.saturating_neg();
    let posting = Posting { kind: "payout", reporting: "payout", amount: out, fee: 0, wait: 0 };
    let txn = till::post(desk, &payout, &posting);
    desk.world.patch(&txn, &json!({"_payout": payout}));
    desk.world.patch(&payout, &json!({"balance_transaction": txn}));
    desk.emit("payout.created", &payout);
    desk.schedule(ON_ITS_WAY, Task::Arrive(payout.clone()));
    Some(payout)
}

/// The money is in the bank; nothing to do when the payout came to its end before.
pub(crate) fn arrive(desk: &mut Desk<'_>, payout: &str) -> bool {
    if desk.read(payout)["status"] != json!("in_transit") {
        return false;
    }
    desk.world.patch(payout, &json!({"status": "paid"}));
    desk.emit("payout.paid", payout);
    true
}

/// The bank refuses the money or sends it back, even after it had arrived: it is in the balance
/// again and goes out with a later payout.
pub(crate) fn fail(desk: &mut Desk<'_>, payout: &str, code: &str) -> bool {
    let object = desk.read(payout);
    if !["in_transit", "paid"].iter().any(|status| object["status"] == json!(status)) {
        return false;
    }
    let amount = object["amount"].as_i64().unwrap_or_default();
    let posting =
        Posting { kind: "payout_failure", reporting: "payout_reversal", amount, fee: 0, wait: 0 };
    let txn = till::post(desk, payout, &posting);
    let message = "The bank did not take the payout.";
    desk.world.patch(
        payout,
        &json!({"status": "failed", "failure_code": code, "failure_message": message,
            "failure_balance_transaction": txn}),
    );
    desk.emit("payout.failed", payout);
    true
}

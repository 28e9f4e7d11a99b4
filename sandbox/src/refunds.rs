//! Money back: refunds, at once or later, well or badly.

use serde_json::{Value, json};

use crate::{
    clock::Task,
    instruments::{self, CardBehaviour},
    objects,
    till::{self, Posting},
    wire::failure::Failure,
    world::Desk,
};

/// Seconds until a refund that is answered later is answered.
const LATER: i64 = 300;
/// A refund to a bank account takes five days.
const TO_BANK: i64 = 5 * till::DAY;

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) charge: String,
    /// Minor units; everything that is left when absent.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Value,
    pub(crate) metadata: Value,
}

/// Refunds a settled charge.
pub(crate) fn make(desk: &mut Desk<'_>, wanted: &Wanted) -> Result<String, Failure> {
    let charge = desk.world.of("charge", &wanted.charge)?.clone();
    let id = &wanted.charge;
    let units = |name: &str| charge[name].as_i64().unwrap_or_default();
    if charge["status"] != json!("succeeded") {
        let message = "You cannot refund a charge that has not succeeded.";
        return Err(Failure::state("charge_not_refundable", message));
    }
    if charge["disputed"] == json!(true) {
        let message = format!("Charge {id} has been charged back; cannot issue a refund.");
        return Err(Failure::state("charge_disputed", message));
    }
    let left = units("amount").saturating_sub(units("amount_refunded"));
    if left == 0 {
        let message = format!("Charge {id} has already been refunded.");
        return Err(Failure::state("charge_already_refunded", message));
    }
    let amount = wanted.amount.unwrap_or(left);
    if amount < 1 {
        return Err(Failure::coded("parameter_invalid_integer", "amount", "Amounts are positive."));
    }
    if amount > left {
        let message = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})."
        );
        return Err(Failure::coded("amount_too_large", "amount", message));
    }
    Ok(file(desk, &charge, amount, wanted))
}

fn file(desk: &mut Desk<'_>, charge: &Value, amount: i64, wanted: &Wanted) -> String {
    let paying = desk.read(charge["payment_method"].as_str().unwrap_or_default());
    let card = instruments::card(paying["_number"].as_str().unwrap_or_default());
    let kind = if card.is_some() { "card" } else { "us_bank_transfer" };
    let mut refund = objects::refund(desk.now(), charge, amount, kind);
    refund["reason"] = wanted.reason.clone();
    refund["metadata"] = wanted.metadata.clone();
    let refund = desk.put(refund);
    let kind = if card.is_some() { "refund" } else { "payment_refund" };
    let back = amount.saturating_neg();
    let posting = Posting { kind, reporting: "refund", amount: back, fee: 0, wait: 0 };
    let txn = till::post(desk, &refund, &posting);
    // 7726 begins pending and succeeds; 5126 begins succeeded and fails.
    let (status, later) = match card.map(|card| card.behaviour) {
        Some(CardBehaviour::RefundLater { succeeds: true }) => ("pending", Some((LATER, true))),
        Some(CardBehaviour::RefundLater { succeeds: false }) => ("succeeded", Some((LATER, false))),
        Some(
            CardBehaviour::Succeeds
            | CardBehaviour::Declines { .. }
            | CardBehaviour::Authenticates
            | CardBehaviour::Disputed(_),
        ) => ("succeeded", None),
        None => ("pending", Some((TO_BANK, true))),
    };
    desk.world.patch(&refund, &json!({"status": status, "balance_transaction": txn}));
    let charge = wanted.charge.as_str();
    adjust(desk, charge, amount);
    if let Some((seconds, succeeds)) = later {
        desk.schedule(seconds, Task::FinishRefund { refund: refund.clone(), succeeds });
    }
    desk.emit("refund.created", &refund);
    desk.emit("charge.refunded", charge);
    refund
}

fn adjust(desk: &mut Desk<'_>, charge: &str, by: i64) {
    let object = desk.read(charge);
    let units = |name: &str| object[name].as_i64().unwrap_or_default();
    let refunded = units("amount_refunded").saturating_add(by);
    let whole = refunded == units("amount");
    desk.world.patch(charge, &json!({"amount_refunded": refunded, "refunded": whole}));
}

/// The answer to a refund that took its time.
pub(crate) fn finish(desk: &mut Desk<'_>, refund: &str, succeeds: bool) {
    let object = desk.read(refund);
    if succeeds {
        desk.world.patch(refund, &json!({"status": "succeeded"}));
        desk.emit("refund.updated", refund);
        desk.emit("charge.refund.updated", refund);
        return;
    }
    let amount = object["amount"].as_i64().unwrap_or_default();
    let posting =
        Posting { kind: "refund_failure", reporting: "refund_failure", amount, fee: 0, wait: 0 };
    let txn = till::post(desk, refund, &posting);
    let failed = json!({"status": "failed", "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": txn});
    desk.world.patch(refund, &failed);
    adjust(desk, object["charge"].as_str().unwrap_or_default(), amount.saturating_neg());
    desk.emit("refund.updated", refund);
    desk.emit("charge.refund.updated", refund);
    desk.emit("refund.failed", refund);
}

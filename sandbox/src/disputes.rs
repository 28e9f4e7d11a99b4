//! Money taken back: chargebacks of cards, returns of bank debits.

use serde_json::json;

use crate::{
    objects,
    till::{self, Posting},
    wire::expand::strip,
    world::Desk,
};

/// What Stripe takes for a dispute, minor units.
const FEE: i64 = 1500;

/// Opens a dispute and withdraws the money. `None` when the charge cannot be disputed (unknown,
/// not settled, disputed before). The whole charge when no amount is given.
pub(crate) fn open(
    desk: &mut Desk<'_>,
    charge: &str,
    reason: &str,
    amount: Option<i64>,
) -> Option<String> {
    let object = desk.world.of("charge", charge).ok()?.clone();
    if object["status"] != json!("succeeded") || object["disputed"] == json!(true) {
        return None;
    }
    let amount = amount.or_else(|| object["amount"].as_i64())?;
    let dispute = desk.put(objects::dispute(desk.now(), &object, amount, reason));
    desk.world.patch(charge, &json!({"disputed": true}));
    desk.emit("charge.dispute.created", &dispute);
    let withdrawn = amount.saturating_neg();
    move_money(
        desk,
        &dispute,
        &Posting { kind: "adjustment", reporting: "dispute", amount: withdrawn, fee: FEE, wait: 0 },
    );
    desk.emit("charge.dispute.funds_withdrawn", &dispute);
    Some(dispute)
}

fn move_money(desk: &mut Desk<'_>, dispute: &str, posting: &Posting<'_>) {
    let txn = till::post(desk, dispute, posting);
    let mut moved =
        desk.read(dispute)["balance_transactions"].as_array().cloned().unwrap_or_default();
    moved.push(strip(&desk.read(&txn)));
    desk.world.patch(dispute, &json!({"balance_transactions": moved}));
}

/// A settled bank debit comes back: a dispute that is lost as it opens.
pub(crate) fn return_debit(desk: &mut Desk<'_>, charge: &str, reason: &str) -> Option<String> {
    let dispute = open(desk, charge, reason, None)?;
    close(desk, &dispute, "lost");
    Some(dispute)
}

/// Ends a dispute; a dispute that is won brings the money back, the fee stays.
pub(crate) fn close(desk: &mut Desk<'_>, dispute: &str, status: &str) {
    desk.world.patch(dispute, &json!({"status": status}));
    desk.emit("charge.dispute.closed", dispute);
    if status == "won" {
        let amount = desk.read(dispute)["amount"].as_i64().unwrap_or_default();
        let back =
            Posting { kind: "adjustment", reporting: "dispute_reversal", amount, fee: 0, wait: 0 };
        move_money(desk, dispute, &back);
        desk.emit("charge.dispute.funds_reinstated", dispute);
    }
}

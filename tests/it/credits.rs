//! What a debtor paid too much (E7, part 3): it belongs to the debtor, goes back by two people, or pays
//! another debt; every state of the trust on the way.

use crate::counter::{Counter, text, usd};
use crate::http::Reply;
use crate::till::{DEBIT, Debt, once};
use crate::world::run;
use domain::payment::ReversalReason;
use domain::{PaymentId, StaffRole};
use serde_json::{Value, json};
use service::approvals;
use service::payments::{self, NewReversal};
use service::users::Membership;

/// A debit card whose refunds are accepted and fail later.
const REFUND_FAILS: &str = "4000056655665126";

/// 250.00 by card on a debt that fell to 230.00 while the payer was on the page.
async fn overpaid(at: &Counter, card: &str) -> (Debt, PaymentId) {
    let debt = at.till.debt(25_000).await;
    let (payment, session) = at.till.page(&debt, 25_000).await;
    assert_eq!(at.lowers(&at.manager, &debt, "20.00").await.status, 201);
    at.till.pays(&session, json!({"card": card})).await;
    at.till.settle().await;
    assert_eq!(at.till.state(payment).await, "succeeded");
    (debt, payment)
}

async fn refunds(at: &Counter, debt: &Debt, amount: &str, by: Value) -> Reply {
    let mut body = json!({"amount": usd(amount), "reason": "Paid more than was owed"});
    for (name, value) in by.as_object().expect("members") {
        body[name] = value.clone();
    }
    at.post(&at.finance, &format!("/v1/accounts/{}/credit-refunds", debt.account), body).await
}

fn through(payment: PaymentId) -> Value {
    json!({"by": "gateway", "payment_id": payment})
}

async fn moves(at: &Counter, from: &Debt, to: &Debt, amount: &str, directed: bool) -> Reply {
    let body = json!({"amount": usd(amount), "to_account_id": to.account, "directed": directed,
        "reason": "Asked for on the telephone"});
    at.post(&at.manager, &format!("/v1/accounts/{}/credit-moves", from.account), body).await
}

async fn credits(at: &Counter, debt: &Debt) -> Value {
    let path = format!("/v1/debtors/{}/credits", at.debtor(debt).await);
    at.api.get(&path, &at.finance.access).await.body
}

/// Clearing, cash, payable, earned, credit: assets as debits, liabilities as credits.
async fn trust(at: &Counter) -> [i64; 5] {
    let of = async |ledger| at.till.ledger(ledger).await;
    [
        of("processor_clearing").await,
        of("trust_cash").await,
        -of("client_payable").await,
        -of("agency_earned").await,
        -of("debtor_credit").await,
    ]
}

#[test]
fn an_overpayment_by_card_goes_back_through_the_gateway_by_two_people() {
    run(async {
        let at = Counter::open().await;
        let (debt, payment) = overpaid(&at, DEBIT).await;
        assert_eq!(trust(&at).await, [25_000, 0, 16_100, 6_900, 2_000]);
        let seen = credits(&at, &debt).await;
        assert_eq!(seen["total"], usd("20.00"), "{seen}");
        assert_eq!(seen["accounts"][0]["through"][0]["refundable"], usd("20.00"));

        // More than there is, of nothing, and by who may not.
        let over = refunds(&at, &debt, "20.01", through(payment)).await;
        assert_eq!((over.status, over.code()), (409, "overdrawn_credit"), "{}", over.text);
        assert_eq!((&over.body["credit"], &over.body["asked"]), (&json!("20.00"), &json!("20.01")));
        // The money is with the processor: the bank account is empty.
        let check = refunds(&at, &debt, "20.00", json!({"by": "check"})).await;
        assert_eq!((check.status, check.code()), (409, "credit_on_hold"));
        assert_eq!(at.rows("approval").await, 0);

        let asked = refunds(&at, &debt, "20.00", through(payment)).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        assert_eq!(asked.body["terms"]["what"], "credit_refund_through_gateway");
        assert_eq!(at.till.calls("/v1/refunds").await, 0);
        let id = text(&asked, "id");
        assert_eq!(at.approves(&at.finance, &id).await.code(), "same_person");
        assert_eq!(at.approves(&at.manager, &id).await.code(), "over_approval_limit");
        assert_eq!(trust(&at).await, [25_000, 0, 16_100, 6_900, 2_000]);
        let done = at.approves(&at.admin, &id).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(at.till.calls("/v1/refunds").await, 1);
        assert_eq!(trust(&at).await, [23_000, 0, 16_100, 6_900, 0]);
        // The gateway's own events change nothing more.
        at.till.settle().await;
        assert_eq!(trust(&at).await, [23_000, 0, 16_100, 6_900, 0]);
        assert_eq!(at.till.state(payment).await, "succeeded");
        assert_eq!(at.till.owed(&debt).await, 0);
        let seen = credits(&at, &debt).await;
        assert_eq!(seen["total"], usd("0.00"));
        assert_eq!(seen["uses"][0]["state"], "done");
        assert_eq!(seen["uses"][0]["entered_by"], "Fay Finance");
        assert_eq!(seen["uses"][0]["approved_by"], "Ada Admin");
        let again = refunds(&at, &debt, "0.01", through(payment)).await;
        assert_eq!(again.code(), "overdrawn_credit");
        at.balanced().await;

        // Then the whole payment goes back: the rest through the gateway, all of it in the books.
        let whole = json!({"note": "The debt was not theirs"});
        let whole = at.post(&at.finance, &format!("/v1/payments/{payment}/refunds"), whole).await;
        assert_eq!(whole.status, 202, "{}", whole.text);
        assert_eq!(whole.body["amount"], usd("230.00"));
        assert_eq!(at.approves(&at.admin, &text(&whole, "id")).await.status, 200);
        assert_eq!(at.till.state(payment).await, "reversed");
        assert_eq!(trust(&at).await, [0, 0, 0, 0, 0]);
        at.till.settle().await;
        assert_eq!(trust(&at).await, [0, 0, 0, 0, 0]);
        assert_eq!(at.till.owed(&debt).await, 23_000);
        let memo = at
            .till
            .text("SELECT memo AS t FROM payment WHERE reverses_id = $1", [payment.0.into()]);
        let memo = memo.await.expect("a memo");
        assert!(memo.contains("Fay Finance") && memo.contains("Ada Admin"), "{memo}");
        at.balanced().await;
    });
}

#[test]
fn a_lost_answer_gives_back_once_and_meanwhile_the_credit_is_reserved() {
    run(async {
        let mut at = Counter::open().await;
        let (debt, payment) = overpaid(&at, DEBIT).await;
        let fault =
            json!({"kind": "lost_response", "method": "POST", "path": "/v1/refunds", "nth": 1});
        at.till.sim("faults", fault).await;
        let id = text(&refunds(&at, &debt, "15.00", through(payment)).await, "id");
        assert_eq!(at.approves(&at.admin, &id).await.status, 200);
        assert_eq!(trust(&at).await, [25_000, 0, 16_100, 6_900, 2_000]);
        let seen = credits(&at, &debt).await;
        assert_eq!(seen["accounts"][0]["reserved"], usd("15.00"), "{seen}");
        let over = refunds(&at, &debt, "5.01", through(payment)).await;
        assert_eq!((over.code(), &over.body["credit"]), ("overdrawn_credit", &json!("5.00")));
        let whole = json!({"note": "All of it"});
        let whole = at.post(&at.finance, &format!("/v1/payments/{payment}/refunds"), whole).await;
        assert_eq!(whole.code(), "refund_under_way");
        // The gateway did it, and its events arrive before its answer is known.
        at.till.settle().await;
        assert_eq!(trust(&at).await, [23_500, 0, 16_100, 6_900, 500]);
        at.till.world.wait(chrono::Duration::minutes(3));
        at.till.sweep().await;
        assert_eq!(at.till.calls("/v1/refunds").await, 1);
        assert_eq!(trust(&at).await, [23_500, 0, 16_100, 6_900, 500]);
        at.till.sweep().await;
        at.till.settle().await;
        assert_eq!(trust(&at).await, [23_500, 0, 16_100, 6_900, 500]);
        at.days_pass(1).await;
        at.balanced().await;
    });
}

#[test]
fn an_answer_that_never_came_is_looked_up_when_its_key_is_old() {
    run(async {
        let mut at = Counter::open().await;
        let (debt, payment) = overpaid(&at, DEBIT).await;
        let fault =
            json!({"kind": "lost_response", "method": "POST", "path": "/v1/refunds", "nth": 1});
        at.till.sim("faults", fault).await;
        let id = text(&refunds(&at, &debt, "20.00", through(payment)).await, "id");
        at.approves(&at.admin, &id).await;
        at.days_pass(1).await;
        at.till.sweep().await;
        assert_eq!(at.till.calls("/v1/refunds").await, 1);
        assert_eq!(trust(&at).await, [23_000, 0, 16_100, 6_900, 0]);
        at.balanced().await;
    });
}

#[test]
fn a_refund_that_does_not_reach_the_payer_is_the_debtors_credit_again() {
    run(async {
        let at = Counter::open().await;
        let (debt, payment) = overpaid(&at, REFUND_FAILS).await;
        let id = text(&refunds(&at, &debt, "20.00", through(payment)).await, "id");
        assert_eq!(at.approves(&at.admin, &id).await.status, 200);
        assert_eq!(trust(&at).await, [23_000, 0, 16_100, 6_900, 0]);
        at.till.sim("clock/advance", json!({"seconds": 600})).await;
        at.till.settle().await;
        assert_eq!(trust(&at).await, [25_000, 0, 16_100, 6_900, 2_000]);
        assert_eq!(credits(&at, &debt).await["uses"][0]["state"], "failed");
        at.balanced().await;
    });
}

#[test]
fn a_check_goes_out_when_the_funds_have_cleared_and_the_bank_has_them() {
    run(async {
        let mut at = Counter::open().await;
        let debt = at.till.debt(23_000).await;
        let paid = at.pays(&debt, "check", "250.00").await;
        assert_eq!(trust(&at).await, [0, 25_000, 16_100, 6_900, 2_000]);
        let early = refunds(&at, &debt, "20.00", json!({"by": "check"})).await;
        assert_eq!((early.status, early.code()), (409, "credit_on_hold"), "{}", early.text);
        assert_eq!(
            (&early.body["cleared"], &early.body["asked"]),
            (&json!("0.00"), &json!("20.00"))
        );
        at.days_pass(11).await;
        let by_check = json!({"by": "check", "reference": "Check 2207"});
        let asked = refunds(&at, &debt, "20.00", by_check).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        assert_eq!(at.approves(&at.admin, &text(&asked, "id")).await.status, 200);
        assert_eq!(trust(&at).await, [0, 23_000, 16_100, 6_900, 0]);
        let seen = credits(&at, &debt).await;
        assert_eq!(seen["uses"][0]["reference"], "Check 2207");
        at.balanced().await;
        let mixed = refunds(&at, &debt, "1.00", json!({"by": "gateway"})).await;
        assert_eq!(mixed.status, 422);

        // The check bounces after all: what went back is a loss of the agency, counted per debtor.
        let back = NewReversal {
            payment: paid.parse().expect("an id"),
            reason: ReversalReason::Bounce,
            note: "forged".into(),
        };
        let (app, admin) = (&at.till.world.app, &at.till.house.admin);
        payments::reverse(app, admin, back, &once("reverse")).await.expect("reversed");
        assert_eq!(trust(&at).await, [0, -2_000, 0, 0, -2_000]);
        let seen = credits(&at, &debt).await;
        assert_eq!(seen["total"], usd("-20.00"));
    });
}

#[test]
fn a_check_is_not_written_on_money_that_the_processor_still_has() {
    run(async {
        let mut at = Counter::open().await;
        let (debt, _) = overpaid(&at, DEBIT).await;
        at.days_pass(14).await;
        let short = refunds(&at, &debt, "20.00", json!({"by": "check"})).await;
        assert_eq!((short.status, short.code()), (409, "trust_cash_short"), "{}", short.text);
        assert_eq!(short.body["trust_cash"], "0.00");
    });
}

#[test]
fn two_refunds_of_one_credit_are_one() {
    run(async {
        let mut at = Counter::open().await;
        let debt = at.till.debt(23_000).await;
        at.pays(&debt, "cash", "250.00").await;
        at.days_pass(1).await;
        let mut waiting: Vec<domain::ApprovalId> = Vec::new();
        for _ in 0..3 {
            let asked = refunds(&at, &debt, "20.00", json!({"by": "check"})).await;
            waiting.push(text(&asked, "id").parse().expect("an id"));
        }
        let role = Membership::Staff(StaffRole::Admin);
        let second = at.till.world.join(&at.till.house, "Second Admin", role).await;
        let mut tries = Vec::new();
        for id in waiting {
            let (till, second) = (at.till.clone(), second.clone());
            tries.push(tokio::spawn(async move {
                approvals::approve(&till.world.app, &second, id, None, &once("approve"))
                    .await
                    .is_ok()
            }));
        }
        let mut done = 0;
        for one in tries {
            done += i32::from(one.await.expect("no panic"));
        }
        assert_eq!(done, 1);
        assert_eq!(trust(&at).await, [0, 23_000, 16_100, 6_900, 0]);
        let left = at.api.get("/v1/approvals?state=pending", &at.admin.access).await;
        assert_eq!(left.body["data"].as_array().map(Vec::len), Some(2));
        at.balanced().await;
    });
}

#[test]
fn a_credit_pays_another_debt_of_the_same_debtor_with_commission_there() {
    run(async {
        let at = Counter::open().await;
        let (from, to) = (at.till.debt(23_000).await, at.till.debt(1_500).await);
        at.pays(&from, "cash", "250.00").await;
        let stranger = moves(&at, &from, &to, "10.00", true).await;
        assert_eq!((stranger.status, stranger.code()), (409, "other_debtor"));
        at.same_debtor(&from, &to).await;
        assert_eq!(moves(&at, &from, &from, "1.00", true).await.code(), "same_account");
        let over = moves(&at, &from, &to, "20.01", false).await;
        assert_eq!(over.code(), "overdrawn_credit");
        let more = moves(&at, &from, &to, "16.00", false).await;
        assert_eq!((more.code(), &more.body["owed"]), ("over_balance", &json!("15.00")));
        assert_eq!(at.rows("credit_use").await, 0);

        let moved = moves(&at, &from, &to, "10.00", false).await;
        assert_eq!(moved.status, 201, "{}", moved.text);
        // 10.00 of the credit: 7.00 to the creditor, 3.00 earned.
        assert_eq!(trust(&at).await, [0, 25_000, 16_800, 7_200, 1_000]);
        assert_eq!(at.till.owed(&to).await, 500);
        let payment = text(&moved, "payment_id");
        let shown = at.api.get(&format!("/v1/payments/{payment}"), &at.admin.access).await;
        assert_eq!(shown.body["method"], "debtor_credit");
        assert_eq!(shown.body["kind"], "paid_agency");
        assert_eq!(shown.body["commission"], usd("3.00"));
        let seen = credits(&at, &from).await;
        assert_eq!(seen["accounts"].as_array().map(Vec::len), Some(1), "{seen}");
        assert_eq!(seen["accounts"][0]["credit"], usd("10.00"));
        at.balanced().await;

        // Undone, the credit is the debtor's again, on the account where it was undone.
        let back = NewReversal {
            payment: payment.parse().expect("an id"),
            reason: ReversalReason::Correction,
            note: "the other debt was meant".into(),
        };
        let (app, admin) = (&at.till.world.app, &at.till.house.admin);
        payments::reverse(app, admin, back, &once("reverse")).await.expect("reversed");
        assert_eq!(trust(&at).await, [0, 25_000, 16_100, 6_900, 2_000]);
        let seen = credits(&at, &from).await;
        assert_eq!(seen["total"], usd("20.00"));
        assert_eq!(seen["accounts"].as_array().map(Vec::len), Some(2), "{seen}");
        at.balanced().await;
    });
}

#[test]
fn money_that_may_be_taken_back_stays_on_hold_where_it_goes() {
    run(async {
        let at = Counter::open().await;
        let (from, to) = (at.till.debt(23_000).await, at.till.debt(50_000).await);
        at.same_debtor(&from, &to).await;
        let paid = at.pays(&from, "check", "250.00").await;
        let moved = moves(&at, &from, &to, "20.00", false).await;
        let on = async |id: &str| {
            let path = format!("/v1/payments/{id}");
            at.api.get(&path, &at.admin.access).await.body["available_on"].clone()
        };
        let payment = text(&moved, "payment_id");
        assert_eq!(on(&payment).await, on(&paid).await);
        // A disputed debt takes it only when the debtor chose it.
        let disputed = at.till.debt(10_000).await;
        at.same_debtor(&from, &disputed).await;
        at.till
            .sql("UPDATE account SET status = 'DSP' WHERE id = $1", [disputed.account.0.into()])
            .await;
        let again = at.till.debt(100).await;
        at.same_debtor(&from, &again).await;
        at.pays(&again, "cash", "6.00").await;
        let refused = moves(&at, &again, &disputed, "5.00", false).await;
        assert_eq!((refused.status, refused.code()), (409, "account_disputed"));
        assert_eq!(moves(&at, &again, &disputed, "5.00", true).await.status, 201);
        at.balanced().await;
    });
}

#[test]
fn a_credit_follows_its_account_into_another_packet() {
    run(async {
        let at = Counter::open().await;
        let (one, two) = (at.till.debt(23_000).await, at.till.debt(50_000).await);
        at.pays(&one, "cash", "250.00").await;
        let before = at.debtor(&one).await;
        let link = json!({"account_id": two.account, "reason": "One person"});
        let path = format!("/v1/accounts/{}/links", one.account);
        let linked = at.api.post(&path, Some(&at.manager.access), link).await;
        assert!(linked.status < 300, "{}", linked.text);
        assert_eq!(credits(&at, &two).await["total"], usd("20.00"));
        let old = format!("/v1/debtors/{before}/credits");
        let old = at.api.get(&old, &at.finance.access).await;
        assert_eq!(old.body["total"], usd("0.00"));
        at.balanced().await;
        // It pays the other debt; then the accounts part, and the payment is undone.
        let moved = moves(&at, &one, &two, "20.00", false).await;
        assert_eq!(moved.status, 201, "{}", moved.text);
        at.balanced().await;
        let path = format!("/v1/accounts/{}/unlinks", two.account);
        let apart = json!({"reason": "Two persons after all"});
        let apart = at.api.post(&path, Some(&at.manager.access), apart).await;
        assert!(apart.status < 300, "{}", apart.text);
        at.balanced().await;
        let back = NewReversal {
            payment: text(&moved, "payment_id").parse().expect("an id"),
            reason: ReversalReason::Correction,
            note: "not theirs".into(),
        };
        let (app, admin) = (&at.till.world.app, &at.till.house.admin);
        payments::reverse(app, admin, back, &once("reverse")).await.expect("reversed");
        assert_eq!(credits(&at, &two).await["total"], usd("20.00"));
        assert_eq!(credits(&at, &one).await["total"], usd("0.00"));
        at.balanced().await;
    });
}

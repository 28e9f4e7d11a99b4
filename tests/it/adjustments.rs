//! Changing a debt without money, and undoing it: bucket by bucket, exact at each step.

use crate::counter::{Counter, text, usd};
use crate::till::{Debt, Till, once};
use crate::world::run;
use domain::payment::ReversalReason;
use domain::{ClientRole, PaymentId};
use serde_json::json;
use service::payments::{self, NewReversal};
use service::users::Membership;

async fn buckets(till: &Till, debt: &Debt) -> [i64; 5] {
    let mut all = [0; 5];
    for (at, bucket) in ["principal", "interest", "fees", "costs", "other"].iter().enumerate() {
        let sql = format!("SELECT {bucket} AS n FROM account WHERE id = $1");
        all[at] = till.number(&sql, [debt.account.0.into()]).await;
    }
    all
}

fn adjustments(debt: &Debt) -> String {
    format!("/v1/accounts/{}/adjustments", debt.account)
}

#[test]
fn an_adjustment_moves_buckets_and_nothing_in_trust() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let charge = json!({"kind": "charge", "amounts": {"costs": usd("75.00"), "fees": usd("12.50")},
            "reason": "Filing fee and service"});
        let charged = at.post(&at.manager, &adjustments(&debt), charge).await;
        assert_eq!(charged.status, 201, "{}", charged.text);
        assert_eq!(charged.body["change"]["costs"], usd("75.00"));
        assert_eq!(buckets(&at.till, &debt).await, [50_000, 0, 1_250, 7_500, 0]);
        let lower = json!({"kind": "decrease", "amounts": {"costs": usd("25.00"), "principal": usd("40.00")},
            "reason": "Agreed with the creditor"});
        let lowered = at.post(&at.manager, &adjustments(&debt), lower).await;
        assert_eq!(lowered.body["change"]["costs"], usd("-25.00"), "{}", lowered.text);
        assert_eq!(buckets(&at.till, &debt).await, [46_000, 0, 1_250, 5_000, 0]);
        // No money moved, no commission was earned, no payment is there for a statement to show.
        for ledger in ["trust_cash", "client_payable", "agency_earned", "client_receivable"] {
            assert_eq!(at.till.ledger(ledger).await, 0, "{ledger}");
        }
        assert_eq!(at.till.ledger("debt_accrued").await, -8_750);
        assert_eq!(at.till.ledger("debt_adjusted").await, 6_500);
        assert_eq!(at.rows("payment").await, 0);
        at.balanced().await;
    });
}

#[test]
fn what_cannot_be_is_refused_with_its_numbers_and_leaves_no_row() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let path = adjustments(&debt);
        let terms = |kind: &str, amounts: serde_json::Value| json!({"kind": kind, "amounts": amounts, "reason": "a reason"});
        let over =
            at.post(&at.manager, &path, terms("decrease", json!({"fees": usd("0.01")}))).await;
        assert_eq!((over.status, over.code()), (422, "over_bucket"));
        assert_eq!((&over.body["holds"], &over.body["asked"]), (&json!("0.00"), &json!("0.01")));
        assert_eq!(over.body["errors"][0]["pointer"], "/amounts/fees");
        let refusals = [
            (terms("decrease", json!({})), "nothing_changes"),
            (terms("decrease", json!({"principal": usd("-1.00")})), "negative_amount"),
            (terms("charge", json!({"principal": usd("1.00")})), "bucket_not_charged"),
            (terms("charge", json!({"interest": usd("1.00")})), "bucket_not_charged"),
        ];
        for (body, code) in refusals {
            let refused = at.post(&at.manager, &path, body).await;
            assert_eq!((refused.status, refused.code()), (422, code), "{}", refused.text);
        }
        let mut late = terms("decrease", json!({"principal": usd("1.00")}));
        late["effective_on"] = json!("2999-01-01");
        assert_eq!(at.post(&at.manager, &path, late.clone()).await.code(), "in_the_future");
        late["effective_on"] = json!("1999-01-01");
        assert_eq!(at.post(&at.manager, &path, late).await.code(), "too_long_ago");
        let mut mute = terms("decrease", json!({"principal": usd("1.00")}));
        mute["reason"] = json!(" ");
        assert_eq!(at.post(&at.manager, &path, mute).await.code(), "reason_required");
        at.till
            .sql(
                "UPDATE account SET status = 'CRC', closed_at = now() WHERE id = $1",
                [debt.account.0.into()],
            )
            .await;
        let closed = terms("decrease", json!({"principal": usd("1.00")}));
        assert_eq!(at.post(&at.manager, &path, closed).await.code(), "account_closed");
        for table in ["debt_entry", "approval", "transfer"] {
            assert_eq!(at.rows(table).await, 0, "{table}");
        }
    });
}

#[test]
fn each_entry_is_undone_once_and_what_undid_it_in_its_turn() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let mut last = text(&at.lowers(&at.manager, &debt, "80.00").await, "id");
        let mut kinds = Vec::new();
        for owed in [50_000, 42_000, 50_000] {
            let undo = format!("{}/{last}/reversals", adjustments(&debt));
            let why = json!({"reason": "On second thoughts"});
            let done = at.post(&at.manager, &undo, why.clone()).await;
            assert_eq!(done.status, 201, "{}", done.text);
            assert_eq!(at.till.owed(&debt).await, owed);
            at.balanced().await;
            let twice = at.post(&at.manager, &undo, why).await;
            assert_eq!((twice.status, twice.code()), (409, "entry_already_reversed"));
            assert_eq!(twice.body["reversed_by"], done.body["id"]);
            assert_eq!(at.till.owed(&debt).await, owed);
            kinds.push(text(&done, "kind"));
            last = text(&done, "id");
        }
        assert_eq!(kinds, ["decrease_return", "decrease", "decrease_return"]);
        assert_eq!(at.rows("debt_entry").await, 4);
        // A charge and its return; another account's entry is not found here.
        let charge =
            json!({"kind": "charge", "amounts": {"costs": usd("30.00")}, "reason": "Filing"});
        let charge = at.post(&at.manager, &adjustments(&debt), charge).await;
        let other = at.till.debt(1_000).await;
        let why = json!({"reason": "Never filed"});
        let foreign = format!("{}/{}/reversals", adjustments(&other), text(&charge, "id"));
        assert_eq!(at.post(&at.manager, &foreign, why.clone()).await.status, 404);
        let undo = format!("{}/{}/reversals", adjustments(&debt), text(&charge, "id"));
        let back = at.post(&at.manager, &undo, why).await;
        assert_eq!(back.body["kind"], "charge_return", "{}", back.text);
        assert_eq!(buckets(&at.till, &debt).await, [50_000, 0, 0, 0, 0]);
    });
}

#[test]
fn many_who_undo_one_entry_at_once_undo_it_once() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let entry = text(&at.lowers(&at.manager, &debt, "80.00").await, "id");
        let undo = format!("{}/{entry}/reversals", adjustments(&debt));
        let tries = (0..6).map(|_| at.post(&at.manager, &undo, json!({"reason": "Undo"})));
        let replies = futures_util::future::join_all(tries).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert_eq!(at.till.owed(&debt).await, 50_000);
    });
}

#[test]
fn a_debt_that_was_paid_and_adjusted_away_closes_and_opens_again_when_it_is_owed() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        at.pays(&debt, "cash", "450.00").await;
        let entry = text(&at.lowers(&at.manager, &debt, "50.00").await, "id");
        at.till.drain().await;
        assert_eq!(at.till.status(&debt).await, "PIF");
        let undo = format!("{}/{entry}/reversals", adjustments(&debt));
        let why = json!({"reason": "Not agreed after all"});
        assert_eq!(at.post(&at.manager, &undo, why).await.status, 201);
        assert_eq!(at.till.status(&debt).await, "ACT");
        assert_eq!(at.till.owed(&debt).await, 5_000);

        // One that nobody paid on is not paid in full.
        let never = at.till.debt(5_000).await;
        at.lowers(&at.manager, &never, "50.00").await;
        at.till.drain().await;
        assert_eq!(at.till.owed(&never).await, 0);
        assert_eq!(at.till.status(&never).await, "ACT");
        let due = at.till.number(
            "SELECT count(next_work_at) AS n FROM account WHERE id = $1",
            [never.account.0.into()],
        );
        assert_eq!(due.await, 0, "nobody works a debt of nothing");
    });
}

#[test]
fn a_creditor_sees_what_changed_and_not_who_did_it() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        at.lowers(&at.manager, &debt, "10.00").await;
        let client = Membership::Client(at.till.creditor, ClientRole::Viewer);
        let client = at.api.join(&at.till.world, &at.till.house, client).await;
        let seen = at.api.get(&adjustments(&debt), &client.access).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert_eq!(seen.body["data"][0]["reason"], "Agreed with the creditor");
        assert!(seen.body["data"][0]["entered_by"].is_null());
        assert_eq!(at.lowers(&client, &debt, "10.00").await.status, 403);
    });
}

/// P, its return R, the return's return P', and R' again (DOM-2.6.9): bounce and correction apart,
/// debt and trust exact at each step.
#[test]
fn a_payment_comes_and_goes_as_often_as_the_bank_says() {
    run(async {
        let at = Counter::open().await;
        let (till, app, admin) = (&at.till, &at.till.world.app, &at.till.house.admin);
        let debt = till.debt(50_000).await;
        let mut last: PaymentId = at.pays(&debt, "check", "120.00").await.parse().expect("an id");
        let steps = [
            (ReversalReason::Bounce, 50_000, 0, "PUR"),
            (ReversalReason::Reinstated, 38_000, 12_000, "PU"),
            (ReversalReason::Correction, 50_000, 0, "PUR"),
            (ReversalReason::Reinstated, 38_000, 12_000, "PU"),
        ];
        for (reason, owed, cash, code) in steps {
            let new = NewReversal { payment: last, reason, note: "the bank says so".into() };
            let wrong = match reason {
                ReversalReason::Reinstated => ReversalReason::Bounce,
                ReversalReason::Bounce | ReversalReason::Correction | ReversalReason::Refund => {
                    ReversalReason::Reinstated
                }
            };
            let misnamed = NewReversal { reason: wrong, ..new.clone() };
            let refused = payments::reverse(app, admin, misnamed, &once("reverse")).await;
            assert!(matches!(refused, Err(payments::ReverseRefused::WrongReason)));
            let done = payments::reverse(app, admin, new.clone(), &once("reverse")).await;
            let twice = payments::reverse(app, admin, new, &once("reverse")).await;
            assert!(matches!(twice, Err(payments::ReverseRefused::AlreadyReversed)));
            last = done.expect("reversed").value;
            assert_eq!(till.owed(&debt).await, owed);
            assert_eq!(till.ledger("trust_cash").await, cash);
            assert_eq!(till.ledger("agency_earned").await, -cash * 3 / 10);
            assert_eq!(till.ledger("client_payable").await, -cash * 7 / 10);
            let shown = payments::get(app, admin, last).await.expect("shown");
            assert_eq!(shown.kind.code(), code);
            at.balanced().await;
        }
        // Only the bounce blamed the debtor, and it was taken back.
        assert_eq!(till.status(&debt).await, "ACT");
    });
}

//! Payouts, and what the gateway takes back or gives again: the books follow each object once.

use crate::http::{Api, Request};
use crate::till::{DEBIT, Debt, Till, once};
use crate::world::run;
use chrono::{Duration, NaiveDate};
use domain::payment::ReversalReason;
use domain::remittance::{FeePolicy, Terms};
use domain::{PaymentId, Rate, StaffRole};
use reqwest::Method;
use serde_json::{Value, json};
use service::approvals::{self, Outcome};
use service::contracts::{self, NewContract};
use service::payments::{self, NewReversal};
use service::trust;
use service::users::Membership;

/// A card payment that has posted; the payment and its intent at the gateway.
async fn card(till: &Till, debt: &Debt, minor: i64) -> (PaymentId, String) {
    let (payment, session) = till.page(debt, minor).await;
    let paid = till.pays(&session, json!({"card": DEBIT})).await;
    till.settle().await;
    assert_eq!(till.state(payment).await, "succeeded");
    (payment, paid["payment_intent"].as_str().expect("an intent").to_owned())
}

/// Pays out whatever there is; the payout at the gateway.
async fn pay_out(till: &Till) -> String {
    let payout = till.sim("payouts", json!({"key": till.key, "pending": true})).await;
    till.settle().await;
    payout["id"].as_str().expect("an id").to_owned()
}

/// Assets as debits, liabilities as credits.
async fn books(till: &Till, expected: &[(&str, i64)]) {
    for (ledger, minor) in expected {
        assert_eq!(till.ledger(ledger).await, *minor, "{ledger}");
    }
}

async fn proven(till: &Till) {
    let proof = trust::proof(&till.world.app, &till.house.admin, None).await.expect("a proof");
    let mut open: Vec<_> = proof.verdicts.iter().filter(|v| !v.holds).collect();
    // Nothing was remitted here by a statement, and some test entries stand for that.
    open.retain(|verdict| verdict.invariant.number() != 5);
    assert!(open.is_empty(), "{open:?} {:?}", proof.findings);
}

async fn gross_deposit(till: &Till) {
    let from = NaiveDate::from_ymd_opt(2001, 1, 1).expect("a date");
    let terms = NewContract {
        remittance: Terms { processor_fees: FeePolicy::GrossDeposit, ..Terms::default() },
        ..NewContract::flat(till.creditor, from, Rate::parse("0.3").expect("a rate"))
    };
    contracts::add(&till.world.app, &till.house.admin, terms).await.expect("terms");
}

/// Example E7, 1 and 2: 250.00 by card at 30 %, processor's fee 7.55 out of the agency's share.
#[test]
fn a_fee_comes_out_of_the_agencys_share() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, _) = card(&till, &debt, 25_000).await;
        books(
            &till,
            &[
                ("processor_clearing", 25_000),
                ("client_payable", -17_500),
                ("agency_earned", -7_500),
            ],
        )
        .await;
        pay_out(&till).await;
        books(
            &till,
            &[
                ("processor_clearing", 0),
                ("trust_cash", 24_245),
                ("client_payable", -17_500),
                ("agency_earned", -6_745),
                ("processor_fees", 755),
                ("op_cash", 0),
            ],
        )
        .await;
        let stamped = till.number(
            "SELECT count(*) AS n FROM payment WHERE id = $1 AND payout_id IS NOT NULL",
            [payment.0.into()],
        );
        assert_eq!(stamped.await, 1);
        proven(&till).await;
    });
}

/// Example E7, 2: the gross amount has to be deposited, so operating tops the fee up.
#[test]
fn a_fee_is_topped_up_where_the_gross_amount_has_to_be_deposited() {
    run(async {
        let till = Till::open().await;
        gross_deposit(&till).await;
        let debt = till.debt(50_000).await;
        card(&till, &debt, 25_000).await;
        pay_out(&till).await;
        books(
            &till,
            &[
                ("processor_clearing", 0),
                ("trust_cash", 25_000),
                ("client_payable", -17_500),
                ("agency_earned", -7_500),
                ("processor_fees", 755),
                ("op_cash", -755),
            ],
        )
        .await;
        proven(&till).await;
    });
}

/// Example E7, 4: a chargeback after the money was remitted and swept; won later.
#[test]
fn a_chargeback_after_remittance_raises_an_alarm_and_is_undone_when_won() {
    run(async {
        let till = Till::open().await;
        gross_deposit(&till).await;
        let debt = till.debt(50_000).await;
        let (_, intent) = card(&till, &debt, 25_000).await;
        pay_out(&till).await;
        till.left_trust("client_payable", 17_500, Some(till.creditor)).await;
        till.left_trust("agency_earned", 7_500, None).await;
        books(&till, &[("trust_cash", 0), ("client_payable", 0), ("agency_earned", 0)]).await;

        let dispute = till.sim("disputes", json!({"payment_intent": intent})).await;
        till.settle().await;
        books(
            &till,
            &[
                ("processor_clearing", -25_000),
                ("client_payable", 17_500),
                ("agency_earned", 7_500),
            ],
        )
        .await;
        assert_eq!(till.owed(&debt).await, 50_000);
        assert_eq!(till.alarm().await, Some(25_000));
        proven(&till).await;

        // The fee of 15.00 comes with the payout, to operating expense.
        pay_out(&till).await;
        books(
            &till,
            &[
                ("processor_clearing", 0),
                ("trust_cash", -25_000),
                ("processor_fees", 755 + 1_500),
                ("op_cash", -755 - 1_500),
            ],
        )
        .await;
        let id = dispute["id"].as_str().expect("an id");
        till.sim(&format!("disputes/{id}/close"), json!({"status": "won"})).await;
        till.settle().await;
        books(
            &till,
            &[("processor_clearing", 25_000), ("client_payable", 0), ("agency_earned", 0)],
        )
        .await;
        assert_eq!(till.owed(&debt).await, 25_000);
        assert_eq!(till.alarm().await, None);
        let reinstated = till.number(
            "SELECT count(*) AS n FROM payment WHERE agency_id = $1 AND reversal_reason = 'reinstated'
                 AND kind = 'paid_agency' AND commission = 7500 AND available_on <= effective_on",
            [till.house.id.0.into()],
        );
        assert_eq!(reinstated.await, 1);
        pay_out(&till).await;
        books(&till, &[("processor_clearing", 0), ("trust_cash", 0)]).await;
        proven(&till).await;
    });
}

#[test]
fn repeated_and_reordered_events_of_the_way_back_change_nothing() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, intent) = card(&till, &debt, 20_000).await;
        till.sim("webhooks/faults", json!({"kind": "duplicate", "copies": 3, "times": 80})).await;
        till.sim("webhooks/faults", json!({"kind": "reorder", "times": 80})).await;
        till.stripe("/v1/refunds", &format!("payment_intent={intent}&amount=5000")).await;
        let dispute =
            till.sim("disputes", json!({"payment_intent": intent, "amount": 15_000})).await;
        till.settle().await;
        let id = dispute["id"].as_str().expect("an id");
        till.sim(&format!("disputes/{id}/close"), json!({"status": "won"})).await;
        till.settle().await;
        pay_out(&till).await;
        till.settle().await;
        till.settle_by_asking(payment).await;
        assert_eq!(till.owed(&debt).await, 35_000);
        books(
            &till,
            &[
                ("processor_clearing", 0),
                ("client_payable", -10_500),
                ("processor_fees", 610 + 1_500),
            ],
        )
        .await;
        // Refund and dispute may be of one second, and either may come first.
        let booked = till.text(
            "SELECT string_agg(amount::text, ' ' ORDER BY amount) AS t FROM gateway_return WHERE agency_id = $1",
            [till.house.id.0.into()],
        );
        assert_eq!(booked.await.as_deref(), Some("-15000 -5000 15000"));
        let payouts = till.number(
            "SELECT count(*) AS n FROM payout WHERE agency_id = $1",
            [till.house.id.0.into()],
        );
        assert_eq!(payouts.await, 1);
        proven(&till).await;
    });
}

#[test]
fn a_part_that_goes_back_leaves_the_rest_posted_anew_and_told() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, intent) = card(&till, &debt, 20_000).await;
        till.stripe("/v1/refunds", &format!("payment_intent={intent}&amount=6000")).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "reversed");
        assert_eq!(till.owed(&debt).await, 36_000);
        books(
            &till,
            &[
                ("processor_clearing", 14_000),
                ("client_payable", -9_800),
                ("agency_earned", -4_200),
            ],
        )
        .await;
        let told = till.number(
            "SELECT count(*) AS n FROM timeline_entry WHERE account_id = $1 AND kind = 'note'
                 AND summary LIKE '%$60.00%$200.00%$140.00%'",
            [debt.account.0.into()],
        );
        assert_eq!(told.await, 1);
        // The rest goes back too, by the page of the agency: all of it is gone, exactly once.
        till.stripe("/v1/refunds", &format!("payment_intent={intent}")).await;
        till.settle().await;
        books(&till, &[("processor_clearing", 0), ("client_payable", 0), ("agency_earned", 0)])
            .await;
        assert_eq!(till.owed(&debt).await, 50_000);
        pay_out(&till).await;
        // What the processor keeps of it is a shortfall like any other (MON-11).
        books(&till, &[("processor_clearing", 0), ("trust_cash", -610), ("agency_earned", 610)])
            .await;
        assert_eq!(till.alarm().await, Some(610));
        proven(&till).await;
    });
}

/// Example E7, 3: 250.00 on a balance of 230.00; the 20.00 go back out of the debtor's credit.
#[test]
fn a_refund_of_what_was_overpaid_comes_out_of_the_debtors_credit() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(25_000).await;
        let (payment, session) = till.page(&debt, 25_000).await;
        // Between the page and the payment the creditor reports that it got 20.00.
        till.sql(
            "UPDATE account SET principal = 23000, placed_principal = 23000 WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        let paid = till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        let intent = paid["payment_intent"].as_str().expect("an intent");
        books(
            &till,
            &[("client_payable", -16_100), ("agency_earned", -6_900), ("debtor_credit", -2_000)],
        )
        .await;
        till.stripe("/v1/refunds", &format!("payment_intent={intent}&amount=2000")).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "succeeded");
        books(
            &till,
            &[
                ("processor_clearing", 23_000),
                ("client_payable", -16_100),
                ("agency_earned", -6_900),
                ("debtor_credit", 0),
            ],
        )
        .await;
        // Charged back afterwards: the whole payment is mirrored, and the credit is counted once.
        till.sim("disputes", json!({"payment_intent": intent, "amount": 23_000})).await;
        till.settle().await;
        books(
            &till,
            &[
                ("processor_clearing", 0),
                ("client_payable", 0),
                ("agency_earned", 0),
                ("debtor_credit", 0),
            ],
        )
        .await;
        pay_out(&till).await;
        assert_eq!(till.ledger("processor_clearing").await, 0);
        proven(&till).await;
    });
}

#[test]
fn a_refund_that_failed_counts_again_with_the_same_commission() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        // The card whose refunds are taken and fail later.
        till.pays(&session, json!({"card": "4000056655665126"})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "succeeded");
        let (app, admin) = (&till.world.app, &till.house.admin);
        let key = once("refund_payment");
        let asked = payments::refund(app, admin, payment, "asked".into(), &key).await;
        let Outcome::Asked(approval) = asked.expect("asked for").value else { panic!("alone") };
        let role = Membership::Staff(StaffRole::Finance);
        let second = till.world.join(&till.house, "Fay Finance", role).await;
        let key = once("approve_request");
        approvals::approve(app, &second, approval, None, &key).await.expect("approved");
        till.settle().await;
        assert_eq!(till.state(payment).await, "reversed");
        assert_eq!(till.owed(&debt).await, 50_000);
        till.sim("clock/advance", json!({"seconds": 600})).await;
        till.settle().await;
        assert_eq!(till.owed(&debt).await, 40_000);
        books(
            &till,
            &[
                ("processor_clearing", 10_000),
                ("client_payable", -7_000),
                ("agency_earned", -3_000),
            ],
        )
        .await;
        pay_out(&till).await;
        assert_eq!(till.ledger("processor_clearing").await, 0);
        proven(&till).await;
    });
}

#[test]
fn a_return_entered_by_hand_stands_for_the_dispute_that_is_told_later() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, intent) = card(&till, &debt, 10_000).await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let back = NewReversal { payment, reason: ReversalReason::Bounce, note: "a letter".into() };
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("reversed");
        till.sim("disputes", json!({"payment_intent": intent})).await;
        till.settle().await;
        assert_eq!(till.ledger("processor_clearing").await, 0);
        let returns = till.number(
            "SELECT count(*) AS n FROM payment WHERE agency_id = $1 AND kind = 'paid_agency_return'",
            [till.house.id.0.into()],
        );
        assert_eq!(returns.await, 1);
        pay_out(&till).await;
        assert_eq!(till.ledger("processor_clearing").await, 0);
    });
}

#[test]
fn a_payout_that_failed_is_mirrored_and_comes_with_the_next() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        card(&till, &debt, 25_000).await;
        let payout = pay_out(&till).await;
        assert_eq!(till.ledger("trust_cash").await, 24_245);
        till.sim(&format!("payouts/{payout}/fail"), json!({})).await;
        till.settle().await;
        till.settle().await;
        books(&till, &[("trust_cash", 0), ("processor_clearing", 24_245)]).await;
        proven(&till).await;
        pay_out(&till).await;
        books(&till, &[("trust_cash", 24_245), ("processor_clearing", 0), ("processor_fees", 755)])
            .await;
        proven(&till).await;
    });
}

#[test]
fn a_line_that_nothing_stands_for_is_a_finding_and_the_payout_is_entered_by_hand() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let debt = till.debt(50_000).await;
        let (payment, _) = card(&till, &debt, 25_000).await;
        // Somebody took money at the same Stripe account by other means.
        let intent = till
            .stripe(
                "/v1/payment_intents",
                "amount=500&currency=usd&payment_method=pm_card_visa_debit&confirm=true",
            )
            .await;
        assert_eq!(intent["status"], "succeeded", "{intent}");
        till.settle().await;
        let payout = pay_out(&till).await;
        assert_eq!(till.ledger("trust_cash").await, 0);
        let reply = api.get("/v1/payout-findings", &admin.access).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let findings = reply.body["data"].as_array().expect("a list").clone();
        assert_eq!(findings.len(), 1, "{}", reply.text);
        assert_eq!(findings[0]["amount"]["amount"], "5.00");
        assert_eq!(findings[0]["provider_id"], payout.as_str());
        // The same event again finds nothing new.
        till.settle().await;

        let enter = |net: &str, key: &'static str| {
            let body = json!({
                "provider_id": payout, "arrived_on": "2026-01-02",
                "payments": [{"payment_id": payment.to_string()}],
                "net": {"amount": net, "currency": "USD"},
            });
            (body, key)
        };
        let (body, key) = enter("247.00", "one");
        let reply = send(&api, &admin.access, body, key).await;
        assert_eq!((reply.status, reply.code()), (422, "payout_does_not_sum"), "{}", reply.text);
        assert_eq!(reply.body["makes"], "242.45");
        let (body, key) = enter("242.45", "two");
        let reply = send(&api, &admin.access, body.clone(), key).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let again = send(&api, &admin.access, body.clone(), key).await;
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let known = send(&api, &admin.access, body, "three").await;
        assert_eq!(known.status, 409, "{}", known.text);
        assert_eq!(till.ledger("trust_cash").await, 24_245);
        let reply = api.get("/v1/payout-findings", &admin.access).await;
        assert_eq!(reply.body["data"], json!([]));
        proven(&till).await;
    });
}

async fn send(api: &Api, token: &str, body: Value, key: &str) -> crate::http::Reply {
    let request = Request {
        token: Some(token),
        headers: vec![("Idempotency-Key", key.to_owned())],
        body: Some(("application/json", body.to_string())),
    };
    api.send(Method::POST, "/v1/payouts", request).await
}

#[test]
fn a_payout_is_never_guessed_from_a_payment_of_another_amount_or_method() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, _) = card(&till, &debt, 25_000).await;
        till.world.wait(Duration::hours(1));
        let (app, admin) = (&till.world.app, &till.house.admin);
        let day = NaiveDate::from_ymd_opt(2026, 1, 2).expect("a date");
        let new = |net: i64| service::payouts::NewPayout {
            trust_account: None,
            provider_id: None,
            arrived_on: day,
            payments: vec![service::payouts::PaidOut { payment, fee: None }],
            dispute_fees: domain::Money::ZERO,
            net: domain::Money::from_minor(net),
        };
        let made = service::payouts::enter(app, admin, new(24_245), &once("enter_payout")).await;
        made.expect("entered");
        let twice = service::payouts::enter(app, admin, new(24_245), &once("enter_payout")).await;
        assert!(matches!(twice, Err(service::payouts::PayoutRefused::PaidOutBefore(_))));
    });
}

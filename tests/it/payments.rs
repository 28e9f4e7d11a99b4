//! Paying: by the debtor through the gateway, by other means, and back again.

use crate::till::{DEBIT, Till, amount, once};
use crate::world::run;
use chrono::Duration;
use domain::payment::{PaymentKind, PaymentMethod, PaymentState, ReversalReason};
use domain::{Currency, StaffRole};
use serde_json::json;
use service::approvals::{self, Outcome};
use service::payments::{
    self, NewPayment, NewReversal, PaymentFilter, ReverseRefused, StartRefused, Started,
};
use service::users::Membership;
use service::{Refused, jobs, trust};
use uuid::Uuid;

#[test]
fn a_debtor_pays_in_full_by_card_and_the_account_closes_when_the_funds_are_there() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(25_000).await;
        till.sql(
            "INSERT INTO party (agency_id, id, account_id, creditor_id, debtor_id, role, kind, last_name, created_at)
             SELECT agency_id, id, id, creditor_id, debtor_id, 'primary', 'consumer', 'Doe', now()
             FROM account WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        till.sql(
            "INSERT INTO contact_point (agency_id, id, account_id, party_id, creditor_id, debtor_id, kind, value, created_at)
             SELECT agency_id, id, id, id, creditor_id, debtor_id, 'email', 'jane@people.example', now()
             FROM account WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        let (payment, session) = till.page(&debt, 25_000).await;
        assert_eq!(till.pays(&session, json!({"card": DEBIT})).await["outcome"], "paid");

        // Coming back posts nothing by itself; the check it asks for does.
        let app = &till.world.app;
        let seen = payments::status_for_return(app, &debt.debtor, payment).await.expect("seen");
        assert_eq!(seen.payment.state, PaymentState::SessionOpen);
        assert_eq!(till.owed(&debt).await, 25_000);
        till.drain().await;

        let seen = payments::status_for_return(app, &debt.debtor, payment).await.expect("seen");
        assert_eq!(seen.payment.state, PaymentState::Succeeded);
        assert_eq!(seen.payment.method, PaymentMethod::Card);
        assert_eq!(seen.payment.last4.as_deref(), Some("5556"));
        assert_eq!(till.owed(&debt).await, 0);
        assert_eq!(till.ledger("processor_clearing").await, 25_000);
        assert_eq!(till.ledger("client_payable").await, -17_500);
        assert_eq!(till.ledger("agency_earned").await, -7_500);
        assert_eq!(till.postings(payment).await, 1);

        // Paid, funds clearing: still open, nobody works it.
        assert_eq!(till.status(&debt).await, "ACT");
        let due = till.number(
            "SELECT count(next_work_at) AS n FROM account WHERE id = $1",
            [debt.account.0.into()],
        );
        assert_eq!(due.await, 0);
        till.world.wait(Duration::days(12));
        till.drain().await;
        assert_eq!(till.status(&debt).await, "PIF");

        let receipt = payments::receipt(app, &debt.debtor, payment).await.expect("a receipt");
        assert_eq!(receipt.balance, domain::Money::ZERO);
        assert_eq!(receipt.payment.lines.len(), 1);
        let mails = till.number(
            "SELECT count(*) AS n FROM mail WHERE agency_id = $1 AND kind = 'receipt' AND state = 'sent'",
            [till.house.id.0.into()],
        );
        assert_eq!(mails.await, 1);
        let proof = trust::proof(app, &till.house.admin, None).await.expect("a proof");
        assert!(proof.balanced, "{proof:?}");
    });
}

#[test]
fn one_form_sent_many_times_at_once_is_one_payment_and_one_page() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let form = till.form(&debt, 10_000, Uuid::now_v7());
        let mut submits = Vec::new();
        for _ in 0..12 {
            let (till, debtor, form) = (till.clone(), debt.debtor.clone(), form.clone());
            submits.push(tokio::spawn(async move {
                payments::start(&till.world.app, &debtor, form).await.expect("started")
            }));
        }
        let mut pages = Vec::new();
        for submit in submits {
            pages.push(submit.await.expect("no panic"));
        }
        assert!(matches!(pages[0], Started::Page { .. }), "{:?}", pages[0]);
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
        assert_eq!(till.calls("/v1/checkout/sessions").await, 1);

        // The same form with another amount is another wish, and refused.
        let other = payments::start(&till.world.app, &debt.debtor, {
            let mut other = form.clone();
            other.amount = amount(11_000);
            other
        });
        assert!(matches!(other.await, Err(StartRefused::FormReused)));
    });
}

#[test]
fn a_lost_answer_is_asked_for_again_and_opens_one_page() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        till.sim(
            "faults",
            json!({"kind": "lost_response", "method": "POST", "path": "/v1/checkout/sessions", "nth": 1}),
        )
        .await;
        let form = till.form(&debt, 10_000, Uuid::now_v7());
        let started = payments::start(&till.world.app, &debt.debtor, form).await.expect("started");
        let Started::Preparing { payment } = started else { panic!("{started:?}") };
        assert_eq!(till.state(payment).await, "created");

        till.world.wait(Duration::minutes(3));
        till.sweep().await;
        assert_eq!(till.state(payment).await, "session_open");
        let session = till.session(payment).await.expect("a session");
        till.pays(&session, json!({"card": DEBIT})).await;
        till.settle_by_asking(payment).await;
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.postings(payment).await, 1);
        assert_eq!(till.ledger("processor_clearing").await, 10_000);
    });
}

#[test]
fn a_crash_between_any_two_steps_leaves_one_page_and_one_posting() {
    run(async {
        let till = Till::open().await;
        for state in ["planned", "sent", "unknown"] {
            let debt = till.debt(50_000).await;
            let (payment, session) = till.page(&debt, 10_000).await;
            // As if we had died before our answer was written down.
            till.sql(
                "UPDATE payment SET state = 'created', checkout_session_id = NULL, checkout_url = NULL WHERE id = $1",
                [payment.0.into()],
            )
            .await;
            till.sql(
                "UPDATE gateway_call SET state = $2, response = NULL, done_at = NULL WHERE payment_id = $1",
                [payment.0.into(), state.into()],
            )
            .await;
            till.pays(&session, json!({"card": DEBIT})).await;
            till.world.wait(Duration::minutes(3));
            till.sweep().await;
            assert_eq!(till.session(payment).await.as_deref(), Some(session.as_str()), "{state}");
            till.settle_by_asking(payment).await;
            assert_eq!(till.state(payment).await, "succeeded", "{state}");
            assert_eq!(till.postings(payment).await, 1, "{state}");
            assert_eq!(till.owed(&debt).await, 40_000, "{state}");
        }
        let proof = trust::proof(&till.world.app, &till.house.admin, None).await.expect("a proof");
        assert!(proof.balanced, "{proof:?}");
    });
}

#[test]
fn a_call_older_than_its_key_is_looked_up_and_never_sent_again() {
    run(async {
        let till = Till::open().await;
        let (found, lost) = (till.debt(50_000).await, till.debt(50_000).await);
        let (paid, session) = till.page(&found, 10_000).await;
        till.pays(&session, json!({"card": DEBIT})).await;
        let forget =
            "UPDATE payment SET state = 'created', checkout_session_id = NULL WHERE id = $1";
        till.sql(forget, [paid.0.into()]).await;
        till.sql("UPDATE gateway_call SET state = 'sent' WHERE payment_id = $1", [paid.0.into()])
            .await;
        // And one that never reached the gateway.
        till.sim(
            "faults",
            json!({"kind": "timeout_before", "method": "POST", "path": "/v1/checkout/sessions", "nth": 1, "millis": 100}),
        )
        .await;
        let form = till.form(&lost, 10_000, Uuid::now_v7());
        let started = payments::start(&till.world.app, &lost.debtor, form).await.expect("started");
        let Started::Preparing { payment: never } = started else { panic!("{started:?}") };

        let before = till.calls("/v1/checkout/sessions").await;
        till.world.wait(Duration::hours(24));
        till.sweep().await;
        assert_eq!(till.calls("/v1/checkout/sessions").await, before);
        assert_eq!(till.state(paid).await, "succeeded");
        assert_eq!(till.owed(&found).await, 40_000);
        assert_eq!(till.state(never).await, "failed");
        assert_eq!(till.owed(&lost).await, 50_000);
    });
}

#[test]
fn an_account_has_one_open_page_at_a_time() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (first, old) = till.page(&debt, 50_000).await;
        let (second, new) = till.page(&debt, 20_000).await;
        assert_eq!(till.state(first).await, "canceled");
        assert_eq!(till.state(second).await, "session_open");
        assert_ne!(old, new);
        assert_eq!(till.pays(&new, json!({"card": DEBIT})).await["outcome"], "paid");
        till.settle().await;
        assert_eq!(till.owed(&debt).await, 30_000);
        assert_eq!(till.state(first).await, "canceled");
    });
}

#[test]
fn credit_cards_are_refused_and_declined_cards_take_no_money() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        assert_eq!(
            till.pays(&session, json!({"card": "4242424242424242"})).await["outcome"],
            "blocked"
        );
        // An agency whose acquirer agreed may take them; the bank still declines.
        till.sql(
            "UPDATE agency SET blocks_credit_cards = false WHERE id = $1",
            [till.house.id.0.into()],
        )
        .await;
        let (payment, session) = {
            assert_eq!(till.state(payment).await, "session_open");
            till.page(&debt, 10_000).await
        };
        assert_eq!(
            till.pays(&session, json!({"card": "4000000000009995"})).await["outcome"],
            "declined"
        );
        till.settle().await;
        assert_eq!(till.state(payment).await, "session_open");
        assert_eq!(till.owed(&debt).await, 50_000);
    });
}

#[test]
fn a_bank_debit_is_posted_when_the_bank_has_answered_and_not_before() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 30_000).await;
        let paid = till.pays(&session, json!({"bank": "000123456789"})).await;
        assert_eq!(paid["outcome"], "processing");
        till.settle().await;
        assert_eq!(till.state(payment).await, "processing");
        assert_eq!(till.owed(&debt).await, 50_000);
        // What is on its way cannot be paid again.
        let form = till.form(&debt, 30_000, Uuid::now_v7());
        let again = payments::start(&till.world.app, &debt.debtor, form).await;
        assert!(
            matches!(again, Err(StartRefused::OverBalance { payable }) if payable.minor() == 20_000)
        );

        till.sim("settle", json!({"payment_intent": paid["payment_intent"]})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.owed(&debt).await, 20_000);
        let method = till.text("SELECT method AS t FROM payment WHERE id = $1", [payment.0.into()]);
        assert_eq!(method.await.as_deref(), Some("ach"));
    });
}

#[test]
fn a_chargeback_mirrors_the_payment_and_blames_the_debtor() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(25_000).await;
        let (payment, session) = till.page(&debt, 25_000).await;
        let paid = till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        till.world.wait(Duration::days(12));
        till.drain().await;
        assert_eq!(till.status(&debt).await, "PIF");
        // Webhooks are signed by the wall clock: bring the events in by asking instead.
        till.sim("disputes", json!({"payment_intent": paid["payment_intent"]})).await;
        till.sweep().await;
        assert_eq!(till.state(payment).await, "reversed");
        assert_eq!(till.owed(&debt).await, 25_000);
        assert_eq!(till.status(&debt).await, "NSF");
        for ledger in ["processor_clearing", "client_payable", "agency_earned", "debt", "debt_paid"]
        {
            assert_eq!(till.ledger(ledger).await, 0, "{ledger}");
        }
    });
}

#[test]
fn a_refund_goes_through_the_gateway_and_reverses_once() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 20_000).await;
        till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let by_hand = NewReversal { payment, reason: ReversalReason::Refund, note: "asked".into() };
        let refused = payments::reverse(app, admin, by_hand, &once("reverse_payment")).await;
        assert!(matches!(refused, Err(ReverseRefused::RefundAtGateway)));
        let key = once("refund_payment");
        let asked = payments::refund(app, admin, payment, "asked".into(), &key).await;
        let Outcome::Asked(approval) = asked.expect("asked for").value else { panic!("alone") };
        let again = payments::refund(app, admin, payment, "asked".into(), &key).await;
        assert!(again.expect("the same answer").replayed);
        // It takes a second person.
        assert_eq!(till.calls("/v1/refunds").await, 0);
        let role = Membership::Staff(StaffRole::Finance);
        let second = till.world.join(&till.house, "Fay Finance", role).await;
        let key = once("approve_request");
        approvals::approve(app, &second, approval, None, &key).await.expect("approved");
        let again = approvals::approve(app, &second, approval, None, &key).await;
        assert!(again.expect("the same answer").replayed);
        till.settle().await;
        assert_eq!(till.state(payment).await, "reversed");
        assert_eq!(till.owed(&debt).await, 50_000);
        assert_eq!(till.status(&debt).await, "ACT");
        assert_eq!(till.calls("/v1/refunds").await, 1);
        assert_eq!(till.ledger("processor_clearing").await, 0);
    });
}

#[test]
fn what_is_paid_too_much_belongs_to_the_debtor() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(23_000).await;
        let new = NewPayment {
            account: debt.account,
            kind: PaymentKind::PaidAgency,
            method: PaymentMethod::Cash,
            amount: amount(25_000),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: Some("counter".into()),
            directed: false,
        };
        let key = once("take_payment");
        let (app, admin) = (&till.world.app, &till.house.admin);
        let first = payments::take(app, admin, new.clone(), &key).await.expect("taken");
        let again = payments::take(app, admin, new, &key).await.expect("the same answer");
        assert!(!first.replayed && again.replayed && first.value == again.value);
        assert_eq!(till.ledger("trust_cash").await, 25_000);
        assert_eq!(till.ledger("client_payable").await, -16_100);
        assert_eq!(till.ledger("agency_earned").await, -6_900);
        assert_eq!(till.ledger("debtor_credit").await, -2_000);
        // Cash is final: paid in full at once.
        till.drain().await;
        assert_eq!(till.status(&debt).await, "PIF");
        let shown = payments::get(app, admin, first.value).await.expect("shown");
        assert_eq!(shown.overpaid.map(|m| m.minor()), Some(2_000));
        assert_eq!(shown.lines[0].commission.minor(), 6_900);
    });
}

#[test]
fn a_payment_to_the_creditor_earns_commission_and_moves_no_trust_money() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let new = NewPayment {
            account: debt.account,
            kind: PaymentKind::PaidCreditor,
            method: PaymentMethod::Check,
            amount: amount(10_000),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: None,
            directed: false,
        };
        let (app, admin) = (&till.world.app, &till.house.admin);
        let taken = payments::take(app, admin, new, &once("take_payment")).await.expect("taken");
        assert_eq!(till.ledger("client_receivable").await, 3_000);
        assert_eq!(till.ledger("commission_revenue").await, -3_000);
        assert_eq!(till.ledger("trust_cash").await, 0);
        assert_eq!(till.owed(&debt).await, 40_000);

        let back = NewReversal {
            payment: taken.value,
            reason: ReversalReason::Correction,
            note: "another account".into(),
        };
        let key = once("reverse_payment");
        let reversed = payments::reverse(app, admin, back.clone(), &key).await.expect("reversed");
        assert!(payments::reverse(app, admin, back.clone(), &key).await.expect("again").replayed);
        let other = payments::reverse(app, admin, back, &once("reverse_payment")).await;
        assert_eq!(other.expect_err("refused").code(), "payment_already_reversed");
        assert_eq!(till.ledger("client_receivable").await, 0);
        assert_eq!(till.owed(&debt).await, 50_000);
        // A correction is nobody's fault.
        assert_eq!(till.status(&debt).await, "ACT");
        let shown = payments::get(app, admin, reversed.value).await.expect("shown");
        assert_eq!(shown.kind, PaymentKind::PaidCreditorReturn);
        assert_eq!(shown.reverses, Some(taken.value));
    });
}

#[test]
fn a_payment_is_posted_once_however_many_reverse_it_at_once() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let new = NewPayment {
            account: debt.account,
            kind: PaymentKind::PaidAgency,
            method: PaymentMethod::Check,
            amount: amount(10_000),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: None,
            directed: false,
        };
        let admin = till.house.admin.clone();
        let taken = payments::take(&till.world.app, &admin, new, &once("take_payment")).await;
        let payment = taken.expect("taken").value;
        let mut tries = Vec::new();
        for _ in 0..8 {
            let (till, admin) = (till.clone(), admin.clone());
            tries.push(tokio::spawn(async move {
                let back =
                    NewReversal { payment, reason: ReversalReason::Bounce, note: "NSF".into() };
                payments::reverse(&till.world.app, &admin, back, &once("reverse_payment"))
                    .await
                    .is_ok()
            }));
        }
        let mut done = 0;
        for one in tries {
            done += i32::from(one.await.expect("no panic"));
        }
        assert_eq!(done, 1);
        assert_eq!(till.owed(&debt).await, 50_000);
        assert_eq!(till.status(&debt).await, "NSF");
    });
}

#[test]
fn nobody_pays_on_or_reads_anothers_debt() {
    run(async {
        let till = Till::open().await;
        let (mine, theirs) = (till.debt(50_000).await, till.debt(50_000).await);
        let form = till.form(&theirs, 10_000, Uuid::now_v7());
        let refused = payments::start(&till.world.app, &mine.debtor, form).await;
        assert_eq!(refused.expect_err("refused").code(), "not_found");
        let (payment, _) = till.page(&theirs, 10_000).await;
        let seen = payments::status_for_return(&till.world.app, &mine.debtor, payment).await;
        assert_eq!(seen.expect_err("refused").code(), "not_found");
        let listed = payments::list_for_debtor(
            &till.world.app,
            &mine.debtor,
            PaymentFilter { limit: 10, ..PaymentFilter::default() },
        );
        assert!(listed.await.expect("a list").rows.is_empty());
        // Below the minimum, unless it is all.
        let form = till.form(&mine, 100, Uuid::now_v7());
        let small = payments::start(&till.world.app, &mine.debtor, form).await;
        assert!(matches!(small, Err(StartRefused::BelowMinimum { .. })));
    });
}

impl Till {
    /// A check by the operator, independent of webhooks.
    pub async fn settle_by_asking(&self, payment: domain::PaymentId) {
        self.sql(
            "INSERT INTO job (agency_id, id, kind, payload, run_at, created_at)
             VALUES ($1, $2, 'check_payment', jsonb_build_object('kind', 'check_payment', 'payment', $3::text), now() - interval '1 hour', now())",
            [self.house.id.0.into(), Uuid::now_v7().into(), payment.to_string().into()],
        )
        .await;
        jobs::drain(&self.world.app, self.house.id).await.expect("drained");
    }
}

#[test]
fn a_chargeback_that_was_won_counts_again() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        let paid = till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        let dispute = till.sim("disputes", json!({"payment_intent": paid["payment_intent"]})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "reversed");
        let id = dispute["id"].as_str().expect("a dispute's id");
        till.sim(&format!("disputes/{id}/close"), json!({"status": "won"})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "reversed");
        assert_eq!(till.owed(&debt).await, 40_000);
        assert_eq!(till.ledger("processor_clearing").await, 10_000);
        assert_eq!(till.ledger("client_payable").await, -7_000);
    });
}

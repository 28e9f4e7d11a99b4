//! The trust ledger proves itself, now and at any past instant, and nobody rewrites it.

use crate::http::{Api, Request};
use crate::till::{Debt, Till, amount, once};
use crate::world::{database_url, run};
use chrono::{Duration, NaiveDate, Utc};
use domain::hold::HoldTerms;
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::{CreditorId, Currency, PaymentId, Rate};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use serde_json::{Value, json};
use service::contracts::{self, NewContract};
use service::payments::{self, NewPayment, NewReversal};
use service::trust;

fn cash(debt: &crate::till::Debt, minor: i64) -> NewPayment {
    NewPayment {
        account: debt.account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: amount(minor),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    }
}

#[test]
fn the_proof_holds_now_and_at_every_past_instant() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        let empty = app.clock().now();
        till.world.wait(Duration::hours(1));
        let first = payments::take(app, admin, cash(&debt, 10_000), &once("take_payment")).await;
        let one = app.clock().now();
        till.world.wait(Duration::hours(1));
        payments::take(app, admin, cash(&debt, 25_000), &once("take_payment"))
            .await
            .expect("taken");
        let two = app.clock().now();
        till.world.wait(Duration::hours(1));
        let back = NewReversal {
            payment: first.expect("taken").value,
            reason: ReversalReason::Bounce,
            note: "counterfeit".into(),
        };
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("reversed");

        for (at, cash) in
            [(Some(empty), 0), (Some(one), 10_000), (Some(two), 35_000), (None, 25_000)]
        {
            let proof = trust::proof(app, admin, at).await.expect("a proof");
            assert!(proof.balanced, "{at:?}: {proof:?}");
            let account = &proof.accounts[0];
            assert_eq!(account.cash.minor(), cash, "{at:?}");
            assert_eq!(account.client_payable.minor(), cash * 7 / 10, "{at:?}");
            assert_eq!(account.agency_earned.minor(), cash * 3 / 10, "{at:?}");
            assert!(account.difference.is_zero() && account.below_zero.is_empty());
        }
    });
}

#[test]
fn money_on_hold_is_booked_and_not_cleared_and_a_shortfall_is_named() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        let check = NewPayment { method: PaymentMethod::Check, ..cash(&debt, 10_000) };
        let taken = payments::take(app, admin, check, &once("take_payment")).await.expect("taken");
        // The creditor was paid out by mistake: the ledger goes below zero when the check bounces.
        till.sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, 'client_payable', 'trust_cash', 7000, id, $3, day, $4, $4,
                 day, 'remittance', $2, 'pay'
             FROM trust_account, LATERAL (SELECT ($4::timestamptz AT TIME ZONE 'America/New_York')::date AS day) d
             WHERE agency_id = $1",
            [
                till.house.id.0.into(),
                uuid::Uuid::now_v7().into(),
                till.creditor.0.into(),
                app.clock().now().into(),
            ],
        )
        .await;
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert_eq!(proof.accounts[0].shortfall.minor(), 0);
        assert_eq!(proof.accounts[0].cleared_shortfall.minor(), 7_000);
        let back = NewReversal {
            payment: taken.value,
            reason: ReversalReason::Bounce,
            note: "NSF".into(),
        };
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("reversed");
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert!(!proof.balanced);
        let account = &proof.accounts[0];
        assert_eq!(account.shortfall.minor(), 7_000);
        assert!(account.difference.is_zero());
        assert_eq!(account.below_zero[0].creditor, Some(till.creditor));
    });
}

#[test]
fn a_balance_that_somebody_changed_behind_the_ledger_is_found() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        payments::take(app, admin, cash(&debt, 10_000), &once("take_payment"))
            .await
            .expect("taken");
        till.sql(
            "UPDATE account SET principal = principal - 1 WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert!(!proof.balanced);
        assert_eq!(proof.findings[0].check, "account_balance");
        assert_eq!(proof.findings[0].subject_id, debt.account.0);
        assert_eq!(proof.findings[0].ledger.minor() - proof.findings[0].record.minor(), 1);
    });
}

#[test]
fn the_database_refuses_to_change_or_delete_what_is_posted() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(100_000).await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        payments::take(app, admin, cash(&debt, 10_000), &once("take_payment"))
            .await
            .expect("taken");
        for role in
            ["quittance_agency", "quittance_creditor", "quittance_debtor", "quittance_system"]
        {
            let db = Database::connect(database_url(role)).await.expect("a connection");
            for sql in [
                "UPDATE transfer SET amount = amount + 1",
                "DELETE FROM transfer",
                "UPDATE payment_line SET amount = amount + 1",
                "DELETE FROM payment_line",
                "UPDATE audit SET reason = ''",
                "DELETE FROM audit",
            ] {
                let tx = db.begin().await.expect("begun");
                let agency = till.house.id.0;
                tx.execute_unprepared(&format!("SET LOCAL app.agency_id = '{agency}'"))
                    .await
                    .expect("a scope");
                let refused = tx.execute_unprepared(sql).await.expect_err("refused").to_string();
                assert!(refused.contains("permission denied"), "{role}: {sql}: {refused}");
            }
        }
        // And a transfer from one book to another cannot exist.
        let crossing = format!(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount, effective_on,
                 entered_at, posted_at, available_on, source_type, source_id, effect)
             VALUES ('{0}', gen_random_uuid(), gen_random_uuid(), 0, 'op_cash', 'trust_cash', 1, current_date, now(),
                 now(), current_date, 'x', gen_random_uuid(), 'x')",
            till.house.id.0
        );
        let refused =
            till.eye.execute_unprepared(&crossing).await.expect_err("refused").to_string();
        assert!(refused.contains("transfer_within_one_book"), "{refused}");
    });
}

/// Example E1: the trust of one agency from the March close on.
struct March {
    till: std::sync::Arc<Till>,
    api: Api,
    token: String,
    c2: CreditorId,
}

impl March {
    async fn state(&self) -> Value {
        let reply = self.api.get("/v1/trust/proof", &self.token).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body
    }

    /// C1 payable, earned, C2 payable, cash; in cents.
    async fn is(&self, expected: [i64; 4]) {
        let payable = |creditor: CreditorId| {
            self.till.number(
                "SELECT coalesce(sum(CASE WHEN credit_ledger = 'client_payable' THEN amount ELSE -amount END), 0)::bigint AS n
                 FROM transfer WHERE agency_id = $1 AND creditor_id = $2
                     AND (debit_ledger = 'client_payable' OR credit_ledger = 'client_payable')",
                [self.till.house.id.0.into(), creditor.0.into()],
            )
        };
        let now = [
            payable(self.till.creditor).await,
            -self.till.ledger("agency_earned").await,
            payable(self.c2).await,
            self.till.ledger("trust_cash").await,
        ];
        assert_eq!(now, expected);
        let proof = self.state().await;
        let account = &proof["accounts"][0];
        assert_eq!(account["difference"]["amount"], "0.00");
        // The remittance and the sweep of the test were made without statements.
        let verdicts = proof["verdicts"].as_array().expect("verdicts");
        for verdict in verdicts.iter().filter(|verdict| verdict["invariant"] != 5) {
            assert_eq!(verdict["holds"], true, "{verdict} {}", proof["findings"]);
        }
    }

    async fn lacks(&self, booked: &str, cleared: &str) {
        let proof = self.state().await;
        let account = &proof["accounts"][0];
        assert_eq!(account["shortfall"]["amount"], booked);
        assert_eq!(account["cleared_shortfall"]["amount"], cleared);
    }

    async fn pays(&self, debt: &Debt, method: PaymentMethod, minor: i64) -> PaymentId {
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        let new = NewPayment { method, ..cash(debt, minor) };
        payments::take(app, admin, new, &once("take_payment")).await.expect("taken").value
    }

    async fn back(&self, payment: PaymentId) {
        let body = json!({"reason": "bounce", "note": "returned unpaid"});
        let path = format!("/v1/payments/{payment}/reversals");
        let reply = self.post(&path, body.to_string(), &payment.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    async fn post(&self, path: &str, body: String, key: &str) -> crate::http::Reply {
        let request = Request {
            token: Some(&self.token),
            headers: vec![("Idempotency-Key", key.to_owned())],
            body: (!body.is_empty()).then_some(("application/json", body)),
        };
        self.api.send(Method::POST, path, request).await
    }

    async fn open_alarms(&self) -> Vec<Value> {
        let reply = self.api.get("/v1/trust/alarms?open=true", &self.token).await;
        reply.body["data"].as_array().expect("alarms").clone()
    }
}

/// Example E1: a return after remittance and sweep leaves 133.33 lacking, operating advances it, and
/// when the held check fails too a second advance follows (MON-5).
#[test]
fn a_return_after_remittance_is_alarmed_advanced_and_advanced_again() {
    run(async {
        let till = Till::open().await;
        let (api, c2) = (Api::of(&till.world).await, till.world.creditor(&till.house, "TWO").await);
        // Cash is available at once, a check after ten days.
        let from = NaiveDate::from_ymd_opt(2001, 1, 1).expect("a date");
        let rate = Rate::parse("0.3").expect("a rate");
        let terms = NewContract {
            holds: Some(HoldTerms::default()),
            ..NewContract::flat(till.creditor, from, rate)
        };
        contracts::add(&till.world.app, &till.house.admin, terms).await.expect("terms");
        let token = api.admin(&till.house).await.access;
        let march = March { till, api, token, c2 };
        let till = &march.till;
        let (a, c) = (till.debt(1_000_000).await, till.debt(1_000_000).await);
        march.pays(&a, PaymentMethod::Cash, 40_000).await;
        let returned = march.pays(&c, PaymentMethod::Wire, 33_333).await;
        let check = march.pays(&a, PaymentMethod::Check, 20_000).await;
        // Money of C2 that was earned before.
        till.came_to_trust(c2, 100_000).await;
        march.is([65_333, 28_000, 100_000, 193_333]).await;
        // The March close: 438.33 remitted after the offset of 75.00, 295.00 swept.
        till.left_trust("client_payable", 51_333, Some(till.creditor)).await;
        till.left_trust("agency_earned", 22_000, None).await;
        march.is([14_000, 6_000, 100_000, 120_000]).await;
        march.lacks("0.00", "0.00").await;

        march.back(returned).await;
        march.is([-9_333, -4_000, 100_000, 86_667]).await;
        march.lacks("133.33", "333.33").await;
        let alarms = march.open_alarms().await;
        assert_eq!(alarms.len(), 1);
        let alarm = &alarms[0];
        assert_eq!(alarm["amount"]["amount"], "133.33");
        let causes = alarm["causes"].as_array().expect("causes");
        assert_eq!(causes.len(), 2, "{alarm}");
        for cause in causes {
            assert_eq!(
                (&cause["source_type"], &cause["effect"]),
                (&json!("payment"), &json!("reverse"))
            );
            assert_eq!(cause["source_id"], returned.0.to_string());
        }
        let id = alarm["id"].as_str().expect("an id");
        let advance = format!("/v1/trust/alarms/{id}/advance");
        let made = march.post(&advance, String::new(), "first").await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.body["amount"]["amount"], "133.33");
        let again = march.post(&advance, String::new(), "first").await;
        assert_eq!(again.body["id"], made.body["id"]);
        let over = march.post(&advance, String::new(), "second").await;
        assert_eq!((over.status, over.code()), (409, "nothing_lacking"));
        march.is([0, 0, 100_000, 100_000]).await;
        march.lacks("0.00", "200.00").await;
        assert!(march.open_alarms().await.is_empty());
        for (ledger, minor) in
            [("client_receivable", 9_333), ("commission_revenue", 4_000), ("op_cash", -13_333)]
        {
            assert_eq!(till.ledger(ledger).await, minor, "{ledger}");
        }
        // The past is proven with its alarm: at the worst moment it was open and carried the amount.
        let opened = alarm["opened_at"].as_str().expect("an instant");
        let opened = opened.parse::<chrono::DateTime<Utc>>().expect("an instant");
        let proof = trust::proof(&till.world.app, &till.house.admin, Some(opened)).await;
        assert!(proof.expect("a proof").verdicts[2].holds);

        march.back(check).await;
        march.is([-14_000, -6_000, 100_000, 80_000]).await;
        march.lacks("200.00", "200.00").await;
        let alarms = march.open_alarms().await;
        assert_eq!(alarms[0]["amount"]["amount"], "200.00");
        let id = alarms[0]["id"].as_str().expect("an id");
        let made =
            march.post(&format!("/v1/trust/alarms/{id}/advance"), String::new(), "third").await;
        assert_eq!(made.status, 201, "{}", made.text);
        march.is([0, 0, 100_000, 100_000]).await;
        assert_eq!(till.ledger("op_cash").await, -33_333);
        // The job that backs the watch up finds nothing more to do.
        till.drain().await;
        assert!(march.open_alarms().await.is_empty());
    });
}

/// A checkpoint changes no figure at any instant, and one that was tampered with is found.
#[test]
fn a_checkpoint_is_as_good_as_the_transfers() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(1_000_000).await;
        let check = NewPayment { method: PaymentMethod::Check, ..cash(&debt, 10_000) };
        payments::take(app, admin, check, &once("take_payment")).await.expect("taken");
        let before = trust::proof(app, admin, None).await.expect("a proof");
        till.world.wait(Duration::hours(2));
        trust::keep_checkpoint(app, admin, app.clock().now() - Duration::hours(1))
            .await
            .expect("kept");
        payments::take(app, admin, cash(&debt, 5_000), &once("take_payment")).await.expect("taken");
        let after = trust::proof(app, admin, None).await.expect("a proof");
        assert!(after.proven, "{:?}", after.findings);
        assert_eq!(after.accounts[0].cash.minor(), 15_000);
        let cleared = |proof: &trust::Proof| proof.accounts[0].cleared_shortfall.minor();
        assert_eq!((cleared(&before), cleared(&after)), (0, 0));
        // The held check clears after its hold, out of the checkpoint.
        till.left_trust("client_payable", 7_000, Some(till.creditor)).await;
        let held = trust::proof(app, admin, None).await.expect("a proof");
        assert_eq!(cleared(&held), 3_500);
        till.world.wait(Duration::days(15));
        let free = trust::proof(app, admin, None).await.expect("a proof");
        assert_eq!(cleared(&free), 0);
        let console = service::actor::PlatformAdmin::console();
        let verify = || trust::verify(app, &console, Some(&till.house.slug), |_| {});
        assert!(verify().await.expect("verified")[0].checkpoint.is_empty());
        till.sql(
            "UPDATE trust_checkpoint_line SET amount = amount + 1 WHERE agency_id = $1 AND ledger = 'trust_cash'",
            [till.house.id.0.into()],
        )
        .await;
        let found = &verify().await.expect("verified")[0];
        assert!(!found.holds());
        assert_eq!(found.checkpoint.len(), 1);
    });
}

#[test]
fn each_kind_of_contradiction_is_found_counted_and_listed() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let token = api.admin(&till.house).await.access;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        let taken = payments::take(app, admin, cash(&debt, 10_000), &once("take_payment")).await;
        let payment = taken.expect("taken").value;
        till.sql(
            "UPDATE payment SET commission = commission + 1 WHERE id = $1",
            [payment.0.into()],
        )
        .await;
        till.sql(
            "UPDATE account SET principal = principal - 1, fees = fees + 1 WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        let proof = api.get("/v1/trust/proof", &token).await.body;
        let found: Vec<(Value, Value)> = proof["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|one| (one["check"].clone(), one["detail"].clone()))
            .collect();
        let pairs: Vec<(&str, &str)> = found
            .iter()
            .map(|(a, b)| (a.as_str().expect("text"), b.as_str().expect("text")))
            .collect();
        assert_eq!(
            pairs,
            [
                ("account_balance", "fees"),
                ("account_balance", "principal"),
                ("payment_lines", "commission"),
                ("payment_transfers", "commission"),
            ]
        );
        let fourth = &proof["verdicts"][3];
        assert_eq!((&fourth["invariant"], &fourth["holds"]), (&json!(4), &json!(false)));
        assert_eq!(fourth["found"][0], json!({"check": "account_balance", "rows": 2}));
        // Page by page.
        let first = api.get("/v1/trust/findings?check=account_balance&limit=1", &token).await.body;
        assert_eq!(first["data"][0]["detail"], "fees");
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        let path = format!("/v1/trust/findings?check=account_balance&limit=1&cursor={cursor}");
        let second = api.get(&path, &token).await.body;
        assert_eq!(
            (&second["data"][0]["detail"], &second["has_more"]),
            (&json!("principal"), &json!(false))
        );
        let unknown = api.get("/v1/trust/findings?check=none", &token).await;
        assert_eq!((unknown.status, unknown.code()), (422, "invalid_request"));
    });
}

/// How long a large book takes to verify; `VERIFY_TRANSFERS` says how large (2,000,000 unless told).
/// By hand: `cargo test --workspace --test it -- --ignored --nocapture a_large_book`.
#[test]
#[ignore = "generates millions of rows; run by hand for the figure"]
fn a_large_book_is_verified() {
    run(async {
        let till = Till::open().await;
        let transfers: i64 = std::env::var("VERIFY_TRANSFERS")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(2_000_000);
        let payments = transfers / 3;
        let (agency, creditor) = (till.house.id.0, till.creditor.0);
        let debt = till.debt(1_000).await;
        let tx = till.eye.begin().await.expect("begun");
        for sql in [
            // Foreign keys are checked for each row otherwise; the rows fit.
            "SET LOCAL session_replication_role = replica".to_owned(),
            format!(
                "CREATE TEMP TABLE made ON COMMIT DROP AS SELECT gen_random_uuid() AS payment, gen_random_uuid() AS txn,
                     a.account, a.debtor, n, 1000 + n % 900 AS amount
                 FROM generate_series(1, {payments}) AS n
                 JOIN (SELECT k, gen_random_uuid() AS account, gen_random_uuid() AS debtor
                       FROM generate_series(0, {payments} / 8) AS k) a ON a.k = n / 8"
            ),
            format!(
                "INSERT INTO account SELECT (x.r).* FROM (
                     SELECT jsonb_populate_record(t, jsonb_build_object('id', m.account, 'debtor_id', m.debtor,
                         'reference', m.account, 'client_account_number', m.account, 'client_account_key', m.account,
                         'placed_principal', m.paid + 5, 'principal', 5)) AS r
                     FROM (SELECT account, debtor, sum(amount) AS paid FROM made GROUP BY 1, 2) m, account t
                     WHERE t.id = '{}') x",
                debt.account.0
            ),
            format!(
                "INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state, amount,
                     applied, overpaid, commission, commission_basis, source, effective_on, entered_at, posted_at,
                     available_on, entered_by, version)
                 SELECT '{agency}', payment, account, '{creditor}', debtor, 'paid_agency', 'check', 'succeeded', amount,
                     amount, 0, amount * 3 / 10, 'net', 'staff', '2026-01-01', now(), now(), '2026-01-10', 'x', 1
                 FROM made"
            ),
            format!(
                "INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission, creditor_id,
                     debtor_id)
                 SELECT '{agency}', payment, 'principal', amount, 0.3, amount * 3 / 10, '{creditor}', debtor FROM made"
            ),
            format!(
                "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                     trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id, effective_on, entered_at,
                     posted_at, available_on, source_type, source_id, effect)
                 SELECT '{agency}', gen_random_uuid(), m.txn, l.line, l.debit, l.credit, l.amount,
                     CASE WHEN l.line < 2 THEN t.id END, '{creditor}', m.account, m.debtor, 'principal', m.payment,
                     '2026-01-01', now(), now(), '2026-01-10', 'payment', m.payment, 'post'
                 FROM made m, trust_account t,
                     LATERAL (VALUES (0, 'trust_cash', 'client_payable', m.amount - m.amount * 3 / 10),
                                     (1, 'trust_cash', 'agency_earned', m.amount * 3 / 10),
                                     (2, 'debt_paid', 'debt', m.amount)) AS l (line, debit, credit, amount)
                 WHERE t.agency_id = '{agency}'"
            ),
        ] {
            tx.execute_unprepared(&sql).await.unwrap_or_else(|err| panic!("{sql}: {err}"));
        }
        tx.commit().await.expect("committed");
        till.eye
            .execute_unprepared("ANALYZE transfer, payment, payment_line, account")
            .await
            .expect("analyzed");
        let (app, console) = (&till.world.app, service::actor::PlatformAdmin::console());
        for pass in ["first", "second"] {
            let began = std::time::Instant::now();
            let told = |progress: trust::Progress<'_>| {
                println!("{:6.1} s {progress:?}", began.elapsed().as_secs_f32());
            };
            let verdicts = trust::verify(app, &console, Some(&till.house.slug), told).await;
            let verdict = &verdicts.expect("verified")[0];
            assert!(verdict.holds(), "{:?}", verdict.proof.findings);
            let seconds = began.elapsed().as_secs_f32();
            println!("{pass}: {} transfers in {seconds:.1} s", verdict.transfers);
        }
    });
}

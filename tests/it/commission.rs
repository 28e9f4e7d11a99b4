//! Commission: schedules by level, frozen at posting, explained slice by slice (DOM-2.5,
//! MON-17).

use crate::http::{Api, Reply, Request};
use crate::till::{Debt, Till, once};
use crate::world::run;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{Amount, Currency, Money, Rate, StaffRole};
use reqwest::Method;
use serde_json::{Value, json};
use service::approvals::{self, Outcome};
use service::payments::{self, NewOverride, NewPayment, OwnCommission, TakeRefused};
use service::trust;
use service::users::Membership;
use std::sync::Arc;
use uuid::Uuid;

/// An agency with a creditor, and its API.
struct Office {
    till: Arc<Till>,
    api: Api,
    token: String,
}

fn usd(text: &str) -> Value {
    json!({"amount": text, "currency": "USD"})
}

fn flat(rate: &str) -> Value {
    json!({"standard": {"plan": {"by": "flat", "rate": rate}}})
}

impl Office {
    async fn open() -> Self {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let token = api.admin(&till.house).await.access;
        Self { till, api, token }
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let request = Request {
            token: Some(&self.token),
            headers: vec![("Idempotency-Key", Uuid::now_v7().to_string())],
            body: Some(("application/json", body.to_string())),
        };
        self.api.send(Method::POST, path, request).await
    }

    /// A schedule of the creditor, the portfolio, the account or the agency.
    async fn schedule(&self, of: Value, from: &str, schedule: Value) -> Reply {
        let mut body = of;
        body["effective_on"] = json!(from);
        body["schedule"] = schedule;
        self.post("/v1/commission-schedules", body).await
    }

    /// A schedule of the creditor from the year 2001 on.
    async fn of_creditor(&self, schedule: Value) {
        let of = json!({"creditor_id": self.till.creditor});
        let reply = self.schedule(of, "2001-01-01", schedule).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    async fn terms(&self, from: &str, more: Value) {
        let mut body = json!({"effective_on": from});
        for (name, value) in more.as_object().expect("members") {
            body[name] = value.clone();
        }
        let path = format!("/v1/creditors/{}/contracts", self.till.creditor);
        let reply = self.post(&path, body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    async fn set(&self, debt: &Debt, columns: &str) {
        let sql = format!("UPDATE account SET {columns} WHERE id = $1");
        self.till.sql(&sql, [debt.account.0.into()]).await;
    }

    async fn pay(&self, debt: &Debt, kind: &str, day: &str, dollars: &str) -> Reply {
        let body = json!({
            "account_id": debt.account, "kind": kind, "method": "cash",
            "amount": usd(dollars), "effective_on": day,
        });
        let reply = self.post("/v1/payments", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply
    }

    async fn explain(&self, payment: &Reply) -> Value {
        let id = payment.body["id"].as_str().expect("an id");
        let reply = self.api.get(&format!("/v1/payments/{id}/commission"), &self.token).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body
    }

    async fn bounce(&self, payment: &Reply) -> Reply {
        let id = payment.body["id"].as_str().expect("an id");
        let body = json!({"reason": "bounce", "note": "NSF"});
        let reply = self.post(&format!("/v1/payments/{id}/reversals"), body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply
    }

    /// What a payment by the debtor to the agency earned.
    async fn earned(&self, debt: &Debt, dollars: &str) -> String {
        let paid = self.pay(debt, "paid_agency", "2026-07-01", dollars).await;
        paid.body["commission"]["amount"].as_str().expect("money").to_owned()
    }

    async fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE agency_id = $1");
        self.till.number(&sql, [self.till.house.id.0.into()]).await
    }

    async fn proven(&self) {
        let proof = trust::proof(&self.till.world.app, &self.till.house.admin, None).await;
        let proof = proof.expect("a proof");
        assert!(proof.accounts.iter().all(|account| account.difference.is_zero()), "{proof:?}");
        assert!(proof.findings.is_empty(), "{proof:?}");
    }
}

/// E4 a: 433.33 at 30 % with 13 % tax; E4 b: by bucket.
#[test]
fn examples_e4_a_and_b_flat_with_tax_and_by_bucket() {
    run(async {
        let office = Office::open().await;
        office.terms("2001-01-01", json!({"commission_rate": "0.3", "tax_rate": "0.13"})).await;
        let debt = office.till.debt(100_000).await;
        let paid = office.pay(&debt, "paid_agency", "2026-07-01", "433.33").await;
        let told = office.explain(&paid).await;
        assert_eq!((&told["commission"], &told["tax"]), (&usd("130.00"), &usd("16.90")), "{told}");
        assert_eq!((&told["level"], &told["schedule_id"]), (&json!("creditor"), &Value::Null));
        assert_eq!((&told["tax_rate"], &told["basis"]), (&json!("0.13"), &json!("net")));
        assert_eq!(told["slices"][0]["rate"], "0.3");
        assert_eq!(office.till.ledger("client_payable").await, -30_333);

        let schedule = json!({"standard": {
            "plan": {"by": "flat", "rate": "0.3"},
            "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"}],
        }});
        office.of_creditor(schedule).await;
        let debt = office.till.debt(60_000).await;
        office
            .set(&debt, "placed_fees = 12000, fees = 12000, placed_costs = 3000, costs = 3000")
            .await;
        let paid = office.pay(&debt, "paid_agency", "2026-07-01", "750.00").await;
        let told = office.explain(&paid).await;
        assert_eq!(told["commission"], usd("240.00"), "{told}");
        let slices: Vec<(&Value, &Value)> = told["slices"]
            .as_array()
            .expect("slices")
            .iter()
            .map(|slice| (&slice["bucket"], &slice["commission"]))
            .collect();
        let expected = [
            (&json!("costs"), &usd("0.00")),
            (&json!("fees"), &usd("60.00")),
            (&json!("principal"), &usd("180.00")),
        ];
        assert_eq!(slices, expected);
        office.proven().await;
    });
}

/// E4 c: 800.00 collected; 500.00 crosses the tier; its return is the exact negative, slice by slice,
/// and the next 500.00 crosses again.
#[test]
fn example_e4_c_slices_cross_a_tier_and_a_return_is_the_exact_negative() {
    run(async {
        let office = Office::open().await;
        let plan = json!({"by": "liquidation", "tiers": [
            {"over": "0.00", "up_to": "1000.00", "rate": "0.35"}, {"over": "1000.00", "rate": "0.25"}]});
        office.of_creditor(json!({"standard": {"plan": plan}})).await;
        let debt = office.till.debt(500_000).await;
        assert_eq!(office.earned(&debt, "800.00").await, "280.00");
        let paid = office.pay(&debt, "paid_agency", "2026-07-02", "500.00").await;
        let told = office.explain(&paid).await;
        assert_eq!(told["commission"], usd("145.00"));
        let slices = told["slices"].as_array().expect("slices");
        let parts: Vec<_> = slices
            .iter()
            .map(|slice| {
                let money = |name: &str| slice[name]["amount"].as_str().expect("money").to_owned();
                (
                    money("from"),
                    money("to"),
                    money("amount"),
                    slice["rate"].clone(),
                    money("commission"),
                )
            })
            .collect();
        let text = str::to_owned;
        assert_eq!(
            parts,
            [
                (text("800.00"), text("1000.00"), text("200.00"), json!("0.35"), text("70.00")),
                (text("1000.00"), text("1300.00"), text("300.00"), json!("0.25"), text("75.00")),
            ]
        );
        let returned = office.bounce(&paid).await;
        let back = office.explain(&returned).await;
        assert_eq!(
            (&back["commission"], &back["agency_share"]),
            (&usd("-145.00"), &usd("-145.00"))
        );
        assert_eq!((&back["applied"], &back["tax"]), (&usd("-500.00"), &usd("0.00")));
        assert_eq!(back["by_bucket"][0]["commission"], usd("-145.00"));
        for (was, is) in slices.iter().zip(back["slices"].as_array().expect("slices")) {
            for name in ["amount", "commission"] {
                let was = was[name]["amount"].as_str().expect("money");
                assert_eq!(is[name]["amount"], format!("-{was}"));
            }
            assert_eq!((&was["from"], &was["rate"]), (&is["from"], &is["rate"]));
        }
        assert_eq!(office.earned(&debt, "500.00").await, "145.00");
        office.proven().await;
    });
}

/// E4 d: minimum; E4 e: cap; E4 f: age.
#[test]
fn examples_e4_d_e_and_f_minimum_cap_and_age() {
    run(async {
        let office = Office::open().await;
        let mut minimum = flat("0.35");
        minimum["minimum"] = json!("25.00");
        office.of_creditor(minimum).await;
        let debt = office.till.debt(500_000).await;
        let paid = office.pay(&debt, "paid_agency", "2026-07-01", "50.00").await;
        let told = office.explain(&paid).await;
        let raised = &told["adjustments"][0];
        assert_eq!((&raised["rule"], &raised["limit"]), (&json!("minimum"), &usd("25.00")));
        assert_eq!((&raised["before"], &raised["after"]), (&usd("17.50"), &usd("25.00")));
        assert_eq!(office.earned(&debt, "15.00").await, "15.00");

        let mut cap = flat("0.3");
        cap["cap"] = json!({"amount": "400.00"});
        let of = json!({"creditor_id": office.till.creditor});
        assert_eq!(office.schedule(of.clone(), "2026-07-02", cap).await.status, 201);
        let debt = office.till.debt(500_000).await;
        let first = office.pay(&debt, "paid_agency", "2026-07-02", "1266.67").await;
        assert_eq!(first.body["commission"], usd("380.00"));
        let second = office.pay(&debt, "paid_agency", "2026-07-03", "200.00").await;
        let told = office.explain(&second).await;
        assert_eq!(told["commission"], usd("20.00"));
        assert_eq!(told["adjustments"][0]["charged"], usd("380.00"));

        let plan = json!({"by": "age", "from": "last_charge", "tiers": [
            {"over": 0, "up_to": 365, "rate": "0.25"}, {"over": 365, "rate": "0.4"}]});
        let age = json!({"standard": {"plan": plan}});
        assert_eq!(office.schedule(of, "2020-01-01", age).await.status, 201);
        let debt = office.till.debt(500_000).await;
        office.set(&debt, "last_charge_on = '2023-06-30'").await;
        let paid = office.pay(&debt, "paid_agency", "2025-01-15", "250.00").await;
        let told = office.explain(&paid).await;
        assert_eq!(told["commission"], usd("100.00"));
        assert_eq!(
            (&told["slices"][0]["days"], &told["slices"][0]["over_days"]),
            (&json!(565), &json!(365))
        );
        office.proven().await;
    });
}

/// E4 g: ten free days for direct payments; E4 h: a forwarder keeps a quarter.
#[test]
fn examples_e4_g_and_h_free_demand_and_a_forwarder() {
    run(async {
        let office = Office::open().await;
        let mut free = flat("0.3");
        free["free_demand"] = json!({"days": 10, "payment_types": ["paid_creditor"]});
        office.of_creditor(free).await;
        let debt = office.till.debt(500_000).await;
        office.set(&debt, "placed_on = '2025-03-01'").await;
        for (kind, day, commission) in [
            ("paid_creditor", "2025-03-09", "0.00"),
            ("paid_agency", "2025-03-09", "30.00"),
            ("paid_creditor", "2025-03-11", "30.00"),
        ] {
            let paid = office.pay(&debt, kind, day, "100.00").await;
            assert_eq!(paid.body["commission"], usd(commission), "{kind} {day}");
        }
        let of = json!({"creditor_id": office.till.creditor});
        assert_eq!(office.schedule(of, "2026-01-01", flat("0.4")).await.status, 201);
        let before = office.till.ledger("client_payable").await;
        let body = json!({
            "account_id": debt.account, "kind": "paid_forwarder", "method": "check",
            "amount": usd("400.00"), "forwarder_fee": usd("100.00"), "effective_on": "2026-07-01",
        });
        let paid = office.post("/v1/payments", body.clone()).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        let told = office.explain(&paid).await;
        assert_eq!((&told["commission"], &told["forwarder_fee"]), (&usd("160.00"), &usd("100.00")));
        assert_eq!(told["agency_share"], usd("60.00"));
        assert_eq!(office.till.ledger("client_payable").await - before, -24_000);
        // More than the whole commission is refused, with the numbers, and leaves no row.
        let (payments, transfers) = (office.rows("payment").await, office.rows("transfer").await);
        let mut greedy = body;
        greedy["forwarder_fee"] = usd("200.00");
        let refused = office.post("/v1/payments", greedy).await;
        assert_eq!((refused.status, refused.code()), (422, "forwarder_fee_over_commission"));
        assert_eq!(
            (&refused.body["forwarder_fee"], &refused.body["commission"]),
            (&json!("200.00"), &json!("160.00"))
        );
        assert_eq!(
            (office.rows("payment").await, office.rows("transfer").await),
            (payments, transfers)
        );
        office.proven().await;
    });
}

#[test]
fn the_nearest_level_decides_and_a_later_version_never_changes_a_posted_payment() {
    run(async {
        let office = Office::open().await;
        // The contract says nothing: the agency's default does.
        office.terms("2001-01-01", json!({})).await;
        let debt = office.till.debt(900_000).await;
        let body = json!({
            "account_id": debt.account, "kind": "paid_agency", "method": "cash",
            "amount": usd("100.00"), "effective_on": "2026-07-01",
        });
        let none = office.post("/v1/payments", body).await;
        assert_eq!((none.status, none.code()), (409, "no_commission_schedule"));
        assert_eq!(office.rows("payment").await, 0);
        let portfolio = office
            .till
            .text(
                "SELECT id::text AS t FROM portfolio WHERE agency_id = $1",
                [office.till.house.id.0.into()],
            )
            .await;
        let portfolio = domain::PortfolioId(portfolio.expect("one").parse().expect("a uuid"));
        let levels = [
            ("agency", json!({}), "0.1", "10.00"),
            ("creditor", json!({"creditor_id": office.till.creditor}), "0.2", "20.00"),
            ("portfolio", json!({"portfolio_id": portfolio}), "0.4", "40.00"),
            ("account", json!({"account_id": debt.account}), "0.5", "50.00"),
        ];
        let mut posted = Vec::new();
        for (level, of, rate, commission) in levels {
            let added = office.schedule(of.clone(), "2002-01-01", flat(rate)).await;
            assert_eq!(added.status, 201, "{}", added.text);
            assert_eq!(added.body["level"], level);
            let paid = office.pay(&debt, "paid_agency", "2026-07-01", "100.00").await;
            assert_eq!(paid.body["commission"], usd(commission), "{level}");
            let told = office.explain(&paid).await;
            assert_eq!((&told["level"], &told["schedule_id"]), (&json!(level), &added.body["id"]));
            assert_eq!(told["schedule_effective_on"], "2002-01-01");
            // Of this subject, and read by its id.
            let query = of.as_object().expect("members").iter().next();
            let query = query.map_or("level=agency".to_owned(), |(name, id)| {
                format!("{name}={}", id.as_str().expect("an id"))
            });
            let listed =
                office.api.get(&format!("/v1/commission-schedules?{query}"), &office.token).await;
            assert_eq!(listed.body["data"], json!([added.body]), "{}", listed.text);
            let id = added.body["id"].as_str().expect("an id");
            let read =
                office.api.get(&format!("/v1/commission-schedules/{id}"), &office.token).await;
            assert_eq!(read.body, added.body);
            posted.push((paid, told));
        }
        // A version from the same past on: what is posted stays, what comes is under it.
        let of = json!({"account_id": debt.account});
        let later = office.schedule(of.clone(), "2026-06-15", flat("0.05")).await;
        assert_eq!(later.status, 201, "{}", later.text);
        for (paid, told) in &posted {
            assert_eq!(&office.explain(paid).await, told);
        }
        assert_eq!(office.earned(&debt, "100.00").await, "5.00");
        // A payment from before it keeps the version of its day.
        let earlier = office.pay(&debt, "paid_agency", "2026-06-14", "100.00").await;
        assert_eq!(earlier.body["commission"], usd("50.00"));
        let twice = office.schedule(of, "2026-06-15", flat("0.06")).await;
        assert_eq!((twice.status, twice.code()), (409, "schedule_date_taken"));
        // And a return takes back what was frozen.
        let back = office.bounce(&posted[3].0).await;
        assert_eq!(office.explain(&back).await["commission"], usd("-50.00"));
        office.proven().await;
    });
}

#[test]
fn everything_that_is_wrong_with_a_schedule_is_told_at_once_and_no_row_is_left() {
    run(async {
        let office = Office::open().await;
        let wrong = json!({
            "standard": {"plan": {"by": "liquidation", "tiers": [
                {"over": "0.00", "up_to": "1000.00", "rate": "0.35"},
                {"over": "1500.00", "up_to": "3000.00", "rate": "0.3"},
                {"over": "2500.00", "rate": "0.25"}]},
                "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "fees", "rate": "0.4"}]},
            "minimum": "50.00", "maximum": "40.00", "cap": {},
        });
        let of = json!({"creditor_id": office.till.creditor});
        let reply = office.schedule(of.clone(), "2026-01-01", wrong).await;
        assert_eq!((reply.status, reply.code()), (422, "schedule_flawed"));
        let told: Vec<(&str, &str)> = reply.body["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|one| {
                (one["pointer"].as_str().expect("text"), one["code"].as_str().expect("text"))
            })
            .collect();
        assert_eq!(
            told,
            [
                ("/schedule/standard/plan/tiers/1/over", "schedule_gap"),
                ("/schedule/standard/plan/tiers/2/over", "schedule_overlap"),
                ("/schedule/standard/buckets/1/bucket", "schedule_duplicate_bucket"),
                ("/schedule/minimum", "schedule_minimum_over_maximum"),
                ("/schedule/cap", "schedule_empty_cap"),
            ]
        );
        let gap = &reply.body["problems"][0];
        assert_eq!((&gap["over"], &gap["up_to"]), (&json!("1000.00"), &json!("1500.00")));
        let limits = &reply.body["problems"][3];
        assert_eq!((&limits["minimum"], &limits["maximum"]), (&json!("50.00"), &json!("40.00")));
        // A number is no rate, a second subject no subject, an unknown one none.
        for (of, schedule, status) in [
            (of, json!({"standard": {"plan": {"by": "flat", "rate": 0.3}}}), 422),
            (
                json!({"creditor_id": office.till.creditor, "account_id": domain::AccountId(Uuid::now_v7())}),
                flat("0.3"),
                422,
            ),
            (json!({"account_id": domain::AccountId(Uuid::now_v7())}), flat("0.3"), 404),
        ] {
            let reply = office.schedule(of, "2026-01-01", schedule).await;
            assert_eq!(reply.status, status, "{}", reply.text);
        }
        assert_eq!(office.rows("commission_schedule").await, 0);
        let collector = office
            .api
            .join(&office.till.world, &office.till.house, Membership::Staff(StaffRole::Collector))
            .await;
        let body = json!({"effective_on": "2026-01-01", "schedule": flat("0.3")});
        let refused =
            office.api.post("/v1/commission-schedules", Some(&collector.access), body).await;
        assert_eq!((refused.status, refused.code()), (403, "forbidden"));
    });
}

#[test]
fn a_schedule_is_tried_without_a_trace() {
    run(async {
        let office = Office::open().await;
        let debt = office.till.debt(100_000).await;
        let path = format!("/v1/accounts/{}/commission/simulate", debt.account);
        let mut capped = flat("0.5");
        capped["maximum"] = json!("75.00");
        let tables = ["payment", "transfer", "commission_schedule", "audit", "timeline_entry"];
        let mut before = Vec::new();
        for table in tables {
            before.push(office.rows(table).await);
        }
        let body = json!({"kind": "paid_agency", "amount": usd("1100.00"), "schedule": capped});
        let tried = office.post(&path, body).await;
        assert_eq!(tried.status, 200, "{}", tried.text);
        assert_eq!(
            (&tried.body["commission"], &tried.body["overpaid"]),
            (&usd("75.00"), &usd("100.00"))
        );
        assert_eq!((&tried.body["level"], &tried.body["applied"]), (&Value::Null, &usd("1000.00")));
        let now =
            office.post(&path, json!({"kind": "paid_creditor", "amount": usd("100.00")})).await;
        assert_eq!(
            (&now.body["commission"], &now.body["level"]),
            (&usd("30.00"), &json!("creditor"))
        );
        let flawed = json!({"kind": "paid_agency", "amount": usd("1.00"), "schedule": {"standard": {"plan": {"by": "balance", "tiers": []}}}});
        let flawed = office.post(&path, flawed).await;
        assert_eq!(
            (flawed.status, &flawed.body["errors"][0]["code"]),
            (422, &json!("schedule_no_tiers"))
        );
        for (table, was) in tables.into_iter().zip(before) {
            assert_eq!(office.rows(table).await, was, "{table}");
        }
    });
}

#[test]
fn two_people_choose_the_commission_of_one_payment() {
    run(async {
        let office = Office::open().await;
        office.terms("2001-01-01", json!({"commission_rate": "0.3", "tax_rate": "0.1"})).await;
        let debt = office.till.debt(100_000).await;
        let (app, admin) = (&office.till.world.app, &office.till.house.admin);
        let second = Membership::Staff(StaffRole::Admin);
        let second = office.till.world.join(&office.till.house, "Bea Boss", second).await;
        let request = |commission| NewOverride {
            payment: NewPayment {
                account: debt.account,
                kind: PaymentKind::PaidAgency,
                method: PaymentMethod::Check,
                amount: Amount::new(Money::from_minor(20_000)).expect("an amount"),
                currency: Currency::Usd,
                forwarder_fee: None,
                effective_on: Some("2026-07-01".parse().expect("a date")),
                deposited_on: None,
                memo: Some("Check 17".to_owned()),
                directed: false,
            },
            commission,
            note: "Agreed for this payment".to_owned(),
        };
        let asked = async |commission| {
            let new = request(commission);
            let asked = payments::take_with_override(app, admin, new, &once("override")).await;
            match asked.expect("asked").value {
                Outcome::Asked(id) => id,
                Outcome::Done(_) => panic!("done by one person"),
            }
        };
        let approved = async |id| {
            let done = approvals::approve(app, &second, id, None, &once("approve")).await;
            let payment = done.expect("approved").value.result.expect("a payment");
            let path = format!("/v1/payments/{}", domain::PaymentId(payment));
            office.api.get(&path, &office.token).await
        };
        let own = asked(OwnCommission::Amount { amount: Money::from_minor(1_250) }).await;
        let alone = approvals::approve(app, admin, own, None, &once("approve")).await;
        assert!(alone.is_err(), "one person");
        let reply = approved(own).await;
        let told = office.explain(&reply).await;
        assert_eq!((&told["level"], &told["schedule_id"]), (&json!("payment"), &Value::Null));
        assert_eq!((&told["commission"], &told["tax"]), (&usd("12.50"), &usd("1.25")), "{told}");
        assert_eq!(
            (&told["asked_by"], &told["approved_by"]),
            (&json!("Ada Admin"), &json!("Bea Boss"))
        );
        assert_eq!(office.till.ledger("agency_earned").await, -1_250);
        let rate = asked(OwnCommission::Rate { rate: Rate::parse("0.125").expect("a rate") }).await;
        let reply = approved(rate).await;
        assert_eq!(reply.body["commission"], usd("25.00"));
        let back = office.explain(&office.bounce(&reply).await).await;
        assert_eq!(
            (&back["commission"], &back["approved_by"]),
            (&usd("-25.00"), &json!("Bea Boss"))
        );
        let rows = office.rows("payment").await;
        let over = request(OwnCommission::Amount { amount: Money::from_minor(20_001) });
        let refused = payments::take_with_override(app, admin, over, &once("override")).await;
        assert!(
            matches!(refused, Err(TakeRefused::OwnCommissionOverPayment { .. })),
            "{refused:?}"
        );
        assert_eq!(office.rows("payment").await, rows);
        office.proven().await;
    });
}

/// MON-1: a check's ten calendar days, a contract's own hold, nothing for cash; and what the
/// creditor received is nobody's to hold. MON-14: percentages in priority order.
#[test]
fn holds_and_percentages_act_by_method_and_creditor() {
    run(async {
        let office = Office::open().await;
        let debt = office.till.debt(500_000).await;
        let pay = |kind: &'static str, method: &'static str, day: &'static str| {
            let body = json!({
                "account_id": debt.account, "kind": kind, "method": method, "amount": usd("10.00"),
                "effective_on": day,
            });
            office.post("/v1/payments", body)
        };
        for (kind, method, available) in [
            ("paid_agency", "check", "2026-07-11"),
            ("paid_agency", "cash", "2026-07-01"),
            ("paid_agency", "wire", "2026-07-01"),
            ("paid_creditor", "check", "2026-07-01"),
        ] {
            let paid = pay(kind, method, "2026-07-01").await;
            assert_eq!(paid.body["available_on"], available, "{kind} {method}: {}", paid.text);
        }
        let terms = office
            .api
            .get(&format!("/v1/creditors/{}/contracts", office.till.creditor), &office.token)
            .await;
        let mut holds = terms.body["data"][0]["holds"].clone();
        holds["check"] = json!({"days": 3, "unit": "banking"});
        let percents = json!([{"bucket": "principal", "percent": "0.5"}]);
        office
            .terms(
                "2026-07-02",
                json!({"commission_rate": "0.3", "holds": holds, "allocation_percents": percents}),
            )
            .await;
        // 2 July 2026 is a Thursday; the holiday of Saturday the 4th does not move: 3, 6, 7 July.
        let paid = pay("paid_agency", "check", "2026-07-02").await;
        assert_eq!(paid.body["available_on"], "2026-07-07", "{}", paid.text);
        let mixed = office.till.debt(50_000).await;
        office.set(&mixed, "placed_costs = 20000, costs = 20000").await;
        let paid = office.pay(&mixed, "paid_agency", "2026-07-02", "100.00").await;
        let lines: Vec<(&Value, &Value)> = paid.body["lines"]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| (&line["bucket"], &line["amount"]))
            .collect();
        // Half to principal first; the rest by priority: costs.
        assert_eq!(lines, [(&json!("principal"), &usd("50.00")), (&json!("costs"), &usd("50.00"))]);
    });
}

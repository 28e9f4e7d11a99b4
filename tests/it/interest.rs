//! Interest: computed for any day, posted when a payment needs it, computed again when the past
//! changes (DOM-2.9, MON-15 and MON-16).

use crate::http::{Api, Reply, Request};
use crate::till::{Debt, Till, amount, once};
use crate::world::run;
use chrono::NaiveDate;
use domain::account::{AccountStatus, Restriction};
use domain::allocation::{AllocationOrder, allocate};
use domain::interest::{
    AccountDates, AnnualRate, Basis, Event, OfAccount, Policy, Position, Replay, What, replay,
};
use domain::{AccountId, Bucket, Buckets, Money, PaymentId};
use reqwest::Method;
use sea_orm::Value as Db;
use serde_json::{Value, json};
use service::accounts::{self, NewRestriction, StatusChange};
use service::adjustments::{self, Adjustment, Terms};
use service::approvals::Outcome;
use service::trust;
use std::sync::Arc;
use uuid::Uuid;

/// An agency with debts that bear interest, and its API.
struct Desk {
    till: Arc<Till>,
    api: Api,
    token: String,
}

const COSTS_FIRST: [&str; 5] = ["costs", "interest", "principal", "fees", "other"];
const PRINCIPAL_FIRST: [&str; 5] = ["principal", "interest", "costs", "fees", "other"];

fn usd(text: &str) -> Value {
    json!({"amount": text, "currency": "USD"})
}

fn on(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

impl Desk {
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

    /// Terms of the creditor from a day on: an order, and a policy of interest.
    async fn terms(&self, from: &str, order: [&str; 5], interest: Value) -> Reply {
        let body = json!({
            "effective_on": from, "commission_rate": "0.3", "allocation_order": order,
            "interest": interest,
        });
        self.post(&format!("/v1/creditors/{}/contracts", self.till.creditor), body).await
    }

    async fn policy(&self, order: [&str; 5], interest: Value) {
        let reply = self.terms("2001-01-01", order, interest).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    /// 9 % on a principal, from 15 January 2024 on, when it was placed.
    async fn debt(&self, minor: i64) -> Debt {
        let debt = self.till.debt(minor).await;
        self.set(
            &debt,
            "placed_on = '2024-01-15', interest_rate = 0.09, interest_authority = 'Agreement, § 7'",
        )
        .await;
        debt
    }

    async fn set(&self, debt: &Debt, columns: &str) {
        let sql = format!("UPDATE account SET {columns} WHERE id = $1");
        self.till.sql(&sql, [debt.account.0.into()]).await;
    }

    async fn pay(&self, debt: &Debt, day: &str, dollars: &str) -> Reply {
        let body = json!({
            "account_id": debt.account, "kind": "paid_agency", "method": "cash",
            "amount": usd(dollars), "effective_on": day,
        });
        let reply = self.post("/v1/payments", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply
    }

    async fn reverse(&self, payment: &Reply, reason: &str) -> Reply {
        let path =
            format!("/v1/payments/{}/reversals", payment.body["id"].as_str().expect("an id"));
        self.post(&path, json!({"reason": reason, "note": "as the bank said"})).await
    }

    async fn cost(&self, debt: &Debt, day: &str, minor: i64) {
        let charge = Adjustment::Charge(Terms {
            account: debt.account,
            amounts: Buckets { costs: amount(minor).money(), ..Buckets::default() },
            effective_on: Some(on(day)),
            reason: "Filing fee".to_owned(),
        });
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        let done = adjustments::enter(app, admin, charge, &once("charge")).await.expect("charged");
        assert!(matches!(done.value, Outcome::Done(_)), "within the own limit");
    }

    async fn payoff(&self, debt: &Debt, query: &str) -> Reply {
        self.api.get(&format!("/v1/accounts/{}/payoff?{query}", debt.account), &self.token).await
    }

    /// Total and per diem on a day.
    async fn owed_on(&self, debt: &Debt, day: &str) -> (String, String) {
        let reply = self.payoff(debt, &format!("as_of={day}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&reply.body["total"]["amount"]), text(&reply.body["per_diem"]))
    }

    /// Principal, interest, costs.
    async fn buckets(&self, account: AccountId) -> [i64; 3] {
        let mut all = [0; 3];
        for (at, column) in ["principal", "interest", "costs"].into_iter().enumerate() {
            let sql = format!("SELECT {column} AS n FROM account WHERE id = $1");
            all[at] = self.till.number(&sql, [account.0.into()]).await;
        }
        all
    }

    async fn entries(&self, account: AccountId, kind: &str) -> i64 {
        let sql = "SELECT count(*) AS n FROM debt_entry WHERE account_id = $1 AND kind = $2";
        self.till.number(sql, [account.0.into(), Db::from(kind)]).await
    }

    async fn proven(&self) {
        let proof = trust::proof(&self.till.world.app, &self.till.house.admin, None).await;
        let proof = proof.expect("a proof");
        assert!(proof.balanced, "{proof:?}");
        // Bucket by bucket as well: placed and what moved make what is owed.
        let off = self
            .till
            .number(
                "SELECT count(*) AS n FROM account a
                 CROSS JOIN LATERAL (VALUES ('principal', a.placed_principal, a.principal),
                     ('interest', a.placed_interest, a.interest), ('fees', a.placed_fees, a.fees),
                     ('costs', a.placed_costs, a.costs), ('other', a.placed_other, a.other))
                     AS b (bucket, placed, owed)
                 WHERE a.agency_id = $1 AND b.owed <> b.placed + (
                     SELECT coalesce(sum(CASE WHEN t.debit_ledger = 'debt' THEN t.amount ELSE -t.amount END), 0)
                     FROM transfer t WHERE t.agency_id = a.agency_id AND t.account_id = a.id AND t.bucket = b.bucket
                       AND (t.debit_ledger = 'debt' OR t.credit_ledger = 'debt'))",
                [self.till.house.id.0.into()],
            )
            .await;
        assert_eq!(off, 0, "a bucket differs from its transfers");
    }
}

/// What a payment gave to costs, interest, principal.
fn split(reply: &Reply) -> [String; 3] {
    let lines = reply.body["lines"].as_array().expect("lines").clone();
    ["costs", "interest", "principal"].map(|bucket| {
        let line = lines.iter().find(|line| line["bucket"] == bucket);
        line.map_or("0.00".to_owned(), |line| {
            line["amount"]["amount"].as_str().expect("money").to_owned()
        })
    })
}

/// E3, all five rows, through the API.
#[test]
fn example_e3_comes_out_to_the_cent_on_every_basis_and_in_both_orders() {
    run(async {
        let rows = [
            (
                "365",
                COSTS_FIRST,
                ["0.00", "93.70", "406.30"],
                ["150.00", "207.28", "642.72"],
                395_098,
                "4040.61",
                "0.9742",
            ),
            (
                "360",
                COSTS_FIRST,
                ["0.00", "95.00", "405.00"],
                ["150.00", "210.22", "639.78"],
                395_522,
                "4046.19",
                "0.9888",
            ),
            (
                "364",
                COSTS_FIRST,
                ["0.00", "93.96", "406.04"],
                ["150.00", "207.86", "642.14"],
                395_182,
                "4041.71",
                "0.9771",
            ),
            (
                "365.25",
                COSTS_FIRST,
                ["0.00", "93.63", "406.37"],
                ["150.00", "207.14", "642.86"],
                395_077,
                "4040.33",
                "0.9735",
            ),
            (
                "365",
                PRINCIPAL_FIRST,
                ["0.00", "0.00", "500.00"],
                ["0.00", "0.00", "1000.00"],
                350_000,
                "4026.15",
                "0.8630",
            ),
        ];
        for (basis, order, first, second, principal, payoff, per_diem) in rows {
            let desk = Desk::open().await;
            desk.policy(order, json!({"basis": basis, "start": {"rule": "placement"}})).await;
            let debt = desk.debt(500_000).await;
            assert_eq!(split(&desk.pay(&debt, "2024-03-31", "500.00").await), first, "{basis}");
            desk.cost(&debt, "2024-06-01", 15_000).await;
            assert_eq!(split(&desk.pay(&debt, "2024-09-30", "1000.00").await), second, "{basis}");
            assert_eq!(desk.buckets(debt.account).await[0], principal, "{basis}");
            let owed = desk.owed_on(&debt, "2024-12-31").await;
            assert_eq!(owed, (payoff.to_owned(), per_diem.to_owned()), "{basis}");
            assert_eq!(desk.entries(debt.account, "interest").await, 2, "{basis}");
            assert_eq!(desk.entries(debt.account, "shift").await, 0, "{basis}");
            desk.proven().await;
        }
    });
}

/// E3, second payment back-dated: it is entered first on 30 September, then corrected to 31 August.
#[test]
fn example_e3_back_dated_comes_out_whether_or_not_something_happened_since() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "365", "start": {"rule": "placement"}})).await;
        let debt = desk.debt(500_000).await;
        desk.pay(&debt, "2024-03-31", "500.00").await;
        desk.cost(&debt, "2024-06-01", 15_000).await;
        let wrong = desk.pay(&debt, "2024-09-30", "1000.00").await;
        assert_eq!(desk.reverse(&wrong, "correction").await.status, 201);
        let right = desk.pay(&debt, "2024-08-31", "1000.00").await;
        assert_eq!(split(&right), ["150.00", "173.30", "676.70"]);
        assert_eq!(desk.buckets(debt.account).await, [391_700, 0, 0]);
        assert_eq!(desk.owed_on(&debt, "2024-12-31").await.0, "4034.83");
        desk.proven().await;

        // The cost is entered after the payment of 31 August: one shift puts it in its place.
        let late = desk.debt(500_000).await;
        desk.pay(&late, "2024-08-31", "1000.00").await;
        desk.pay(&late, "2024-03-31", "500.00").await;
        desk.cost(&late, "2024-06-01", 15_000).await;
        assert_eq!(desk.buckets(late.account).await, [391_700, 0, 0]);
        assert_eq!(desk.owed_on(&late, "2024-12-31").await.0, "4034.83");
        assert_eq!(desk.entries(late.account, "shift").await, 2);
        desk.proven().await;
    });
}

/// E3, second payment returned on 7 October: as if it had never been paid.
#[test]
fn example_e3_returned_is_as_if_never_paid_and_counts_again_when_reinstated() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "365", "start": {"rule": "placement"}})).await;
        let debt = desk.debt(500_000).await;
        desk.pay(&debt, "2024-03-31", "500.00").await;
        desk.cost(&debt, "2024-06-01", 15_000).await;
        let second = desk.pay(&debt, "2024-09-30", "1000.00").await;
        let returned = desk.reverse(&second, "bounce").await;
        assert_eq!(returned.status, 201, "{}", returned.text);
        assert_eq!(returned.body["commission"], second.body["commission"]);
        assert_eq!(desk.buckets(debt.account).await, [459_370, 0, 15_000]);
        assert_eq!(desk.entries(debt.account, "shift").await, 1);
        let quote = desk.payoff(&debt, "as_of=2024-12-31").await;
        assert_eq!(quote.body["interest_accrued"]["amount"], "311.49", "{}", quote.text);
        assert_eq!(quote.body["total"]["amount"], "5055.19");
        assert_eq!(quote.body["interest_posted_on"], "2024-03-31");
        desk.proven().await;

        // The return was an error: the money counts from the day on which it was paid.
        assert_eq!(desk.reverse(&returned, "reinstated").await.status, 201);
        assert_eq!(desk.buckets(debt.account).await, [395_098, 0, 0]);
        assert_eq!(desk.owed_on(&debt, "2024-12-31").await.0, "4040.61");
        desk.proven().await;
    });
}

/// The first payment of E3 is returned: interest from 15 January to 30 September is 319.32, so the
/// second payment gave 150.00 / 319.32 / 530.68. Its lines and commission stay as posted.
#[test]
fn the_return_of_an_earlier_payment_shifts_later_splits_in_one_entry() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "365", "start": {"rule": "placement"}})).await;
        let debt = desk.debt(500_000).await;
        let first = desk.pay(&debt, "2024-03-31", "500.00").await;
        desk.cost(&debt, "2024-06-01", 15_000).await;
        let second = desk.pay(&debt, "2024-09-30", "1000.00").await;
        assert_eq!(desk.reverse(&first, "bounce").await.status, 201);
        assert_eq!(desk.buckets(debt.account).await, [446_932, 0, 0]);
        assert_eq!(desk.entries(debt.account, "shift").await, 1);
        let path = format!("/v1/payments/{}", second.body["id"].as_str().expect("an id"));
        let now = desk.api.get(&path, &desk.token).await;
        assert_eq!(now.body["lines"], second.body["lines"]);
        // 4469.32 x 0.09 x 92 / 365 = 101.39.
        assert_eq!(desk.owed_on(&debt, "2024-12-31").await.0, "4570.71");
        desk.proven().await;
    });
}

/// MON-15 holds without interest too: costs 150.00 were paid by a check that bounced, so the
/// next payment had paid them.
#[test]
fn a_return_shifts_between_buckets_on_a_debt_without_interest() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, Value::Null).await;
        let debt = desk.till.debt(100_000).await;
        desk.cost(&debt, "2026-07-01", 15_000).await;
        let first = desk.pay(&debt, "2026-08-01", "200.00").await;
        assert_eq!(split(&first), ["150.00", "0.00", "50.00"]);
        let second = desk.pay(&debt, "2026-09-01", "300.00").await;
        assert_eq!(split(&second), ["0.00", "0.00", "300.00"]);
        assert_eq!(desk.reverse(&first, "bounce").await.status, 201);
        assert_eq!(desk.buckets(debt.account).await, [85_000, 0, 0]);
        desk.proven().await;
    });
}

/// 15 USC 1692f(1): the policy permits nothing by itself, and neither does a rate.
#[test]
fn nothing_accrues_without_policy_rate_authority_and_start() {
    run(async {
        let desk = Desk::open().await;
        let plain = desk.debt(500_000).await;
        let reply = desk.payoff(&plain, "as_of=2024-12-31").await;
        assert_eq!(
            (&reply.body["total"]["amount"], &reply.body["accrues"]),
            (&json!("5000.00"), &json!(false))
        );
        desk.policy(COSTS_FIRST, json!({"basis": "365", "start": {"rule": "charge_off"}})).await;
        // No charge-off date: a start that nobody can show is none.
        assert_eq!(
            desk.owed_on(&plain, "2024-12-31").await,
            ("5000.00".to_owned(), "0.0000".to_owned())
        );
        desk.set(&plain, "charge_off_on = '2024-01-15'").await;
        assert_eq!(desk.owed_on(&plain, "2024-03-31").await.0, "5093.70");
        for lacking in ["interest_rate = NULL", "interest_rate = 0.09, interest_authority = NULL"] {
            desk.set(&plain, lacking).await;
            assert_eq!(desk.owed_on(&plain, "2024-12-31").await.0, "5000.00", "{lacking}");
            assert_eq!(
                split(&desk.pay(&plain, "2024-12-31", "1.00").await),
                ["0.00", "0.00", "1.00"]
            );
            desk.till
                .sql("DELETE FROM debt_entry WHERE account_id = $1", [plain.account.0.into()])
                .await;
            desk.set(&plain, "principal = 500000").await;
        }
        // A later version of the contract is for what is placed under it.
        let other = desk.debt(500_000).await;
        desk.set(&other, "placed_on = '2000-06-01', interest_start_on = '2024-01-15'").await;
        assert_eq!(desk.owed_on(&other, "2024-12-31").await.0, "5000.00");
    });
}

/// 1000 at 9 % from 15 January: 30 days to 14 February 7.40; 60 days to 15 March 14.79; 76 days to
/// 31 March 18.74. Half a year less 30 days of a plan.
#[test]
fn interest_stops_for_what_the_creditor_and_the_law_say() {
    run(async {
        let desk = Desk::open().await;
        let policy = json!({"basis": "365", "start": {"rule": "placement"}, "stop_on_dispute": true, "until": "2024-03-15"});
        desk.policy(COSTS_FIRST, policy).await;
        let capped = desk.debt(100_000).await;
        assert_eq!(desk.owed_on(&capped, "2024-02-14").await.0, "1007.40");
        assert_eq!(desk.owed_on(&capped, "2024-12-31").await.0, "1014.79");
        let disputed = desk.debt(100_000).await;
        desk.till
            .sql(
                "INSERT INTO restriction (agency_id, id, account_id, creditor_id, debtor_id, kind, source, set_at, lifted_at)
                 SELECT agency_id, id, id, creditor_id, debtor_id, 'dispute', 'staff', '2024-02-14T12:00Z', '2024-03-01T12:00Z'
                 FROM account WHERE id = $1",
                [disputed.account.0.into()],
            )
            .await;
        // 60 days less the 16 of the dispute: 1000 x 0.09 x 44 / 365.
        assert_eq!(desk.owed_on(&disputed, "2024-12-31").await.0, "1010.85");

        let (app, admin) = (&desk.till.world.app, &desk.till.house.admin);
        let bankrupt = desk.debt(100_000).await;
        let new = NewRestriction {
            kind: Restriction::Bankruptcy,
            detail: None,
            reason: "Filed".to_owned(),
        };
        accounts::set_restriction(app, admin, bankrupt.account, None, new).await.expect("set");
        assert_eq!(desk.buckets(bankrupt.account).await, [100_000, 1_479, 0]);
        let closed = desk.debt(100_000).await;
        let change = StatusChange {
            status: AccountStatus::Exhausted,
            reason: "All tried".to_owned(),
            arrangements: None,
        };
        accounts::change_status(app, admin, closed.account, None, change).await.expect("closed");
        assert_eq!(desk.buckets(closed.account).await, [100_000, 1_479, 0]);
        desk.proven().await;
    });
}

#[test]
fn a_payoff_is_fixed_once_a_day_and_quotes_its_per_diem() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "365", "start": {"rule": "placement"}})).await;
        let debt = desk.debt(500_000).await;
        let quote = desk.payoff(&debt, "as_of=2024-12-20&valid_through=2024-12-31").await;
        // 5000 x 0.09 x 351 / 365 = 432.74; a day 1.2329.
        assert_eq!(quote.body["total"]["amount"], "5432.74", "{}", quote.text);
        assert_eq!(
            (&quote.body["per_diem"], &quote.body["per_diem_through"]),
            (&json!("1.2329"), &Value::Null)
        );
        assert_eq!(quote.body["valid_through"], "2024-12-31");
        assert_eq!(desk.entries(debt.account, "interest").await, 0, "a quote writes nothing");
        let path = format!("/v1/accounts/{}/payoffs", debt.account);
        let fixed = desk.post(&path, json!({})).await;
        assert_eq!(fixed.status, 201, "{}", fixed.text);
        let again = desk.post(&path, json!({})).await;
        assert_eq!(again.body["total"], fixed.body["total"]);
        assert_eq!(again.body["interest_accrued"]["amount"], "0.00");
        assert_eq!(desk.entries(debt.account, "interest").await, 1);
        let early = desk.payoff(&debt, "as_of=2024-12-20").await;
        assert_eq!((early.status, early.code()), (422, "before_posting"));
        assert!(early.body["interest_posted_on"].is_string(), "{}", early.text);
        let backwards = desk.payoff(&debt, "valid_through=2024-12-20").await;
        assert_eq!((backwards.status, backwards.code()), (422, "ends_before"));
        let far = desk.payoff(&debt, "valid_through=2199-12-31").await;
        assert_eq!((far.status, far.code()), (422, "too_far"));
        desk.proven().await;
    });
}

/// 300 and its interest of 7.50 were paid on 30 April; then 200.00 are found that came on 29 February.
/// They are the debtor's, and the 3.34 of interest that they would have saved is shown to a person.
#[test]
fn money_found_after_the_debt_was_paid_belongs_to_the_debtor() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "360", "start": {"rule": "placement"}})).await;
        let debt = desk.debt(30_000).await;
        desk.set(&debt, "interest_rate = 0.1, placed_on = '2024-01-31'").await;
        // 300 x 0.1 x 90 / 360 = 7.50.
        desk.pay(&debt, "2024-04-30", "307.50").await;
        assert_eq!(desk.buckets(debt.account).await, [0, 0, 0]);
        let found = desk.pay(&debt, "2024-02-29", "200.00").await;
        assert_eq!(found.body["overpaid"]["amount"], "200.00", "{}", found.text);
        assert_eq!(desk.buckets(debt.account).await, [0, 0, 0]);
        assert_eq!(desk.till.ledger("debtor_credit").await, -20_000);
        // 300 for 29 days 2.42, then 102.42 for 61 days 1.74: 4.16 instead of 7.50.
        let told = desk
            .till
            .text(
                "SELECT string_agg(summary, ' ') AS t FROM timeline_entry WHERE account_id = $1 AND kind = 'interest_posted'",
                [debt.account.0.into()],
            )
            .await;
        assert!(told.as_deref().is_some_and(|told| told.contains("3.34")), "{told:?}");
        desk.proven().await;
    });
}

#[test]
fn a_contradictory_policy_is_refused_with_every_fault_and_leaves_no_row() {
    run(async {
        let desk = Desk::open().await;
        let start = json!({"rule": "explicit", "on": "2024-05-01"});
        let reply = desk
            .terms(
                "2001-01-01",
                COSTS_FIRST,
                json!({"basis": "365", "start": start, "until": "2024-04-30"}),
            )
            .await;
        assert_eq!((reply.status, reply.code()), (422, "bad_interest"), "{}", reply.text);
        assert_eq!(reply.body["errors"][0]["pointer"], "/interest/until");
        assert_eq!(reply.body["errors"][0]["code"], "interest_until_before_start");
        let unknown = desk
            .terms(
                "2001-01-01",
                COSTS_FIRST,
                json!({"basis": "366", "start": {"rule": "placement"}}),
            )
            .await;
        assert_eq!(unknown.status, 422, "{}", unknown.text);
        let versions = desk
            .till
            .number(
                "SELECT count(*) AS n FROM contract WHERE agency_id = $1",
                [desk.till.house.id.0.into()],
            )
            .await;
        assert_eq!(versions, 1);
    });
}

/// 5400 at 5 % from the judgment of 1 September: the account brings it from its placement.
#[test]
fn a_judgment_replaces_the_debt() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(
            COSTS_FIRST,
            json!({"basis": "365", "base": "judgment_amount", "start": {"rule": "placement"}}),
        )
        .await;
        let debt = desk.debt(500_000).await;
        desk.set(&debt, r#"judgment = '{"judgment_on": "2024-09-01", "amount": "5400.00", "rate": "0.05", "case_no": "1", "court": "X"}'"#).await;
        let paid = desk.pay(&debt, "2024-10-01", "1000.00").await;
        assert_eq!(split(&paid), ["0.00", "22.19", "977.81"]);
        assert_eq!(desk.buckets(debt.account).await, [442_219, 0, 0]);
        assert_eq!(
            desk.owed_on(&debt, "2024-12-31").await,
            ("4477.32".to_owned(), "0.6058".to_owned())
        );
        desk.proven().await;
    });
}

/// Whatever happened in whatever order it was told: the books are those of the history, computed
/// apart from the service.
#[test]
fn after_any_history_the_books_are_those_of_the_replay() {
    run(async {
        let desk = Desk::open().await;
        desk.policy(COSTS_FIRST, json!({"basis": "actual", "start": {"rule": "placement"}})).await;
        for seed in [7_u64, 2_024, 65_537] {
            let debt = desk.debt(500_000).await;
            let mut dice = seed;
            let mut roll = |sides: u64| {
                dice = dice
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (dice >> 33) % sides
            };
            let mut events: Vec<Event> = Vec::new();
            let mut paid: Vec<(Reply, usize)> = Vec::new();
            for entered in 0..14_u64 {
                let day = on("2024-02-01") + chrono::Days::new(roll(500));
                let cents = i64::try_from(1_000 + roll(20_000)).expect("cents");
                match roll(4) {
                    0 => {
                        desk.cost(&debt, &day.to_string(), cents).await;
                        let what = What::Charge { bucket: Bucket::Costs, amount: amount(cents) };
                        events.push(Event { on: day, entered, what });
                    }
                    1 if !paid.is_empty() => {
                        let which =
                            usize::try_from(roll(u64::MAX >> 40)).expect("an index") % paid.len();
                        let (payment, event) = paid.swap_remove(which);
                        let returned = desk.reverse(&payment, "bounce").await;
                        assert_eq!(returned.status, 201, "{}", returned.text);
                        if roll(2) == 0 {
                            let again = desk.reverse(&returned, "reinstated").await;
                            assert_eq!(again.status, 201, "{}", again.text);
                            events[event].entered = entered;
                            paid.push((again, event));
                        } else {
                            let gone = What::Adjustment { bucket: Bucket::Other, by: Money::ZERO };
                            events[event].what = gone;
                        }
                    }
                    _ => {
                        let dollars = Money::from_minor(cents).to_decimal();
                        let payment = desk.pay(&debt, &day.to_string(), &dollars).await;
                        let what =
                            What::Payment { id: PaymentId(Uuid::now_v7()), amount: amount(cents) };
                        paid.push((payment, events.len()));
                        events.push(Event { on: day, entered, what });
                    }
                }
                let replayed = replayed(&events);
                let owed = replayed.position.buckets;
                let expected = [owed.principal, owed.interest, owed.costs].map(Money::minor);
                assert_eq!(
                    desk.buckets(debt.account).await,
                    expected,
                    "seed {seed}, step {entered}"
                );
                let last = replayed.total.to_decimal();
                let quote = desk.owed_on(&debt, &replayed.through.to_string()).await;
                assert_eq!(quote.0, last, "seed {seed}, step {entered}");
            }
        }
        desk.proven().await;
    });
}

fn replayed(events: &[Event]) -> Replay {
    use Bucket::{Costs, Fees, Interest, Other, Principal};
    let order = AllocationOrder::new([Costs, Interest, Principal, Fees, Other]).expect("an order");
    let policy = Policy { basis: Basis::Actual, ..Policy::usual() };
    let placed_on = on("2024-01-15");
    let terms = policy.terms(OfAccount {
        authority: Some("Agreement".to_owned()),
        rate: Some(AnnualRate::parse("0.09").expect("a rate")),
        dates: AccountDates { placed_on: Some(placed_on), ..AccountDates::default() },
        ..OfAccount::default()
    });
    let owed = Buckets { principal: Money::from_minor(500_000), ..Buckets::default() };
    let through = events.iter().map(|event| event.on).max().unwrap_or(placed_on);
    let by = |_, amount, owed: &Buckets| allocate(amount, owed, order);
    replay(&terms, by, &Position::opening(owed, placed_on), events, through).expect("a replay")
}

//! Collectors' credit: who is credited, what a return takes back and when, and the month's statement
//! (DOM-2.12, E4 i).

use crate::http::{Api, Person, Reply};
use crate::till::{Debt, Till, amount, once};
use crate::world::run;
use chrono::{Duration, NaiveDate};
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::{Currency, PaymentId, StaffRole};
use serde_json::{Value, json};
use service::desks::{self, DeskTerms};
use service::payments::{self, NewPayment, NewReversal};
use service::users::Membership;

struct Floor {
    till: std::sync::Arc<Till>,
    api: Api,
}

impl Floor {
    async fn open() -> Self {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        Self { till, api }
    }

    /// The administrator's token, fresh: time passes, and a token does not live so long.
    async fn token(&self) -> String {
        self.api.admin(&self.till.house).await.access
    }

    async fn collector(&self) -> Person {
        let role = Membership::Staff(StaffRole::Collector);
        self.api.join(&self.till.world, &self.till.house, role).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.api.post(path, Some(&self.token().await), body).await
    }

    /// Sixty percent of the agency's commission, unless told otherwise.
    async fn terms(&self, who: &Person, more: Value) {
        let mut body = json!({
            "effective_on": "2020-01-01", "base": "commission", "rates": {"usual": "0.6"},
        });
        let members = body.as_object_mut().expect("an object");
        members.extend(more.as_object().cloned().unwrap_or_default());
        let reply = self.post(&format!("/v1/collectors/{}/terms", who.id), body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    async fn desk_of(&self, who: &Person, debt: &Debt) {
        let desk = DeskTerms {
            name: format!("Desk of {}", who.id),
            user: Some(who.id.parse().expect("an id")),
            cap: None,
            weight: 1,
            min_balance: None,
            max_balance: None,
        };
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        let desk = desks::create(app, admin, desk).await.expect("a desk");
        self.till
            .sql(
                "UPDATE account SET desk_id = $2 WHERE id = $1",
                [debt.account.0.into(), desk.id.0.into()],
            )
            .await;
    }

    /// 1,000.00 at 30 %: a fee of 300.00.
    async fn pays(&self, debt: &Debt) -> PaymentId {
        let new = NewPayment {
            account: debt.account,
            kind: PaymentKind::PaidAgency,
            method: PaymentMethod::Cash,
            amount: amount(100_000),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: None,
            directed: false,
        };
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        payments::take(app, admin, new, &once("take_payment")).await.expect("taken").value
    }

    async fn returned(&self, payment: PaymentId, reason: ReversalReason) -> PaymentId {
        let back = NewReversal { payment, reason, note: "the bank said so".into() };
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("back").value
    }

    fn today(&self) -> NaiveDate {
        service::clock::date_in("America/New_York", self.till.world.app.clock().now())
    }

    async fn statement(&self, who: &Person, month: NaiveDate) -> Value {
        let path = format!("/v1/collectors/{}/statement?month={month}", who.id);
        let reply = self.api.get(&path, &self.token().await).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body
    }

    async fn credits(&self, who: &Person, month: NaiveDate) -> Vec<(String, String)> {
        let path = format!("/v1/collectors/{}/credits?month={month}", who.id);
        let reply = self.api.get(&path, &self.token().await).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let rows = reply.body["data"].as_array().expect("rows").clone();
        rows.iter().map(|row| (text(&row["kind"]), text(&row["amount"]["amount"]))).collect()
    }
}

fn line(kind: &str, amount: &str) -> (String, String) {
    (kind.to_owned(), amount.to_owned())
}

#[test]
fn sixty_percent_of_the_fee_to_whose_desk_it_is_and_back_in_the_month_of_the_return() {
    run(async {
        let floor = Floor::open().await;
        let (carla, nobody) = (floor.collector().await, floor.till.debt(500_000).await);
        let debt = floor.till.debt(500_000).await;
        floor.desk_of(&carla, &debt).await;
        // Without terms nobody earns.
        floor.pays(&debt).await;
        floor.terms(&carla, json!({})).await;
        floor.pays(&nobody).await;
        let then = floor.today();
        assert!(floor.credits(&carla, then).await.is_empty());

        let payment = floor.pays(&debt).await;
        assert_eq!(floor.credits(&carla, then).await, [line("earned", "180.00")]);
        let before = floor.statement(&carla, then).await;
        assert_eq!(before["total"]["amount"], "180.00");
        assert_eq!(before["base"]["amount"], "300.00");

        floor.till.world.wait(Duration::days(31));
        let back = floor.returned(payment, ReversalReason::Bounce).await;
        let now = floor.today();
        assert_eq!(floor.credits(&carla, now).await, [line("claw_back", "-180.00")]);
        assert_eq!(floor.statement(&carla, then).await, before, "a month that is over stands");
        let month = floor.statement(&carla, now).await;
        assert_eq!(month["claw_backs"]["amount"], "-180.00");
        assert_eq!(month["total"]["amount"], "-180.00");
        // The return did not happen after all: earned again, in the present month.
        floor.returned(back, ReversalReason::Reinstated).await;
        assert_eq!(floor.statement(&carla, now).await["total"]["amount"], "0.00");
        let report =
            floor.api.get("/v1/reports/collector-productivity", &floor.token().await).await;
        assert_eq!(report.body["rows"][0]["earned"]["amount"], "180.00", "{}", report.text);
        assert_eq!(report.body["rows"][0]["returns"], 1);
        assert_eq!(report.body["footer"][0]["total"]["amount"], "0.00");
    });
}

#[test]
fn a_split_shares_and_a_return_takes_back_from_each() {
    run(async {
        let floor = Floor::open().await;
        let (ana, ben, cleo) =
            (floor.collector().await, floor.collector().await, floor.collector().await);
        let debt = floor.till.debt(500_000).await;
        floor.desk_of(&cleo, &debt).await;
        let path = format!("/v1/accounts/{}/credit-splits", debt.account);
        let split = json!({"effective_on": "2020-01-01", "split": {"equal": [ana.id, ben.id]}});
        let refused = floor.post(&path, split.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "collector_rate_missing"));
        for who in [&ana, &ben, &cleo] {
            floor.terms(who, json!({})).await;
        }
        let parts = |one: &str, two: &str| {
            json!({"effective_on": "2020-01-01", "split": {"percent": [
                {"collector": ana.id, "percent": one}, {"collector": ben.id, "percent": two}]}})
        };
        let refused = floor.post(&path, parts("0.5", "0.4")).await;
        assert_eq!((refused.status, refused.code()), (422, "split_total"));
        assert_eq!(refused.body["percent"], "90");
        assert_eq!(floor.post(&path, split).await.status, 201);
        let payment = floor.pays(&debt).await;
        let now = floor.today();
        for who in [&ana, &ben] {
            assert_eq!(floor.credits(who, now).await, [line("earned", "90.00")]);
        }
        assert!(floor.credits(&cleo, now).await.is_empty(), "the account's split goes first");
        floor.returned(payment, ReversalReason::Bounce).await;
        for who in [&ana, &ben] {
            let all = floor.credits(who, now).await;
            assert_eq!(all, [line("earned", "90.00"), line("claw_back", "-90.00")]);
        }
    });
}

#[test]
fn an_account_on_nobodys_desk_goes_to_the_agencys_default_and_a_goal_multiplies_the_bonus() {
    run(async {
        let floor = Floor::open().await;
        let dana = floor.collector().await;
        let money = |amount: &str| json!({"amount": amount, "currency": "USD"});
        floor
            .terms(
                &dana,
                json!({
                    "base": "payment", "rates": {"usual": "0.1", "overrides": [
                        {"creditor": floor.till.creditor.to_string(), "rate": "0.05"}]},
                    "goal": money("800.00"),
                    "bonus": {"measure": "base", "mode": "cliff", "tiers": [
                        {"from": money("1000.00"), "pay": {"fixed": money("100.00")}}],
                        "goal_steps": [{"reached": "1.2", "multiplier": "1.5"}]},
                }),
            )
            .await;
        let gap = json!({
            "effective_on": "2021-01-01", "base": "payment", "rates": {"usual": "0.1"},
            "bonus": {"measure": "base", "mode": "cliff", "tiers": [
                {"from": money("0.00"), "to": money("100.00"), "pay": {"share": "0.1"}},
                {"from": money("200.00"), "pay": {"share": "0.2"}}]},
        });
        let refused = floor.post(&format!("/v1/collectors/{}/terms", dana.id), gap).await;
        assert_eq!((refused.status, refused.code()), (422, "bonus_tier_gap"));
        let split = json!({"effective_on": "2020-01-01", "split": {"equal": [dana.id]}});
        assert_eq!(floor.post("/v1/collectors/default-splits", split).await.status, 201);
        let debt = floor.till.debt(500_000).await;
        floor.pays(&debt).await;
        let month = floor.statement(&dana, floor.today()).await;
        assert_eq!(month["commission"]["amount"], "50.00");
        assert_eq!(
            (&month["multiplier"], &month["bonus"]["amount"]),
            (&json!("1.5"), &json!("150.00"))
        );
        assert_eq!(month["total"]["amount"], "200.00");
        // A collector reads the own statement, and nobody else's.
        let own = format!("/v1/collectors/{}/statement?month={}", dana.id, floor.today());
        assert_eq!(floor.api.get(&own, &dana.access).await.status, 200);
        let other = floor.collector().await;
        assert_eq!(floor.api.get(&own, &other.access).await.status, 403);
        let listed = floor.api.get("/v1/collectors/default-splits", &floor.token().await).await;
        assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn the_staff_is_listed_with_the_terms_of_today() {
    run(async {
        let floor = Floor::open().await;
        let cleo = floor.collector().await;
        floor.terms(&cleo, json!({})).await;
        floor.terms(&cleo, json!({"effective_on": "2999-01-01", "rates": {"usual": "0.9"}})).await;
        let listed = floor.api.get("/v1/collectors?limit=1", &floor.token().await).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let mut all = listed.body["data"].as_array().expect("rows").clone();
        let mut cursor = listed.body["next_cursor"].clone();
        while let Some(next) = cursor.as_str() {
            let path = format!("/v1/collectors?limit=1&cursor={next}");
            let page = floor.api.get(&path, &floor.token().await).await;
            all.extend(page.body["data"].as_array().expect("rows").clone());
            cursor = page.body["next_cursor"].clone();
        }
        let earns: Vec<_> = all.iter().filter(|one| one["terms"].is_object()).collect();
        let [one] = earns.as_slice() else { panic!("{all:?}") };
        assert_eq!((&one["user_id"], &one["role"]), (&json!(cleo.id), &json!("collector")));
        assert_eq!(one["terms"]["rates"]["usual"], "0.6", "the later version waits for its day");
        assert!(all.len() > 1, "the administrator has no terms, and is listed");
        let refused = floor.api.get("/v1/collectors", &cleo.access).await;
        assert_eq!(refused.status, 403, "a collector reads the own statement only");
    });
}

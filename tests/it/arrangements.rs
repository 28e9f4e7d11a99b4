//! Promises, plans and settlements through the API, on the days of the test's clock.

mod agreeing;
mod promises_and_plans;
mod settlements;

use crate::http::{Api, Reply, Request};
use crate::till::{Debt, Till};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{Permission, Rate};
use reqwest::Method;
use serde_json::{Value, json};
use service::api_keys::{self, NewKey};
use service::contracts::{self, NewContract};
use service::schedule;
use std::sync::Arc;
use uuid::Uuid;

/// An agency at work, and a program that may do everything here.
struct Floor {
    till: Arc<Till>,
    api: Api,
    key: String,
}

impl Floor {
    /// Opens on a day at noon UTC, with a commission of 33.3333 % and five banking days of hold on
    /// checks.
    async fn open(day: &str) -> Self {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let holds = json!({"check": {"days": 5, "unit": "banking"}});
        let terms = NewContract {
            holds: Some(serde_json::from_value(holds).expect("holds")),
            ..NewContract::flat(
                till.creditor,
                "2001-01-01".parse().expect("a day"),
                Rate::parse("0.333333").expect("a rate"),
            )
        };
        contracts::add(app, admin, terms).await.expect("terms");
        let new = NewKey {
            name: "floor".to_owned(),
            permissions: vec![
                Permission::AccountRead,
                Permission::AccountWrite,
                Permission::PaymentRead,
                Permission::PaymentTake,
                Permission::PaymentReverse,
                Permission::ArrangementRead,
                Permission::ArrangementWrite,
                Permission::ArrangementRules,
            ],
            creditor: None,
            expires_at: None,
        };
        let key = api_keys::create(app, admin, new).await.expect("a key").secret;
        let api = Api::of(&till.world).await;
        let floor = Self { till, api, key };
        floor.at(&format!("{day}T17:00:00Z"));
        floor
    }

    /// The clock stands at an instant.
    fn at(&self, instant: &str) {
        let instant: DateTime<Utc> = instant.parse().expect("an instant");
        let clock = self.till.world.app.clock();
        clock.advance(instant - clock.now());
    }

    /// The night before a day passes, its jobs run, and it is noon.
    async fn morning(&self, day: &str) {
        let day: NaiveDate = day.parse().expect("a day");
        let before = day - Days::new(1);
        self.at(&format!("{before}T20:00:00Z"));
        let (app, agency) = (&self.till.world.app, self.till.house.id);
        schedule::night_of(app, agency, "America/New_York").await.expect("scheduled");
        self.at(&format!("{day}T17:00:00Z"));
        self.till.drain().await;
    }

    /// A debt of the packet of another, or of a new debtor, placed on a day.
    async fn debt(&self, minor: i64, placed_on: &str) -> Debt {
        let debt = self.till.debt(minor).await;
        self.till
            .sql(
                "UPDATE account SET placed_on = $2::date WHERE id = $1",
                [debt.account.0.into(), date(placed_on).into()],
            )
            .await;
        debt
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.post_as(&self.key, path, body).await
    }

    async fn post_as(&self, token: &str, path: &str, body: Value) -> Reply {
        let request = Request {
            token: Some(token),
            headers: vec![("Idempotency-Key", Uuid::now_v7().to_string())],
            body: Some(("application/json", body.to_string())),
        };
        self.api.send(Method::POST, path, request).await
    }

    /// Posts with the version that was seen.
    async fn change(&self, path: &str, version: &str, body: Value) -> Reply {
        let request = Request {
            token: Some(&self.key),
            headers: vec![("If-Match", version.to_owned())],
            body: Some(("application/json", body.to_string())),
        };
        self.api.send(Method::POST, path, request).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.api.get(path, &self.key).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body
    }

    /// A payment by hand on a day; its id.
    async fn paid(&self, debt: &Debt, minor: i64, method: &str, on: &str) -> String {
        let body = json!({"account_id": debt.account, "kind": "paid_agency", "method": method,
            "amount": money(minor), "effective_on": on});
        let reply = self.post("/v1/payments", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.body["id"].as_str().expect("an id").to_owned()
    }

    /// The bank takes a payment back.
    async fn bounced(&self, payment: &str) {
        let path = format!("/v1/payments/{payment}/reversals");
        let reply = self.post(&path, json!({"reason": "bounce", "note": "Charged back"})).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        self.till.drain().await;
    }

    /// One tier for every debt: from day 91 on, 70 % in up to six parts, 30 days, as E5 has it.
    async fn tiers(&self, acceptance: &str) {
        let body = json!({"effective_on": self.today(), "tiers": [
            {"balance_from": "0.00", "days_from": 0, "days_below": 91},
            {"balance_from": "0.00", "days_from": 91, "terms":
                {"floor": "0.7", "most_parts": 6, "valid_days": 30, "acceptance": acceptance}}]});
        let reply = self.post("/v1/settlement-tiers", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    fn today(&self) -> String {
        let now = self.till.world.app.clock().now();
        service::clock::date_in("America/New_York", now).to_string()
    }

    /// The debtor's address is in a state.
    async fn lives_in(&self, debt: &Debt, state: &str) {
        let party = Uuid::now_v7();
        self.till
            .sql(
                "INSERT INTO party (agency_id, id, account_id, creditor_id, debtor_id, role, kind, last_name, created_at)
                 SELECT agency_id, $2, id, creditor_id, debtor_id, 'primary', 'consumer', 'Doe', now()
                 FROM account WHERE id = $1",
                [debt.account.0.into(), party.into()],
            )
            .await;
        self.till
            .sql(
                "INSERT INTO contact_point (agency_id, id, account_id, party_id, creditor_id, debtor_id, kind, state,
                     created_at)
                 SELECT agency_id, $2, id, $3, creditor_id, debtor_id, 'address', $4, now()
                 FROM account WHERE id = $1",
                [debt.account.0.into(), Uuid::now_v7().into(), party.into(), state.into()],
            )
            .await;
    }

    /// Puts a debt into the packet of another.
    async fn same_packet(&self, debt: &Debt, of: &Debt) {
        self.till
            .sql(
                "UPDATE account SET debtor_id = (SELECT debtor_id FROM account WHERE id = $2) WHERE id = $1",
                [debt.account.0.into(), of.account.0.into()],
            )
            .await;
    }

    /// How many rows of a table the agency has.
    async fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE agency_id = $1");
        self.till.number(&sql, [self.till.house.id.0.into()]).await
    }

    async fn sum(&self, sql: &str, debt: &Debt) -> i64 {
        self.till.number(sql, [debt.account.0.into()]).await
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn money(minor: i64) -> Value {
    let text = domain::Money::from_minor(minor).to_decimal();
    json!({"amount": text, "currency": "USD"})
}

fn path(debt: &Debt, rest: &str) -> String {
    format!("/v1/accounts/{}/{rest}", debt.account)
}

fn etag(reply: &Reply) -> String {
    reply.headers.get("etag").expect("an etag").to_str().expect("text").to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

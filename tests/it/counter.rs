//! The counter: a till, the API, and the people who ask and decide there.

use crate::http::{Api, Person, Reply, Request};
use crate::till::{Debt, Till};
use crate::world::PASSWORD;
use chrono::Duration;
use domain::StaffRole;
use reqwest::Method;
use serde_json::{Value, json};
use service::trust;
use service::users::Membership;
use std::sync::Arc;
use uuid::Uuid;

pub struct Counter {
    pub till: Arc<Till>,
    pub api: Api,
    /// Ada Admin: adjusts 250.00 alone, approves without limit.
    pub admin: Person,
    /// Fay Finance: adjusts 100.00 alone, approves 5,000.00, refunds up to 10,000.00.
    pub finance: Person,
    /// Max Manager: adjusts 100.00 alone, approves 5,000.00, no refunds.
    pub manager: Person,
    /// Cleo Collector: asks for everything.
    pub collector: Person,
}

impl Counter {
    pub async fn open() -> Self {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let join = async |name, role| {
            api.join_as(&till.world, &till.house, name, Membership::Staff(role)).await
        };
        let finance = join("Fay Finance", StaffRole::Finance).await;
        let manager = join("Max Manager", StaffRole::Manager).await;
        let collector = join("Cleo Collector", StaffRole::Collector).await;
        Self { till, api, admin, finance, manager, collector }
    }

    /// Posts under a key of its own.
    pub async fn post(&self, who: &Person, path: &str, body: Value) -> Reply {
        self.post_again(who, path, &Uuid::now_v7().to_string(), body).await
    }

    /// Posts under this key.
    pub async fn post_again(&self, who: &Person, path: &str, key: &str, body: Value) -> Reply {
        let request = Request {
            token: Some(&who.access),
            headers: vec![("Idempotency-Key", key.to_owned())],
            body: Some(("application/json", body.to_string())),
        };
        self.api.send(Method::POST, path, request).await
    }

    /// Replaces the version that was read.
    pub async fn put(&self, who: &Person, path: &str, version: i64, body: Value) -> Reply {
        let request = Request {
            token: Some(&who.access),
            headers: vec![("If-Match", format!("\"{version}\""))],
            body: Some(("application/json", body.to_string())),
        };
        self.api.send(Method::PUT, path, request).await
    }

    /// A payment by hand; its id.
    pub async fn pays(&self, debt: &Debt, method: &str, amount: &str) -> String {
        let body = json!({"account_id": debt.account, "kind": "paid_agency", "method": method,
            "amount": usd(amount)});
        let reply = self.post(&self.finance, "/v1/payments", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        text(&reply, "id")
    }

    /// Somebody asks for a decrease of principal.
    pub async fn lowers(&self, who: &Person, debt: &Debt, amount: &str) -> Reply {
        let body = json!({"kind": "decrease", "amounts": {"principal": usd(amount)},
            "reason": "Agreed with the creditor"});
        self.post(who, &format!("/v1/accounts/{}/adjustments", debt.account), body).await
    }

    /// Approves what waits.
    pub async fn approves(&self, who: &Person, approval: &str) -> Reply {
        let path = format!("/v1/approvals/{approval}/approval");
        self.post(who, &path, json!({"note": "Seen"})).await
    }

    /// Days pass; everybody signs in again.
    pub async fn days_pass(&mut self, days: i64) {
        self.till.world.wait(Duration::days(days));
        self.till.drain().await;
        let (api, slug) = (&self.api, &self.till.house.slug);
        for person in [&mut self.admin, &mut self.finance, &mut self.manager, &mut self.collector] {
            let reply = api.sign_in(slug, &person.email, PASSWORD).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            person.access = text(&reply, "access_token");
        }
    }

    /// The trust proof holds: balanced, nobody below zero, no row contradicts another.
    pub async fn balanced(&self) {
        let proof = trust::proof(&self.till.world.app, &self.till.house.admin, None).await;
        let proof = proof.expect("a proof");
        assert!(proof.balanced, "{proof:?}");
    }

    /// How many rows a table has for the agency.
    pub async fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE agency_id = $1");
        self.till.number(&sql, [self.till.house.id.0.into()]).await
    }

    /// Another account of the same debtor.
    pub async fn same_debtor(&self, one: &Debt, other: &Debt) {
        self.till
            .sql(
                "UPDATE account SET debtor_id = (SELECT debtor_id FROM account WHERE id = $1) WHERE id = $2",
                [one.account.0.into(), other.account.0.into()],
            )
            .await;
    }

    /// Whose an account is.
    pub async fn debtor(&self, debt: &Debt) -> domain::DebtorId {
        let sql = "SELECT debtor_id::text AS t FROM account WHERE id = $1";
        let id = self.till.text(sql, [debt.account.0.into()]).await.expect("a debtor");
        domain::DebtorId(id.parse().expect("a uuid"))
    }
}

/// Dollars on the wire.
pub fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// A text of a reply.
pub fn text(reply: &Reply, name: &str) -> String {
    let found = reply.body[name].as_str();
    found.unwrap_or_else(|| panic!("no {name} in {}", reply.text)).to_owned()
}

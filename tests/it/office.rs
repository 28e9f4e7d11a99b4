//! A back office: an agency that works by its API in the past, with creditors on terms of their own.

use crate::debts::{Debt, Debts};
use crate::http::{Api, Reply, Request};
use crate::till::fill;
use crate::world::{House, PASSWORD, World, superuser_url};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use domain::{AccountId, CreditorId, Permission, StaffRole};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement, Value};
use serde_json::{Value as Json, json};
use service::api_keys::{self, NewKey};
use service::users::Membership;
use uuid::Uuid;

pub struct Office {
    pub world: World,
    pub house: House,
    pub api: Api,
    /// A program of the agency: it closes, a person approves.
    pub key: String,
    /// The person who approves.
    pub finance: String,
    pub eye: DatabaseConnection,
}

#[derive(Debug, FromQueryResult)]
struct Number {
    n: i64,
}

impl Office {
    /// An agency on the morning of a day.
    pub async fn open(day: &str) -> Self {
        let world = World::new().await;
        turn(&world, day);
        let house = world.house().await;
        let api = Api::of(&world).await;
        let permissions = vec![
            Permission::CreditorRead,
            Permission::CreditorWrite,
            Permission::PaymentRead,
            Permission::PaymentTake,
            Permission::PaymentReverse,
            Permission::RemittanceRead,
            Permission::RemittanceWrite,
            Permission::TrustRead,
        ];
        let new =
            NewKey { name: "Books".to_owned(), permissions, creditor: None, expires_at: None };
        let key = api_keys::create(&world.app, &house.admin, new).await.expect("a key").secret;
        let staff = Membership::Staff(StaffRole::Finance);
        let finance = api.join(&world, &house, staff).await.email;
        let eye = Database::connect(superuser_url()).await.expect("a connection");
        Self { world, house, api, key, finance, eye }
    }

    /// It is noon of that day in New York.
    pub fn turn(&self, day: &str) {
        turn(&self.world, day);
    }

    /// A creditor with one portfolio and these terms from 2000 on: 30 % unless they say otherwise.
    pub async fn creditor(&self, code: &str, terms: Json) -> CreditorId {
        let body = json!({"code": code, "name": format!("Creditor {code}")});
        let made = self.post("/v1/creditors", body).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        let body = json!({"code": "MAIN", "name": "Main"});
        self.post(&format!("/v1/creditors/{id}/portfolios"), body).await;
        self.terms(&id, "2000-01-01", terms).await;
        id.parse().expect("a creditor")
    }

    /// A version of a creditor's terms.
    pub async fn terms(&self, creditor: &str, effective_on: &str, terms: Json) {
        let mut body = json!({"effective_on": effective_on, "commission_rate": "0.3"});
        for (name, value) in terms.as_object().expect("terms") {
            body[name] = value.clone();
        }
        self.post(&format!("/v1/creditors/{creditor}/contracts"), body).await;
    }

    /// A debt of so many cents.
    pub async fn debt(&self, creditor: CreditorId, minor: i64) -> AccountId {
        let debts = Debts::of(&self.house, creditor).await;
        let debt = Debt {
            debtor: None,
            name: "Jane Doe".to_owned(),
            principal: minor,
            due_at: self.world.app.clock().now(),
        };
        debts.place_these(&[debt]).await[0].account
    }

    /// A payment of today, or of an earlier day; its id.
    pub async fn pays(&self, kind: &str, method: &str, account: AccountId, minor: i64) -> String {
        self.paid(json!({
            "account_id": account, "kind": kind, "method": method, "amount": usd(minor),
        }))
        .await
    }

    /// A payment as it is entered; its id.
    pub async fn paid(&self, body: Json) -> String {
        let made = self.post("/v1/payments", body).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The bank takes a payment back; the id of the return.
    pub async fn bounces(&self, payment: &str) -> String {
        let body = json!({"reason": "bounce", "note": "R01 insufficient funds"});
        let path = format!("/v1/payments/{payment}/reversals");
        self.post(&path, body).await["id"].as_str().expect("an id").to_owned()
    }

    /// Closes a period; the statement.
    pub async fn closes(&self, creditor: CreditorId, period_end: &str) -> Json {
        let path = format!("/v1/creditors/{creditor}/statements");
        self.post(&path, json!({"period_end": period_end})).await
    }

    /// A close that is refused: its code and the problem.
    pub async fn refuses_close(&self, creditor: CreditorId, body: Json) -> (String, Json) {
        let path = format!("/v1/creditors/{creditor}/statements");
        let reply = self.send(Method::POST, &path, &self.key, Some(body)).await;
        (reply.code().to_owned(), reply.body)
    }

    /// The remittance of a statement.
    pub async fn remittance(&self, statement: &Json) -> Json {
        let id = statement["id"].as_str().expect("an id");
        let list = self.get(&format!("/v1/remittances?statement_id={id}&state=prepared")).await;
        list["data"][0].clone()
    }

    /// The second person pays a statement's remittance out.
    pub async fn issues(&self, statement: &Json) -> Json {
        let remittance = self.remittance(statement).await;
        let reply = self.issue(remittance["id"].as_str().expect("an id")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body
    }

    /// The second person tries to pay a remittance out.
    pub async fn issue(&self, remittance: &str) -> Reply {
        let token = self.token(&self.finance).await;
        let path = format!("/v1/remittances/{remittance}/issue");
        self.send(Method::POST, &path, &token, Some(json!({"reference": "Check 2208"}))).await
    }

    /// Signs a person in anew: weeks pass between two deeds.
    pub async fn token(&self, email: &str) -> String {
        let reply = self.api.sign_in(&self.house.slug, email, PASSWORD).await;
        reply.body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Operating fills what trust lacks.
    pub async fn advances(&self) {
        assert!(fill(&self.world.app, &self.house.admin).await > 0, "an alarm");
    }

    pub async fn get(&self, path: &str) -> Json {
        let reply = self.send(Method::GET, path, &self.key, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    }

    pub async fn text(&self, path: &str) -> String {
        let reply = self.send(Method::GET, path, &self.key, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.text
    }

    pub async fn post(&self, path: &str, body: Json) -> Json {
        let reply = self.send(Method::POST, path, &self.key, Some(body)).await;
        assert!((200..300).contains(&reply.status), "{path}: {}", reply.text);
        reply.body
    }

    pub async fn send(&self, method: Method, path: &str, token: &str, body: Option<Json>) -> Reply {
        let request = Request {
            token: Some(token),
            headers: vec![("Idempotency-Key", Uuid::now_v7().to_string())],
            body: body.map(|body| ("application/json", body.to_string())),
        };
        self.api.send(method, path, request).await
    }

    /// What a ledger holds by its own side: assets debits less credits, liabilities the other way;
    /// of one creditor where one is named.
    pub async fn ledger(&self, ledger: domain::ledger::Ledger, of: Option<CreditorId>) -> String {
        let held = self
            .number(
                "SELECT coalesce(sum(CASE WHEN debit_ledger = $2 THEN amount ELSE -amount END), 0)::bigint AS n
                 FROM transfer WHERE agency_id = $1 AND (debit_ledger = $2 OR credit_ledger = $2)
                   AND ($3::uuid IS NULL OR creditor_id = $3)",
                [self.house.id.0.into(), ledger.name().into(), of.map(|id| id.0).into()],
            )
            .await;
        let held = match ledger.side() {
            domain::ledger::Side::Asset => held,
            domain::ledger::Side::Liability => -held,
        };
        domain::Money::from_minor(held).to_decimal()
    }

    /// Rows of the agency in a table.
    pub async fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE agency_id = $1");
        self.number(&sql, [self.house.id.0.into()]).await
    }

    pub async fn number<const N: usize>(&self, sql: &str, values: [Value; N]) -> i64 {
        let found = Number::find_by_statement(statement(sql, values)).one(&self.eye).await;
        found.expect("a query").expect("a row").n
    }

    pub async fn sql<const N: usize>(&self, sql: &str, values: [Value; N]) {
        self.eye.execute_raw(statement(sql, values)).await.expect("a statement");
    }

    /// The proof of the trust account.
    pub async fn trust(&self) -> Json {
        let proof = self.get("/v1/trust/proof").await;
        assert_eq!(proof["accounts"][0]["difference"]["amount"], "0.00", "{proof}");
        proof["accounts"][0].clone()
    }
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values)
}

fn turn(world: &World, day: &str) {
    let day: NaiveDate = day.parse().expect("a day");
    let noon = NaiveTime::from_hms_opt(17, 0, 0).expect("a time");
    let then: DateTime<Utc> = Utc.from_utc_datetime(&day.and_time(noon));
    world.wait(then - world.app.clock().now());
}

/// Dollars and cents on the wire.
pub fn usd(minor: i64) -> Json {
    json!({"amount": domain::Money::from_minor(minor).to_decimal(), "currency": "USD"})
}

/// The amount of a member: `"totals.remit"`.
pub fn sum(of: &Json, path: &str) -> String {
    let found = path.split('.').fold(of, |at, name| &at[name]);
    found["amount"].as_str().unwrap_or_else(|| panic!("{path} of {of}")).to_owned()
}

/// What somebody with the database in hand could do.
impl Office {
    /// Runs a statement under the agency's own role; what the database answers.
    pub async fn as_agency(&self, sql: &str) -> String {
        let url = crate::world::database_url("quittance_agency");
        let db = Database::connect(url).await.expect("a connection");
        let tx = sea_orm::TransactionTrait::begin(&db).await.expect("begun");
        let scope = format!("SET LOCAL app.agency_id = '{}'", self.house.id.0);
        tx.execute_unprepared(&scope).await.expect("a scope");
        tx.execute_unprepared(sql).await.expect_err("refused").to_string()
    }

    /// So many cents appear in the creditor's ledger out of nothing that anybody posted.
    pub async fn rogue(&self, creditor: CreditorId, minor: i64) {
        self.moves("trust_cash", "client_payable", Some(creditor), minor).await;
    }

    /// So many cents of the bank's are with the processor; below zero: they come back.
    pub async fn to_processor(&self, minor: i64) {
        let (debit, credit) = if minor > 0 {
            ("processor_clearing", "trust_cash")
        } else {
            ("trust_cash", "processor_clearing")
        };
        self.moves(debit, credit, None, minor.abs()).await;
    }

    /// The planner learns what was written: autovacuum is off in tests.
    pub async fn eye_analyzes(&self) {
        self.eye.execute_unprepared("ANALYZE").await.expect("analyzed");
    }

    async fn moves(&self, debit: &str, credit: &str, creditor: Option<CreditorId>, minor: i64) {
        self.sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, $3, $4, $5, id, $6, '2025-03-01', $7, $7, '2025-03-01', 'test', $2, 'post'
             FROM trust_account WHERE agency_id = $1 AND is_default",
            [
                self.house.id.0.into(),
                Uuid::now_v7().into(),
                debit.into(),
                credit.into(),
                minor.into(),
                creditor.map(|id| id.0).into(),
                self.world.app.clock().now().into(),
            ],
        )
        .await;
    }
}

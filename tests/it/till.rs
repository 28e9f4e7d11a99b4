//! A till: an agency whose payment gateway is a sandbox of its own, a creditor, debtors with debts.

use crate::world::{House, World, superuser_url};
use actix_web::dev::ServerHandle;
use actix_web::{App as Server, HttpServer};
use api::limit::Quotas;
use domain::agency::{Language, Site};
use domain::gateway::GatewayMode;
use domain::{AccountId, Amount, CreditorId, DebtorId, Money, PaymentId};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement, Value};
use serde_json::{Value as Json, json};
use service::actor::{Actor, Debtor};
use service::gateway_accounts::{self, GatewayAccountView, NewGatewayAccount};
use service::once::Once;
use service::payments::{self, Disclosure, NewCheckout, Started};
use service::sessions::{self, NewSession, Subject};
use service::window::Window;
use service::{jobs, schedule};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A debit card that always pays.
pub const DEBIT: &str = "4000056655665556";

pub struct Till {
    pub world: World,
    pub house: House,
    pub creditor: CreditorId,
    pub gateway: GatewayAccountView,
    /// Looks at the database from above: row-level security does not stop it.
    pub eye: DatabaseConnection,
    /// The secret key, which is also the sandbox's world.
    pub key: String,
    /// The secret its webhooks are signed with.
    pub secret: String,
    sandbox: sandbox::Handle,
    http: reqwest::Client,
    server: ServerHandle,
}

impl Drop for Till {
    /// The server holds connections of the application: PostgreSQL has not enough for all tests'.
    fn drop(&mut self) {
        tokio::spawn(self.server.stop(false));
    }
}

/// A debtor with one debt.
pub struct Debt {
    pub account: AccountId,
    pub debtor: Debtor,
}

#[derive(Debug, FromQueryResult)]
struct Number {
    n: i64,
}

#[derive(Debug, FromQueryResult)]
struct Text {
    t: Option<String>,
}

impl Till {
    /// An agency that takes payments through a sandbox. Its webhooks reach the application.
    pub async fn open() -> Arc<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = sandbox::start(sandbox::Options::default()).expect("a sandbox");
        let world = World::with_gateway(&format!("{}/", sandbox.base_url())).await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let key = format!("sk_test_{}", Uuid::now_v7().simple());
        let secret = format!("whsec_{}", Uuid::now_v7().simple());
        let new = NewGatewayAccount {
            mode: GatewayMode::Sandbox,
            secret_key: key.clone().into(),
            provider_account: None,
            webhook_secret: Some(secret.clone().into()),
        };
        let gateway =
            gateway_accounts::configure(&world.app, &house.admin, new).await.expect("a gateway");
        let eye = Database::connect(superuser_url()).await.expect("a connection");
        let http =
            reqwest::Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
        let (door, server) = listen(&world);
        let till =
            Self { world, house, creditor, gateway, eye, key, secret, sandbox, http, server };
        let endpoint = till.endpoint();
        till.sim(
            "webhooks/endpoints",
            json!({"key": till.key, "url": format!("{door}/webhooks/stripe/{endpoint}"), "secret": till.secret}),
        )
        .await;
        Arc::new(till)
    }

    /// The random last part of the webhook address.
    pub fn endpoint(&self) -> String {
        self.gateway.webhook_url.rsplit('/').next().expect("a last part").to_owned()
    }

    /// A debtor who owes so much, in cents of principal.
    pub async fn debt(&self, minor: i64) -> Debt {
        self.debt_to(self.creditor, minor).await
    }

    /// A debtor who owes so much to this creditor.
    pub async fn debt_to(&self, creditor: CreditorId, minor: i64) -> Debt {
        let (agency, debtor) = (self.house.id.0, Uuid::now_v7());
        let (account, placement) = (Uuid::now_v7(), Uuid::now_v7());
        let creditor = creditor.0;
        let text = |n: Uuid| n.simple().to_string().to_uppercase();
        self.sql(
            "INSERT INTO debtor (agency_id, id, language, created_at) VALUES ($1, $2, 'en', now())",
            [agency.into(), debtor.into()],
        )
        .await;
        self.sql(
            "INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size,
                 is_workbook, state, uploaded_by, created_at)
             VALUES ($1, $2, $3, 'first.csv', '', 0, false, 'committed', 'test', now())",
            [agency.into(), placement.into(), creditor.into()],
        )
        .await;
        self.sql(
            "INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                 client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                 status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                 placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other, work_class, next_work_at, created_at)
             SELECT $1, $2, $3, $4, (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $4 LIMIT 1),
                 $5, $6, $3, $3, 'Jane Doe', 'DOE JANE', 'ACT', now(), 'medical', 'Clinic', 'Clinic',
                 '2026-01-01', '2026-06-01', 'first', $7, 0, 0, 0, 0, $7, 0, 0, 0, 0, 4, now(), now()",
            [
                agency.into(),
                account.into(),
                text(account).into(),
                creditor.into(),
                placement.into(),
                debtor.into(),
                minor.into(),
            ],
        )
        .await;
        Debt { account: AccountId(account), debtor: self.let_in(DebtorId(debtor)).await }
    }

    async fn let_in(&self, debtor: DebtorId) -> Debtor {
        let cookie = Uuid::now_v7().to_string();
        let new = NewSession {
            site: Site::Debtor,
            subject: Subject::Debtor(debtor),
            language: Language::English,
            cookie: &cookie,
        };
        let session = sessions::start_visit(&self.world.app, self.house.id, new).await;
        session.expect("a session").debtor().expect("a debtor")
    }

    /// What a debtor's form says.
    pub fn form(&self, debt: &Debt, minor: i64, form_id: Uuid) -> NewCheckout {
        NewCheckout {
            account: debt.account,
            amount: amount(minor),
            form_id,
            return_url: "https://pay.example/return".to_owned(),
            back_url: "https://pay.example/check".to_owned(),
            language: gateway::Language::English,
            disclosure: Disclosure { sha256: [7; 32], shown_at: self.world.app.clock().now() },
        }
    }

    /// Opens a payment page, which has to succeed; the payment and its session at the gateway.
    pub async fn page(&self, debt: &Debt, minor: i64) -> (PaymentId, String) {
        let form = self.form(debt, minor, Uuid::now_v7());
        match payments::start(&self.world.app, &debt.debtor, form).await.expect("a page") {
            Started::Page { payment, url } => {
                assert!(url.contains("/c/pay/cs_test_"), "{url}");
                (payment, self.session(payment).await.expect("a session"))
            }
            other @ (Started::Preparing { .. } | Started::WentOn { .. }) => {
                panic!("no page but {other:?}")
            }
        }
    }

    /// The payment's session at the gateway.
    pub async fn session(&self, payment: PaymentId) -> Option<String> {
        self.text("SELECT checkout_session_id AS t FROM payment WHERE id = $1", [payment.0.into()])
            .await
    }

    /// The payer pays on the page.
    pub async fn pays(&self, session: &str, with: Json) -> Json {
        self.sim(&format!("checkout/{session}/pay"), with).await
    }

    /// Everything the gateway has to tell is told, and everything there is to do is done.
    pub async fn settle(&self) {
        self.sim("webhooks/flush", json!({"all": true})).await;
        self.drain().await;
    }

    /// Everything there is to do is done.
    pub async fn drain(&self) {
        jobs::drain(&self.world.app, self.house.id).await.expect("drained");
    }

    /// A minute's schedule and all of its jobs.
    pub async fn sweep(&self) {
        schedule::minute_of(&self.world.app, self.house.id).await.expect("scheduled");
        self.drain().await;
    }

    /// A command to the sandbox.
    pub async fn sim(&self, command: &str, body: Json) -> Json {
        let url = format!("{}/_sim/{command}", self.sandbox.base_url());
        let answer = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("the sandbox answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{command}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// A call to the gateway's API past the application, as from its dashboard.
    pub async fn stripe(&self, path: &str, form: &str) -> Json {
        let url = format!("{}{path}", self.sandbox.base_url());
        let answer = self
            .http
            .post(url)
            .bearer_auth(&self.key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .send()
            .await
            .expect("the sandbox answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Money leaves trust, as a remittance or a sweep would take it.
    pub async fn left_trust(&self, ledger: &str, minor: i64, creditor: Option<CreditorId>) {
        self.sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, $3, 'trust_cash', $4, id, $5, day, $6, $6, day, 'sweep', $2, 'post'
             FROM trust_account,
                 LATERAL (SELECT ($6::timestamptz AT TIME ZONE 'America/New_York')::date AS day) d
             WHERE agency_id = $1",
            [
                self.house.id.0.into(),
                Uuid::now_v7().into(),
                ledger.into(),
                minor.into(),
                creditor.map(|id| id.0).into(),
                self.world.app.clock().now().into(),
            ],
        )
        .await;
    }

    /// Money of a creditor that is in trust already, cleared.
    pub async fn came_to_trust(&self, creditor: CreditorId, minor: i64) {
        self.sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, 'trust_cash', 'client_payable', $3, id, $4, '2025-03-01', $5, $5,
                 '2025-03-01', 'opening', $2, 'post'
             FROM trust_account WHERE agency_id = $1",
            [
                self.house.id.0.into(),
                Uuid::now_v7().into(),
                minor.into(),
                creditor.0.into(),
                self.world.app.clock().now().into(),
            ],
        )
        .await;
    }

    /// What the open alarm of the agency says is lacking, in cents.
    pub async fn alarm(&self) -> Option<i64> {
        let text = self.text(
            "SELECT max(amount)::text AS t FROM trust_alarm WHERE agency_id = $1 AND cleared_at IS NULL",
            [self.house.id.0.into()],
        );
        text.await.map(|text| text.parse().expect("a number"))
    }

    /// How many calls of this kind the gateway did: replays and failures are not counted.
    pub async fn calls(&self, path: &str) -> usize {
        let url = format!("{}/_sim/requests", self.sandbox.base_url());
        let text = self.http.get(url).send().await.expect("an answer").text().await.expect("text");
        let journal: Json = serde_json::from_str(&text).expect("JSON");
        let list = journal["data"].as_array();
        let list = list.unwrap_or_else(|| panic!("a list: {text}"));
        list.iter()
            .filter(|call| call["method"] == "POST" && call["path"] == path)
            .filter(|call| call["replayed"] == false && call["status"].as_u64() < Some(400))
            .count()
    }

    /// Where a payment stands.
    pub async fn state(&self, payment: PaymentId) -> String {
        self.text("SELECT state AS t FROM payment WHERE id = $1", [payment.0.into()])
            .await
            .expect("a state")
    }

    /// What is owed on an account, in cents.
    pub async fn owed(&self, debt: &Debt) -> i64 {
        self.number(
            "SELECT principal + interest + fees + costs + other AS n FROM account WHERE id = $1",
            [debt.account.0.into()],
        )
        .await
    }

    /// The status of an account.
    pub async fn status(&self, debt: &Debt) -> String {
        self.text("SELECT status AS t FROM account WHERE id = $1", [debt.account.0.into()])
            .await
            .expect("a status")
    }

    /// What a ledger of the agency holds: debits less credits, in cents.
    pub async fn ledger(&self, ledger: &str) -> i64 {
        self.number(
            "SELECT coalesce(sum(CASE WHEN debit_ledger = $2 THEN amount ELSE -amount END), 0)::bigint AS n
             FROM transfer WHERE agency_id = $1 AND (debit_ledger = $2 OR credit_ledger = $2)",
            [self.house.id.0.into(), ledger.into()],
        )
        .await
    }

    /// How many postings a payment made.
    pub async fn postings(&self, payment: PaymentId) -> i64 {
        self.number(
            "SELECT count(DISTINCT txn_id) AS n FROM transfer WHERE payment_id = $1",
            [payment.0.into()],
        )
        .await
    }

    pub async fn number<const N: usize>(&self, sql: &str, values: [Value; N]) -> i64 {
        let row = Number::find_by_statement(statement(sql, values)).one(&self.eye).await;
        row.expect("a query").expect("a row").n
    }

    pub async fn text<const N: usize>(&self, sql: &str, values: [Value; N]) -> Option<String> {
        let row = Text::find_by_statement(statement(sql, values)).one(&self.eye).await;
        row.expect("a query").expect("a row").t
    }

    pub async fn sql<const N: usize>(&self, sql: &str, values: [Value; N]) {
        self.eye.execute_raw(statement(sql, values)).await.expect("a statement");
    }
}

/// The address at which the application's API takes webhooks in.
fn listen(world: &World) -> (String, ServerHandle) {
    let settings = api::Settings { quotas: Quotas::generous(), ..api::Settings::default() };
    let configure = api::configure(world.app.clone(), settings).expect("an API");
    let server = HttpServer::new(move || Server::new().configure(configure.clone()))
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (format!("http://{address}"), handle)
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values)
}

/// Operating fills what trust lacks, as the open alarm says; answers how much that was, in cents.
pub async fn fill(app: &service::App, admin: &Actor) -> i64 {
    let window = Window { after: None, limit: 10 };
    let open = service::alarms::list(app, admin, true, window).await.expect("alarms").rows;
    let Some(alarm) = open.first() else { return 0 };
    let made = service::advances::make(app, admin, alarm.id, &once("advance")).await;
    made.expect("advanced").value.amount.minor()
}

/// So many cents.
pub fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).expect("more than nothing")
}

/// A key of its own for a request.
pub fn once(operation: &'static str) -> Once {
    Once {
        principal: Uuid::now_v7(),
        key: Uuid::now_v7().to_string(),
        operation,
        fingerprint: vec![1],
    }
}

//! An installation of its own: PostgreSQL, the payment sandbox, and the real program in processes of
//! their own, which can be killed. For what has to be seen from outside: crashes and speed.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use domain::agency::{Language, Site};
use domain::gateway::GatewayMode;
use domain::{AccountId, AgencyId, CreditorId, Currency, DebtorId, Permission, Rate};
use quittance::cluster::Cluster;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, FromQueryResult, Statement, Value,
};
use serde_json::Value as Json;
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, NewAgency};
use service::api_keys::{self, NewKey};
use service::app::Parts;
use service::clock::Clock;
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::db::DbUrls;
use service::gateway_accounts::{self, NewGatewayAccount};
use service::mail::Postbox;
use service::sessions::{self, NewSession, Subject};
use service::users;
use service::vault::WrappingKey;
use service::{App, sign_in};
use tempfile::TempDir;
use uuid::Uuid;

const DATABASE: &str = "quittance";
const PASSWORD: &str = "orchards grow quietly";
const WRAPPING_KEY: [u8; 32] = [42; 32];

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The installation. Everything stops when it is dropped.
pub struct Plant {
    /// The application in this process, to set up and to look.
    pub app: App,
    pub agency: AgencyId,
    pub admin: Actor,
    pub creditor: CreditorId,
    pub api: SocketAddr,
    pub debtor_site: SocketAddr,
    pub workspace: SocketAddr,
    /// Looks at the database from above: row-level security does not stop it.
    pub eye: DatabaseConnection,
    pub stripe_key: String,
    pub http: reqwest::Client,
    pub sandbox: sandbox::Handle,
    pub cluster: Cluster,
    /// A folder that goes with the installation.
    pub home: TempDir,
    program: PathBuf,
}

/// A process of the program. Dropping it kills it.
pub struct Running(Child);

impl Running {
    /// The end, without a warning: SIGKILL.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A debtor with one debt, signed in at the debtor site.
#[derive(Debug, Clone)]
pub struct Debt {
    pub account: AccountId,
    pub cookie: String,
}

#[derive(Debug, FromQueryResult)]
struct Number {
    n: i64,
}

#[derive(Debug, FromQueryResult)]
struct Text {
    t: String,
}

impl Plant {
    /// An agency with a creditor, which takes payments through a sandbox; `program` is the binary.
    pub async fn build(program: &str, cluster: Cluster) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = tempfile::tempdir()?;
        cluster.ensure_database(DATABASE)?;
        quittance::migrate::up(&cluster.superuser_url(DATABASE), None).await?;
        let sandbox = sandbox::start(sandbox::Options::default())?;
        let [api, debtor_site, workspace] = [free_port()?, free_port()?, free_port()?];
        let app = application(&cluster, &home, &sandbox, api).await?;
        let (agency, admin) = found(&app).await?;
        let creditor = take_on(&app, &admin).await?;
        let console = PlatformAdmin::console();
        for (site, door) in [(Site::Debtor, debtor_site), (Site::Workspace, workspace)] {
            agencies::add_host(&app, &console, agency, site, &door.to_string()).await?;
        }
        let stripe_key = format!("sk_test_{}", Uuid::now_v7().simple());
        let new = NewGatewayAccount {
            mode: GatewayMode::Sandbox,
            secret_key: stripe_key.clone().into(),
            provider_account: None,
            webhook_secret: None,
        };
        gateway_accounts::configure(&app, &admin, new).await?;
        let eye = Database::connect(cluster.superuser_url(DATABASE)).await?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let program = Path::new(program).to_owned();
        Ok(Self {
            app,
            agency,
            admin,
            creditor,
            api,
            debtor_site,
            workspace,
            eye,
            stripe_key,
            http,
            sandbox,
            cluster,
            program,
            home,
        })
    }

    /// The address of the database for a role.
    pub fn url(&self, role: &str) -> String {
        self.cluster.url(role, DATABASE)
    }

    /// The address of the database for the superuser.
    pub fn superuser_url(&self) -> String {
        self.url("postgres")
    }

    /// Starts `serve`, and waits until it answers.
    pub async fn serve(&self) -> Result<Running> {
        let running = self.start(
            "serve",
            &[
                ("QUITTANCE_API_BIND", self.api),
                ("QUITTANCE_DEBTOR_BIND", self.debtor_site),
                ("QUITTANCE_WORKSPACE_BIND", self.workspace),
            ],
        )?;
        let patience = Instant::now();
        while TcpStream::connect(self.api).is_err() || TcpStream::connect(self.debtor_site).is_err()
        {
            if patience.elapsed() > Duration::from_secs(30) {
                bail!("the server does not come up: {}", self.last_words("serve"));
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(running)
    }

    /// Starts `work`.
    pub fn work(&self) -> Result<Running> {
        self.start("work", &[])
    }

    fn start(&self, command: &str, doors: &[(&str, SocketAddr)]) -> Result<Running> {
        let log = File::options().create(true).append(true).open(self.log(command))?;
        let mail = self.home.path().join("mail");
        std::fs::create_dir_all(&mail)?;
        let mut program = Command::new(&self.program);
        program
            .arg(command)
            .env("DATABASE_URL", self.superuser_url())
            .env("QUITTANCE_CONNECTIONS", "20")
            .env("QUITTANCE_KEK", STANDARD.encode(WRAPPING_KEY))
            .env("QUITTANCE_JWT_KEY", signing_key())
            .env("QUITTANCE_PUBLIC_API_URL", format!("http://{}", self.api))
            .env("QUITTANCE_MAIL", format!("file://{}", mail.display()))
            .env("QUITTANCE_STRIPE_URL", format!("{}/", self.sandbox.base_url()))
            .env("QUITTANCE_CHECKOUT_ORIGINS", self.sandbox.base_url());
        for (name, door) in doors {
            program.env(name, door.to_string());
        }
        program.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Running(program.spawn().with_context(|| self.program.display().to_string())?))
    }

    fn log(&self, command: &str) -> PathBuf {
        self.home.path().join(format!("{command}.log"))
    }

    /// The last lines of a process's log.
    pub fn last_words(&self, command: &str) -> String {
        let text = std::fs::read_to_string(self.log(command)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(12)).copied().collect::<Vec<_>>().join("\n")
    }

    /// A key of a program that may read accounts and take payments.
    pub async fn api_key(&self) -> Result<String> {
        let new = NewKey {
            name: "load".to_owned(),
            permissions: vec![
                Permission::AccountRead,
                Permission::PaymentRead,
                Permission::PaymentTake,
            ],
            creditor: None,
            expires_at: None,
        };
        Ok(api_keys::create(&self.app, &self.admin, new).await?.secret)
    }

    /// Debtors with one debt each, of so many cents, under a placement of their own.
    pub async fn debts(&self, count: u32, minor: i64) -> Result<Vec<Debt>> {
        let (agency, creditor, placement) = (self.agency.0, self.creditor.0, Uuid::now_v7());
        self.sql(
            "INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state,
                 uploaded_by, created_at)
             VALUES ($1, $2, $3, 'first.csv', '', 0, 'committed', 'test', now())",
            [agency.into(), placement.into(), creditor.into()],
        )
        .await?;
        let mut debts = Vec::new();
        for _ in 0..count {
            let (account, debtor) = (Uuid::now_v7(), Uuid::now_v7());
            let reference = account.simple().to_string().to_uppercase();
            self.sql(
                "WITH person AS (
                     INSERT INTO debtor (agency_id, id, language, created_at) VALUES ($1, $2, 'en', now()) RETURNING id)
                 INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                     client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                     status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                     placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                     principal, interest, fees, costs, other, work_class, next_work_at, created_at)
                 SELECT $1, $3, $4, $5, (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $5 LIMIT 1),
                     $6, person.id, $4, $4, 'Jane Doe', 'DOE JANE', 'ACT', now(), 'medical', 'Clinic', 'Clinic',
                     '2026-01-01', '2026-06-01', 'first', $7, 0, 0, 0, 0, $7, 0, 0, 0, 0, 4, now(), now()
                 FROM person",
                [
                    agency.into(),
                    debtor.into(),
                    account.into(),
                    reference.into(),
                    creditor.into(),
                    placement.into(),
                    minor.into(),
                ],
            )
            .await?;
            let cookie = service::random::token(self.agency)?;
            let new = NewSession {
                site: Site::Debtor,
                subject: Subject::Debtor(DebtorId(debtor)),
                language: Language::English,
                cookie: &cookie,
            };
            sessions::start_visit(&self.app, self.agency, new).await?;
            debts.push(Debt { account: AccountId(account), cookie });
        }
        Ok(debts)
    }

    /// A command to the sandbox.
    pub async fn sim(&self, command: &str, body: Json) -> Result<Json> {
        let url = format!("{}/_sim/{command}", self.sandbox.base_url());
        let asked = self.http.post(url).header("content-type", "application/json");
        let answer = asked.body(body.to_string()).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{command}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Every charge that the sandbox made in the agency's world.
    pub async fn charges(&self) -> Result<Vec<Json>> {
        let mut charges: Vec<Json> = Vec::new();
        loop {
            let after = charges.last().and_then(|charge| charge.pointer("/id")?.as_str());
            let after = after.map(|id| format!("&starting_after={id}")).unwrap_or_default();
            let url = format!("{}/v1/charges?limit=100{after}", self.sandbox.base_url());
            let text =
                self.http.get(url).bearer_auth(&self.stripe_key).send().await?.text().await?;
            let page: Json = serde_json::from_str(&text)?;
            let some =
                page.pointer("/data").and_then(Json::as_array).with_context(|| text.clone())?;
            charges.extend(some.iter().cloned());
            if page.pointer("/has_more") != Some(&Json::Bool(true)) {
                return Ok(charges);
            }
        }
    }

    pub async fn number<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<i64> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(Number::find_by_statement(statement).one(&self.eye).await?.context("a row")?.n)
    }

    pub async fn texts<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
    ) -> Result<Vec<String>> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = Text::find_by_statement(statement).all(&self.eye).await?;
        Ok(rows.into_iter().map(|row| row.t).collect())
    }

    pub async fn sql<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(self.eye.execute_raw(statement).await?.rows_affected())
    }
}

/// A port below those that outgoing connections take, so that it is still free after a restart.
fn free_port() -> Result<SocketAddr> {
    for _ in 0..200 {
        let [low, high, ..] = *Uuid::new_v4().as_bytes();
        let port = 20_000 + u16::from_be_bytes([low, high]) % 12_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no free port")
}

fn signing_key() -> String {
    let der = [PKCS8_ED25519.as_slice(), [7; 32].as_slice()].concat();
    let body = STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

async fn application(
    cluster: &Cluster,
    home: &TempDir,
    sandbox: &sandbox::Handle,
    api: SocketAddr,
) -> Result<App> {
    let of = |role: &str| cluster.url(&format!("quittance_{role}"), DATABASE);
    let parts = Parts {
        db: DbUrls {
            agency: of("agency"),
            creditor: of("creditor"),
            debtor: of("debtor"),
            system: of("system"),
            pool_size: 8,
        },
        wrapping_key: WrappingKey::new(WRAPPING_KEY),
        postbox: Postbox::Folder(home.path().to_owned()),
        token_keys: vec![signing_key().into()],
        public_api_url: format!("http://{api}"),
        gateway_url: format!("{}/", sandbox.base_url()),
        clock: Clock::default(),
    };
    Ok(service::app::assemble(parts).await?)
}

async fn found(app: &App) -> Result<(AgencyId, Actor)> {
    let console = PlatformAdmin::console();
    let slug = format!("a{}", Uuid::now_v7().simple());
    let new = NewAgency {
        slug: slug.clone(),
        display_name: "North South Group".to_owned(),
        consumer_name: "North South Group".to_owned(),
        currency: Currency::Usd,
        time_zone: "America/New_York".to_owned(),
        phone: "(800) 555-0123".to_owned(),
        phone_hours: "8am to 8pm ET, Monday to Saturday".to_owned(),
        postal_address: "PO Box 121212, Pasadena, CA 91111".to_owned(),
    };
    let id = agencies::create(app, &console, new).await?;
    let email = "admin@agency.example";
    let invited = users::invite_first_admin(app, &console, id, email, "Ada Admin").await?;
    users::accept(app, &invited.token, PASSWORD).await?;
    Ok((id, sign_in::with_password(app, &slug, email, PASSWORD).await?.actor))
}

async fn take_on(app: &App, admin: &Actor) -> Result<CreditorId> {
    let new = NewCreditor { code: "SAMPLE".to_owned(), name: "Sample".to_owned(), parent: None };
    let creditor = creditors::create(app, admin, new).await?.id;
    let portfolio =
        NewPortfolio { creditor, code: "SAMPLE-1".to_owned(), name: "Sample".to_owned() };
    creditors::add_portfolio(app, admin, portfolio).await?;
    let terms = NewContract::flat(creditor, NaiveDate::default(), Rate::parse("0.3")?);
    contracts::add(app, admin, terms).await?;
    Ok(creditor)
}

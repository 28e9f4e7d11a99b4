//! What a test stands on: a real PostgreSQL for the whole run, the application with a clock of its
//! own, and a fresh agency, so that tests run side by side and row-level security is always in play.
//!
//! The PostgreSQL is the one whose database `QUITTANCE_TEST_DATABASE_URL` names, as a superuser reaches
//! it; without that variable the tests start one of their own.

use chrono::{Duration, NaiveDate};
use domain::{AgencyId, CreditorId, Currency, Rate};
use quittance::cluster::Cluster;
use quittance::config::database_url_of;
use secrecy::SecretString;
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, NewAgency};
use service::app::Parts;
use service::clock::Clock;
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::db::DbUrls;
use service::mail::Postbox;
use service::users::{self, Membership, NewUser};
use service::vault::WrappingKey;
use service::{App, sign_in};
use std::future::Future;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// One runtime for all tests: pooled connections must not outlive theirs.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
});

/// The database of the run, migrated once.
static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let ground = match std::env::var("QUITTANCE_TEST_DATABASE_URL") {
        Ok(url) => Ground::Given(url),
        Err(_) => {
            let cluster = Cluster::throw_away().expect("PostgreSQL starts");
            cluster.ensure_database(DATABASE).expect("a database");
            Ground::Own(cluster)
        }
    };
    let (url, password) = (ground.superuser_url(), ground.password());
    let migrated = move || RUNTIME.block_on(quittance::migrate::up(&url, password.as_ref()));
    std::thread::spawn(migrated).join().expect("no panic").expect("migrations run");
    ground
});

/// The name of the database where the cluster is the tests' own.
const DATABASE: &str = "quittance";

/// Where the database of the run is.
enum Ground {
    /// The address at which a superuser reaches it.
    Given(String),
    /// A cluster that stops when the test process ends.
    Own(Cluster),
}

impl Ground {
    fn superuser_url(&self) -> String {
        match self {
            Self::Given(url) => url.clone(),
            Self::Own(cluster) => cluster.superuser_url(DATABASE),
        }
    }

    /// The superuser's password, which the serving roles get too; a cluster of one's own asks for none.
    fn password(&self) -> Option<SecretString> {
        let Self::Given(url) = self else { return None };
        let (_, rest) = url.split_once("://")?;
        let (who, _) = rest.split('/').next()?.rsplit_once('@')?;
        who.split_once(':').map(|(_, password)| password.into())
    }
}

/// Runs a test on the shared runtime.
pub fn run<F: Future<Output = ()> + Send + 'static>(test: F) {
    LazyLock::force(&GROUND);
    RUNTIME.block_on(async { tokio::spawn(test).await.expect("the test") });
}

/// [`run`] for a test whose future stays on one thread.
pub fn run_here<F: Future<Output = ()>>(test: F) {
    LazyLock::force(&GROUND);
    RUNTIME.block_on(test);
}

/// The address of the database for a role; for tests that look at the database from outside.
pub fn database_url(role: &str) -> String {
    database_url_of(&superuser_url(), role, None)
}

/// The address of the database for the superuser, whom row-level security does not stop.
pub fn superuser_url() -> String {
    GROUND.superuser_url()
}

/// The address, for the superuser, of the database that is in every cluster and has no schema of ours.
pub fn bare_database_url() -> String {
    let url = superuser_url();
    let from = url.find("://").map_or(0, |at| at + 3);
    let path = url[from..].find('/').map_or(url.len(), |at| from + at);
    let end = url[path..].find('?').map_or(url.len(), |at| path + at);
    format!("{}/postgres{}", &url[..path], &url[end..])
}

/// Any Ed25519 key: this one signs for tests alone.
pub const TOKEN_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIAMcKve8otKKMnugvNEG2Q1JxoYZqljNPuSK7CkyAp7f\n\
    -----END PRIVATE KEY-----\n";

/// An application with its own clock and mail folder.
pub struct World {
    pub app: App,
    pub mail: PathBuf,
    _folder: tempfile::TempDir,
}

impl World {
    /// An application without a payment gateway.
    pub async fn new() -> Self {
        Self::with_gateway("http://127.0.0.1:1/").await
    }

    /// An application whose payment gateway is at this address.
    pub async fn with_gateway(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let app = service::app::assemble(Parts {
            db: DbUrls {
                agency: database_url("quittance_agency"),
                creditor: database_url("quittance_creditor"),
                debtor: database_url("quittance_debtor"),
                system: database_url("quittance_system"),
                pool_size: 8,
            },
            wrapping_key: WrappingKey::new([42; 32]),
            postbox: Postbox::Folder(folder.path().to_owned()),
            token_keys: vec![TOKEN_KEY.into()],
            public_api_url: "http://127.0.0.1".to_owned(),
            gateway_url: url.to_owned(),
            clock: Clock::default(),
        })
        .await
        .expect("an application");
        Self { app, mail: folder.path().to_owned(), _folder: folder }
    }

    /// Time passes.
    pub fn wait(&self, by: Duration) {
        self.app.clock().advance(by);
    }
}

/// A password that tests sign in with.
pub const PASSWORD: &str = "orchards grow quietly";

/// A fresh agency and its administrator.
pub struct House {
    pub id: AgencyId,
    pub slug: String,
    pub admin: Actor,
}

impl World {
    /// A fresh agency, whose administrator accepted the invitation and signed in.
    pub async fn house(&self) -> House {
        let slug = format!("a{}", Uuid::now_v7().simple());
        let console = PlatformAdmin::console();
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
        let id = agencies::create(&self.app, &console, new).await.expect("an agency");
        let email = "admin@agency.example";
        let invited = users::invite_first_admin(&self.app, &console, id, email, "Ada Admin")
            .await
            .expect("an invitation");
        let admin = self.accept(&slug, email, &invited.token).await;
        House { id, slug, admin }
    }

    /// Invites a user, accepts for them, and signs them in.
    pub async fn join(&self, house: &House, name: &str, membership: Membership) -> Actor {
        let email = format!("{}@people.example", Uuid::now_v7().simple());
        let new = NewUser { email: email.clone(), name: name.to_owned(), membership };
        let invited = users::invite(&self.app, &house.admin, new).await.expect("an invitation");
        self.accept(&house.slug, &email, &invited.token).await
    }

    async fn accept(&self, slug: &str, email: &str, token: &str) -> Actor {
        users::accept(&self.app, token, PASSWORD).await.expect("the link is good");
        sign_in::with_password(&self.app, slug, email, PASSWORD).await.expect("signed in").actor
    }
}

impl World {
    /// A creditor with one portfolio (`MAIN`) and a flat commission of 30 % from the year 2000 on.
    pub async fn creditor(&self, house: &House, code: &str) -> CreditorId {
        let new =
            NewCreditor { code: code.to_owned(), name: format!("Creditor {code}"), parent: None };
        let row = creditors::create(&self.app, &house.admin, new).await.expect("a creditor");
        let portfolio =
            NewPortfolio { creditor: row.id, code: "MAIN".to_owned(), name: "Main".to_owned() };
        creditors::add_portfolio(&self.app, &house.admin, portfolio).await.expect("a portfolio");
        let (from, rate) = (
            NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date"),
            Rate::parse("0.3").expect("a rate"),
        );
        let terms = NewContract::flat(row.id, from, rate);
        contracts::add(&self.app, &house.admin, terms).await.expect("contract terms");
        row.id
    }
}

//! What a test stands on: a real PostgreSQL for the whole run, the application with a clock of its
//! own, and a fresh agency, so that tests run side by side and row-level security is always in play.

use chrono::Duration;
use quittance::cluster::Cluster;
use service::App;
use service::app::Parts;
use service::clock::Clock;
use service::db::DbUrls;
use service::mail::Postbox;
use service::vault::WrappingKey;
use std::future::Future;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// One runtime for all tests: pooled connections must not outlive theirs.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
});

/// The database of the run, migrated once. It stops when the test process ends.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let cluster = Cluster::throw_away().expect("PostgreSQL starts");
    cluster.ensure_database(DATABASE).expect("a database");
    let url = cluster.superuser_url(DATABASE);
    std::thread::spawn(move || RUNTIME.block_on(quittance::migrate::up(&url, None)))
        .join()
        .expect("no panic")
        .expect("migrations run");
    cluster
});

const DATABASE: &str = "quittance";

/// Runs a test on the shared runtime.
pub fn run<F: Future<Output = ()> + Send + 'static>(test: F) {
    LazyLock::force(&CLUSTER);
    RUNTIME.block_on(async { tokio::spawn(test).await.expect("the test") });
}

/// The address of the database for a role; for tests that look at the database from outside.
pub fn database_url(role: &str) -> String {
    CLUSTER.url(role, DATABASE)
}

/// The address of the database for the superuser, whom row-level security does not stop.
pub fn superuser_url() -> String {
    CLUSTER.superuser_url(DATABASE)
}

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
        let app = App::new(Parts {
            db: DbUrls {
                agency: database_url("quittance_agency"),
                creditor: database_url("quittance_creditor"),
                debtor: database_url("quittance_debtor"),
                system: database_url("quittance_system"),
                pool_size: 8,
            },
            wrapping_key: WrappingKey::new([42; 32]),
            postbox: Postbox::Folder(folder.path().to_owned()),
            token_keys: Vec::new(),
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

//! `quittance demo`: the whole product on this machine, with two agencies and their debts.
//!
//! What it shows is made by the product's own use cases: placement files go through the import,
//! payments through the gateway and the sandbox. It needs nothing but PostgreSQL's programs.

mod caller;
mod check;
mod doors;
mod facts;
mod history;
mod houses;
mod keys;
mod mailbox;
mod month_end;
mod payers;
mod people;
mod placing;
mod record;
mod steps;
mod terms;
mod visitor;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use service::App;

use crate::cluster::{self, Cluster};
use crate::config::{Config, Databases, Listeners, Mail};
use crate::serve::{self, Worker};
use crate::servers::{self, Servers};
use crate::telemetry::log;
use crate::{migrate, wiring};
use doors::Doors;
use keys::{Keys, Processor};
use people::Stage;
use record::Record;
use steps::Steps;

/// How to show it.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// Forget everything and start over
    #[arg(long)]
    fresh: bool,
    /// Walk the main job over HTTP on free ports and an own data directory, then leave nothing behind
    #[arg(long, conflicts_with = "fresh")]
    check: bool,
}

const DATABASE: &str = "quittance";

/// Where the demo lives, seen from the clone.
const HOME: &str = "var/demo";

/// Shows the product until a signal to stop, or checks it.
///
/// # Errors
/// What could not be started.
pub fn run(wanted: &Wanted) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if wanted.check {
        return runtime.block_on(check::run());
    }
    let home = PathBuf::from(HOME);
    fs::create_dir_all(&home).with_context(|| format!("cannot make {HOME}"))?;
    let lock = File::create(home.join("lock"))?;
    if lock.try_lock().is_err() {
        bail!("a demo is running already ({HOME}/lock is held): stop it with Ctrl-C first");
    }
    let unfinished = !home.join(record::FILE).exists();
    if wanted.fresh || unfinished {
        forget(&home)?;
    }
    runtime.block_on(show(&home))
}

async fn show(home: &Path) -> Result<ExitCode> {
    let told = servers::told_to_stop()?;
    let steps = Steps::start();
    log::start(File::options().create(true).append(true).open(home.join("log.jsonl"))?);
    let cluster = steps.run("Starting PostgreSQL", || Cluster::keep(&home.join("postgresql")))?;
    let running = Running::open(home, cluster, Doors::usual()?, &steps).await?;
    running.record.print(&steps);
    told.await;
    println!("\nStopping …");
    running.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Removes what a demo left under `home`, but for the lock.
fn forget(home: &Path) -> Result<()> {
    cluster::forget(&home.join("postgresql"))?;
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        if entry.file_name() == "lock" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Everything that runs during a demo.
struct Running {
    cluster: Cluster,
    sandbox: sandbox::Handle,
    servers: Servers,
    worker: Worker,
    app: App,
    record: Record,
}

impl Running {
    /// Opens everything on `doors`; the first time in this home, also makes what it shows.
    async fn open(home: &Path, cluster: Cluster, doors: Doors, steps: &Steps) -> Result<Self> {
        let mail = home.join("mail");
        fs::create_dir_all(&mail)?;
        let keys = Keys::of(home)?;
        steps
            .wait("Creating roles and tables", async {
                cluster.ensure_database(DATABASE)?;
                migrate::up(&cluster.superuser_url(DATABASE), None).await
            })
            .await?;
        let mail = mail.canonicalize()?;
        let sandbox = sandbox::start(sandbox::Options {
            bind: doors.sandbox,
            mail_dir: Some(mail.clone()),
            keep: Some(home.join("sandbox.json")),
            ..sandbox::Options::default()
        })?;
        let stripe = Processor::from_environment(&keys)?;
        let (stripe_url, checkout_origins) = stripe.addresses(sandbox.base_url());
        let mut config = config(&cluster, &keys, &doors, mail.clone());
        config.stripe_url = stripe_url;
        config.checkout_origins = checkout_origins;
        let app = wiring::application(&config).await?;
        let mut servers = Servers::default();
        serve::open_admin(&mut servers, &config).await?;
        serve::open_sites(&mut servers, &config, &app)?;
        let worker = Worker::start(&app);
        let stage = Stage {
            app: &app,
            doors: &doors,
            sandbox: sandbox.base_url(),
            mail: &mail,
            stripe: &stripe,
            steps,
        };
        let record = match Record::read(home)? {
            Some(record) => people::come_home(&stage, record).await?,
            None => people::move_in(&stage).await?,
        };
        record.write(home)?;
        Ok(Self { cluster, sandbox, servers, worker, app, record })
    }

    async fn close(self) {
        self.worker.stop().await;
        self.servers.stop(Duration::ZERO).await;
        drop(self.app);
        self.sandbox.stop().await;
        self.cluster.stop();
    }
}

fn config(cluster: &Cluster, keys: &Keys, doors: &Doors, mail: PathBuf) -> Config {
    let of = |role: &str| SecretString::from(cluster.url(&format!("quittance_{role}"), DATABASE));
    Config {
        databases: Databases {
            owner: None,
            agency: of("agency"),
            creditor: of("creditor"),
            debtor: of("debtor"),
            system: of("system"),
            report: of("report"),
        },
        connections: 12,
        kek: keys.kek(),
        jwt_key: keys.jwt_key(),
        listeners: Listeners {
            api: vec![doors.api],
            debtor: doors.houses.iter().map(|house| house.debtor).collect(),
            client: doors.houses.iter().map(|house| house.client).collect(),
            workspace: doors.houses.iter().map(|house| house.workspace).collect(),
            admin: vec![doors.admin],
        },
        public_api_url: format!("http://{}", doors.api),
        mail: Mail::Directory(mail),
        stripe_url: String::new(),
        checkout_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        drain: Duration::ZERO,
    }
}

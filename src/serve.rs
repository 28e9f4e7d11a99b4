//! `quittance serve`: the JSON API and the three sites. `quittance work`: the jobs.

use std::io;

use actix_web::web::{Data, ServiceConfig};
use anyhow::Result;
use service::App;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::servers::{self, Servers};
use crate::telemetry::health;
use crate::telemetry::log;
use crate::telemetry::requests::Site;
use crate::wiring;

/// Serves until told to stop; with `also_work`, runs jobs as well.
///
/// # Errors
/// When the schema is behind, an address is busy, or a part cannot be made.
pub async fn run(config: Config, also_work: bool) -> Result<()> {
    let told = servers::told_to_stop()?;
    log::start(io::stdout());
    let mut servers = open_checked(&config).await?;
    let app = wiring::application(&config).await?;
    let worker = also_work.then(|| Worker::start(&app));
    open_sites(&mut servers, &config, &app)?;
    tracing::info!("serving");
    told.await;
    tracing::info!("told to stop");
    leave(servers, worker, &config).await;
    Ok(())
}

/// Runs jobs until told to stop; answers health and metrics meanwhile.
///
/// # Errors
/// When the schema is behind, an address is busy, or a part cannot be made.
pub async fn work(config: Config) -> Result<()> {
    let told = servers::told_to_stop()?;
    log::start(io::stdout());
    let servers = open_checked(&config).await?;
    let app = wiring::application(&config).await?;
    let worker = Worker::start(&app);
    tracing::info!("working");
    told.await;
    tracing::info!("told to stop");
    leave(servers, Some(worker), &config).await;
    Ok(())
}

/// Opens the admin listener, once the schema is known to be the right one.
async fn open_checked(config: &Config) -> Result<Servers> {
    wiring::require_current_schema(config).await?;
    let mut servers = Servers::default();
    open_admin(&mut servers, config).await?;
    Ok(servers)
}

/// Opens health and metrics.
///
/// # Errors
/// When an address cannot be had.
pub async fn open_admin(servers: &mut Servers, config: &Config) -> Result<()> {
    let health = wiring::health(config, servers.draining().clone()).await?;
    let admin = servers::bind(&config.listeners.admin)?;
    servers.open(Site("admin"), admin, health::configure(health))
}

/// Opens the API and the sites. Which agency a request is for follows from its host name.
///
/// # Errors
/// When an address cannot be had.
pub fn open_sites(servers: &mut Servers, config: &Config, app: &App) -> Result<()> {
    let listeners = &config.listeners;
    let trusted_proxies = config.trusted_proxies.clone();
    let settings = api::Settings { trusted_proxies, ..api::Settings::default() };
    let routes = api::configure(app.clone(), settings)?;
    servers.open(Site("api"), servers::bind(&listeners.api)?, routes)?;
    let app = Data::new(app.clone());
    let settings = Data::new(portal::Settings {
        checkout_origins: config.checkout_origins.clone(),
        scheme: if config.public_api_url.starts_with("http:") { "http" } else { "https" },
        behind_proxy: !config.trusted_proxies.is_empty(),
    });
    let pages = |site: fn(&mut ServiceConfig)| {
        let (app, settings) = (app.clone(), settings.clone());
        move |config: &mut ServiceConfig| {
            config.app_data(app.clone()).app_data(settings.clone()).configure(site);
        }
    };
    let debtor = servers::bind(&listeners.debtor)?;
    servers.open(Site("debtor"), debtor, pages(portal::debtor))?;
    let client = servers::bind(&listeners.client)?;
    servers.open(Site("client"), client, pages(portal::client))?;
    let workspace = servers::bind(&listeners.workspace)?;
    servers.open(Site("workspace"), workspace, pages(portal::workspace))
}

/// The jobs first, while the connections of the servers are still alive; then the servers.
async fn leave(servers: Servers, worker: Option<Worker>, config: &Config) {
    servers.draining().begin();
    if let Some(worker) = worker {
        worker.stop().await;
    }
    servers.stop(config.drain).await;
    tracing::info!("stopped");
}

/// The job runner of this process.
pub struct Worker {
    tell: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Starts running jobs.
    #[must_use]
    pub fn start(app: &App) -> Self {
        let (tell, told) = watch::channel(false);
        let app = app.clone();
        let task = tokio::spawn(async move { service::jobs::work(&app, told).await });
        Self { tell, task }
    }

    /// Lets the job that runs finish, and takes no other.
    pub async fn stop(self) {
        let _ = self.tell.send(true);
        let _ = self.task.await;
    }
}

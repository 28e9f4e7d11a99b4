//! Puts the application together from its configuration.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use secrecy::ExposeSecret;
use service::app::Parts;
use service::clock::Clock;
use service::db::DbUrls;
use service::mail::Postbox;
use service::vault::WrappingKey;

use crate::config::{Config, Mail};
use crate::migrate;
use crate::telemetry::health::{self, Draining, Health};

/// How long the database may take to answer before `/readyz` answers 503.
const PATIENCE: Duration = Duration::from_secs(1);

/// The application that `config` describes.
///
/// # Errors
/// When a part cannot be made.
pub async fn application(config: &Config) -> Result<service::App> {
    let url = |url: &secrecy::SecretString| url.expose_secret().to_owned();
    let parts = Parts {
        db: DbUrls {
            agency: url(&config.databases.agency),
            creditor: url(&config.databases.creditor),
            debtor: url(&config.databases.debtor),
            system: url(&config.databases.system),
            pool_size: config.connections,
        },
        wrapping_key: WrappingKey::new(*config.kek.expose_secret()),
        postbox: match &config.mail {
            Mail::Directory(directory) => Postbox::Folder(directory.clone()),
            Mail::Smtp(address) => Postbox::Smtp(url(address)),
        },
        token_keys: vec![config.jwt_key.clone()],
        public_api_url: config.public_api_url.clone(),
        gateway_url: config.stripe_url.clone(),
        clock: Clock::default(),
    };
    service::app::assemble(parts).await.context("cannot put the application together")
}

/// Fails unless the database behind `config` answers and its schema is this binary's.
///
/// # Errors
/// What is missing.
pub async fn require_current_schema(config: &Config) -> Result<()> {
    let session = watcher(config).await?;
    migrate::require_current(&session).await
}

/// What the admin listener answers from. Collects metrics from now on.
///
/// # Errors
/// When the database address is wrong or metrics are collected already.
pub async fn health(config: &Config, draining: Draining) -> Result<Health> {
    let session = Arc::new(watcher(config).await?);
    let ready = Arc::new(move || -> health::Verdict {
        let session = Arc::clone(&session);
        Box::pin(async move {
            match tokio::time::timeout(PATIENCE, migrate::require_current(&session)).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(format!("{error:#}")),
                Err(_) => Err("the database does not answer within a second".to_owned()),
            }
        })
    });
    Ok(Health { draining, metrics: health::collect_metrics()?, ready })
}

/// A connection of its own, so that a busy pool does not make a healthy server look dead.
async fn watcher(config: &Config) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(config.databases.system.expose_secret());
    options.max_connections(1).acquire_timeout(PATIENCE).sqlx_logging(false).connect_lazy(true);
    Ok(Database::connect(options).await?)
}

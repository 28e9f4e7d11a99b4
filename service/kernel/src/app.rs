//! The application: what every verb needs besides its actor.

use crate::actor::Scope;
use crate::clock::Clock;
use crate::db::{Db, DbUrls, Tx};
use crate::stop::Fault;
use crate::vault::{Vault, WrappingKey};
use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::sync::Arc;

/// What an application is made of besides what crates above the kernel register.
pub struct Setup {
    /// Where the serving roles connect to.
    pub db: DbUrls,
    /// Wraps the agencies' data keys.
    pub wrapping_key: WrappingKey,
    /// The address under which the API is reached, for the issuer of tokens and webhook addresses.
    pub public_api_url: String,
    /// The payment gateway's address; `https://api.stripe.com/` unless a simulator stands there.
    pub gateway_url: String,
    /// The clock.
    pub clock: Clock,
}

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    vault: Vault,
    clock: Clock,
    settings: Settings,
    registry: Registry,
}

/// What crates above the kernel bring along: a mailer, a hasher, a signer, the wire to the gateway. One
/// of each type.
#[derive(Default)]
pub struct Registry(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Registry {
    /// Adds a part.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(part));
        self
    }
}

/// What verbs read of the configuration.
pub struct Settings {
    /// The address under which the API is reached, without a trailing slash.
    pub public_api_url: String,
    /// The payment gateway's address, with a trailing slash.
    pub gateway_url: String,
}

impl App {
    /// Puts the parts together. Connections are made when they are first needed.
    pub async fn new(setup: Setup, registry: Registry) -> Result<Self, Fault> {
        let public_api_url = setup.public_api_url.trim_end_matches('/').to_owned();
        Ok(Self {
            inner: Arc::new(Inner {
                db: Db::connect(&setup.db).await?,
                vault: Vault::new(setup.wrapping_key),
                clock: setup.clock,
                settings: Settings { public_api_url, gateway_url: setup.gateway_url },
                registry,
            }),
        })
    }

    /// Opens a transaction under the actor's role and scope.
    pub async fn begin(&self, who: &(impl Scope + ?Sized)) -> Result<Tx, Fault> {
        self.inner.db.begin(who, &self.inner.clock).await
    }

    /// The pools, for the modules that read before the tenant is known and for the bulk path.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Encryption of fields.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// A part that was registered when the application was put together.
    pub fn part<T: Any>(&self) -> Result<&T, Fault> {
        self.inner
            .registry
            .0
            .get(&TypeId::of::<T>())
            .and_then(|part| part.downcast_ref())
            .ok_or(Fault::Unexpected(type_name::<T>()))
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The configuration that verbs read.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// A secret of the installation for this purpose; every instance derives the same.
    pub fn derived_secret(&self, purpose: &str) -> Result<[u8; 32], Fault> {
        self.inner.vault.derived(purpose)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        Ok(self.inner.db.system().ping().await?)
    }
}

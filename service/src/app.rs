//! The application: what every verb needs besides its actor.

use crate::actor::Scope;
use crate::clock::Clock;
use crate::db::{Db, DbUrls, Tx};
use crate::mail::{Mailer, Postbox};
use crate::passwords::Hasher;
use crate::stop::Fault;
use crate::tokens::signer::Signer;
use crate::vault::{Vault, WrappingKey};
use secrecy::SecretString;
use std::sync::Arc;

/// What an application is made of; the binary reads it from its configuration.
pub struct Parts {
    /// Where the serving roles connect to.
    pub db: DbUrls,
    /// Wraps the agencies' data keys.
    pub wrapping_key: WrappingKey,
    /// Where mail goes.
    pub postbox: Postbox,
    /// Signs access tokens: Ed25519 private key, PKCS #8 PEM; the first signs, all verify.
    pub token_keys: Vec<SecretString>,
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
    mailer: Mailer,
    hasher: Hasher,
    signer: Signer,
    clock: Clock,
    wire: gateway::Wire,
    settings: Settings,
}

/// Every attempt of a call to the payment gateway ends after this.
const GATEWAY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// What verbs read of the configuration.
pub struct Settings {
    /// The address under which the API is reached, without a trailing slash.
    pub public_api_url: String,
    /// The payment gateway's address, with a trailing slash.
    pub gateway_url: String,
}

impl App {
    /// Puts the parts together. Connections are made when they are first needed.
    pub async fn new(parts: Parts) -> Result<Self, Fault> {
        let public_api_url = parts.public_api_url.trim_end_matches('/').to_owned();
        Ok(Self {
            inner: Arc::new(Inner {
                db: Db::connect(&parts.db).await?,
                vault: Vault::new(parts.wrapping_key),
                mailer: Mailer::new(parts.postbox)?,
                hasher: Hasher::new(),
                signer: Signer::new(&public_api_url, &parts.token_keys)?,
                clock: parts.clock,
                wire: gateway::Wire::new(GATEWAY_TIMEOUT)
                    .map_err(|err| Fault::Outside(err.to_string()))?,
                settings: Settings { public_api_url, gateway_url: parts.gateway_url },
            }),
        })
    }

    /// Opens a transaction under the actor's role and scope.
    pub(crate) async fn begin(&self, who: &(impl Scope + ?Sized)) -> Result<Tx, Fault> {
        self.inner.db.begin(who, &self.inner.clock).await
    }

    /// The pools, for the modules that read before the tenant is known and for the bulk path.
    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Encryption of fields.
    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Connections to the payment gateway.
    pub(crate) fn wire(&self) -> &gateway::Wire {
        &self.inner.wire
    }

    /// Sends mail.
    pub(crate) fn mailer(&self) -> &Mailer {
        &self.inner.mailer
    }

    /// Hashes passwords.
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.inner.hasher
    }

    /// Signs and reads access tokens; publishes the keys.
    pub fn signer(&self) -> &Signer {
        &self.inner.signer
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

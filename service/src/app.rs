//! Putting the application together.

pub use kernel::app::{App, Settings};

use comms::mail::{Mailer, Postbox};
use identity::passwords::Hasher;
use identity::tokens::signer::Signer;
use kernel::app::{Registry, Setup};
use kernel::clock::Clock;
use kernel::db::DbUrls;
use kernel::stop::Fault;
use kernel::vault::WrappingKey;
use secrecy::SecretString;

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

/// Every attempt of a call to the payment gateway ends after this.
const GATEWAY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// Puts the parts together. Connections are made when they are first needed.
pub async fn assemble(parts: Parts) -> Result<App, Fault> {
    let issuer = parts.public_api_url.trim_end_matches('/');
    let registry = Registry::default()
        .with(Mailer::new(parts.postbox)?)
        .with(Hasher::default())
        .with(Signer::new(issuer, &parts.token_keys)?)
        .with(gateway::Wire::new(GATEWAY_TIMEOUT).map_err(|err| Fault::Outside(err.to_string()))?);
    let setup = Setup {
        db: parts.db,
        wrapping_key: parts.wrapping_key,
        public_api_url: parts.public_api_url,
        gateway_url: parts.gateway_url,
        clock: parts.clock,
    };
    App::new(setup, registry).await
}

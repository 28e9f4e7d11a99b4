//! The keys of a demo: made at its first start, kept beside its data.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::gateway::GatewayMode;
use secrecy::{SecretBox, SecretString};
use serde::{Deserialize, Serialize};

const FILE: &str = "keys.json";

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The keys of a demo.
#[derive(Serialize, Deserialize)]
pub struct Keys {
    kek: [u8; 32],
    signing: [u8; 32],
    stripe: String,
}

impl Keys {
    /// The keys in `home`, made now if there are none.
    pub fn of(home: &Path) -> Result<Self> {
        let path = home.join(FILE);
        if let Ok(text) = fs::read(&path) {
            return serde_json::from_slice(&text).with_context(|| path.display().to_string());
        }
        let stripe = format!("sk_test_{}", random_text(24)?);
        let keys = Self { kek: random()?, signing: random()?, stripe };
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(&serde_json::to_vec(&keys)?)?;
        Ok(keys)
    }

    /// Wraps the agencies' data keys.
    pub fn kek(&self) -> SecretBox<[u8; 32]> {
        SecretBox::new(Box::new(self.kek))
    }

    /// Signs tokens.
    pub fn jwt_key(&self) -> SecretString {
        let der = [PKCS8_ED25519.as_slice(), self.signing.as_slice()].concat();
        let body = STANDARD.encode(der);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into()
    }
}

/// Who moves the money of a demo.
pub enum Processor {
    /// The sandbox, with a world for each agency.
    Simulated(String),
    /// Stripe's test mode, with the key of `STRIPE_TEST_KEY`.
    Stripe(SecretString),
}

impl Processor {
    /// Stripe itself where its test key is in the environment, else the sandbox.
    pub fn from_environment(keys: &Keys) -> Result<Self> {
        match std::env::var("STRIPE_TEST_KEY") {
            Ok(key) if key.starts_with("sk_test_") || key.starts_with("rk_test_") => {
                Ok(Self::Stripe(key.into()))
            }
            Ok(_) => bail!("STRIPE_TEST_KEY is no test key: a demo never moves real money"),
            Err(_) => Ok(Self::Simulated(keys.stripe.clone())),
        }
    }

    /// Whether the sandbox stands in for Stripe.
    pub fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated(_))
    }

    /// How the agencies are connected.
    pub fn mode(&self) -> GatewayMode {
        match self {
            Self::Simulated(_) => GatewayMode::Sandbox,
            Self::Stripe(_) => GatewayMode::OwnKeys,
        }
    }

    /// The secret key of an agency.
    pub fn key(&self, slug: &str) -> SecretString {
        match self {
            Self::Simulated(key) => format!("{key}{slug}").into(),
            Self::Stripe(key) => key.clone(),
        }
    }

    /// The secret of the webhook. Stripe cannot reach this machine by itself: `stripe listen` tells
    /// a secret, and without it the recovery poll asks for what happened.
    pub fn webhook_secret(&self) -> Option<SecretString> {
        match self {
            Self::Simulated(_) => None,
            Self::Stripe(_) => {
                let told = std::env::var("STRIPE_WEBHOOK_SECRET").ok();
                Some(told.unwrap_or_else(|| "whsec_nobody_knows".to_owned()).into())
            }
        }
    }

    /// The address of the API, with a slash at the end, and of the payment page.
    pub fn addresses(&self, sandbox: &str) -> (String, Vec<String>) {
        match self {
            Self::Simulated(_) => (format!("{sandbox}/"), vec![sandbox.to_owned()]),
            Self::Stripe(_) => ("https://api.stripe.com/".to_owned(), Vec::new()),
        }
    }
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

/// `length` (at most 32) letters and digits that cannot be mistaken for one another.
pub fn random_text(length: usize) -> Result<String> {
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let sign = |byte: u8| SIGNS.get(usize::from(byte % 32)).copied().map(char::from);
    Ok(random()?.into_iter().filter_map(sign).take(length).collect())
}

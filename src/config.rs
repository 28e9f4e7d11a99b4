//! The configuration: the environment, and nothing else.
//!
//! Every name may instead be given as `NAME_FILE`, the path of a file that holds the value: that is
//! how secrets come from an orchestrator. All mistakes are reported at once; the process then ends
//! with code 78 (`EX_CONFIG` of sysexits).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// The exit code of a wrong configuration.
pub const EXIT_CONFIG: u8 = 78;

/// Everything the environment decides about a server.
#[derive(Debug)]
pub struct Config {
    /// One address of the database per role.
    pub databases: Databases,
    /// Connections per pool; the agency's own pool gets this many, the others a half.
    pub connections: u32,
    /// Wraps the data keys of the agencies.
    pub kek: SecretBox<[u8; 32]>,
    /// Signs access tokens: an Ed25519 key in PKCS#8 PEM.
    pub jwt_key: SecretString,
    /// Where to listen.
    pub listeners: Listeners,
    /// The address under which customers reach the JSON API: issuer and audience of its tokens.
    pub public_api_url: String,
    /// Where mail goes.
    pub mail: Mail,
    /// The address of Stripe's API.
    pub stripe_url: String,
    /// Origins besides Stripe's own at which a hosted payment page may stand.
    pub checkout_origins: Vec<String>,
    /// Our own proxies: peers whose `X-Forwarded-For` names the visitor.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long a server keeps answering after the signal to stop, so that the load balancer
    /// notices.
    pub drain: Duration,
}

/// One address of the database per role; none of them may bypass row security.
#[derive(Debug)]
pub struct Databases {
    /// Migrates, never serves. Absent where only serving is configured.
    pub owner: Option<SecretString>,
    /// Staff: the API, the workspace, jobs.
    pub agency: SecretString,
    /// Users of creditors.
    pub creditor: SecretString,
    /// Debtors.
    pub debtor: SecretString,
    /// What is read before the agency is known.
    pub system: SecretString,
    /// Reports, read only.
    pub report: SecretString,
}

/// Addresses to listen on; a list may be empty.
#[derive(Debug, Default)]
pub struct Listeners {
    /// The JSON API.
    pub api: Vec<SocketAddr>,
    /// The debtor site.
    pub debtor: Vec<SocketAddr>,
    /// The creditors' site.
    pub client: Vec<SocketAddr>,
    /// The agency's workspace.
    pub workspace: Vec<SocketAddr>,
    /// Health and metrics: never reachable from outside.
    pub admin: Vec<SocketAddr>,
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum Mail {
    /// One `.eml` file per message in a directory.
    Directory(PathBuf),
    /// An SMTP server, as lettre reads its address (`smtps://user:password@host`).
    Smtp(SecretString),
}

/// Every mistake of a configuration, in the order of reading.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong:\n{}", .0.iter().map(|m| format!("  - {m}")).collect::<Vec<_>>().join("\n"))]
pub struct Mistakes(pub Vec<String>);

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn from_environment() -> Result<Self, Mistakes> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads from `variables`.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(variables: impl Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut reader = Reader { variables, mistakes: Vec::new() };
        let config = Self {
            databases: reader.databases(),
            connections: reader.number("QUITTANCE_CONNECTIONS", 12),
            kek: reader.key_of_32_bytes("QUITTANCE_KEK"),
            jwt_key: reader.private_key("QUITTANCE_JWT_KEY"),
            listeners: Listeners {
                api: reader.addresses("QUITTANCE_API_BIND"),
                debtor: reader.addresses("QUITTANCE_DEBTOR_BIND"),
                client: reader.addresses("QUITTANCE_CLIENT_BIND"),
                workspace: reader.addresses("QUITTANCE_WORKSPACE_BIND"),
                admin: reader.addresses("QUITTANCE_ADMIN_BIND"),
            },
            public_api_url: reader.url("QUITTANCE_PUBLIC_API_URL", None),
            mail: reader.mail("QUITTANCE_MAIL"),
            stripe_url: reader.url("QUITTANCE_STRIPE_URL", Some("https://api.stripe.com/")),
            checkout_origins: reader.list("QUITTANCE_CHECKOUT_ORIGINS"),
            trusted_proxies: reader.peers("QUITTANCE_TRUSTED_PROXIES"),
            drain: Duration::from_secs(reader.number("QUITTANCE_DRAIN_SECONDS", 6).into()),
        };
        if reader.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(reader.mistakes)) }
    }
}

/// What may be shown of a configuration: no secret, no password.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |all: &[SocketAddr]| {
            if all.is_empty() {
                "off".to_owned()
            } else {
                all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
        };
        let at = |url: &SecretString| without_password(url.expose_secret());
        writeln!(f, "database, agency role    {}", at(&self.databases.agency))?;
        writeln!(f, "database, creditor role  {}", at(&self.databases.creditor))?;
        writeln!(f, "database, debtor role    {}", at(&self.databases.debtor))?;
        writeln!(f, "database, system role    {}", at(&self.databases.system))?;
        writeln!(f, "database, report role    {}", at(&self.databases.report))?;
        writeln!(f, "connections              {}", self.connections)?;
        writeln!(f, "key-encryption key       (set)")?;
        writeln!(f, "token signing key        (set)")?;
        writeln!(f, "API                      {}", list(&self.listeners.api))?;
        writeln!(f, "debtor site              {}", list(&self.listeners.debtor))?;
        writeln!(f, "client site              {}", list(&self.listeners.client))?;
        writeln!(f, "workspace                {}", list(&self.listeners.workspace))?;
        writeln!(f, "health and metrics       {}", list(&self.listeners.admin))?;
        writeln!(f, "public API address       {}", self.public_api_url)?;
        match &self.mail {
            Mail::Directory(dir) => writeln!(f, "mail                     {}", dir.display())?,
            Mail::Smtp(url) => writeln!(f, "mail                     {}", at(url))?,
        }
        writeln!(f, "Stripe                   {}", self.stripe_url)?;
        let proxies: Vec<_> = self.trusted_proxies.iter().map(ToString::to_string).collect();
        writeln!(f, "proxies                  {}", proxies.join(", "))?;
        write!(f, "drain                    {} s", self.drain.as_secs())
    }
}

/// The address of the owner's database alone, for `quittance migrate`.
///
/// # Errors
/// When it is missing or not an address of PostgreSQL.
pub fn owner_database() -> Result<SecretString, Mistakes> {
    let mut reader =
        Reader { variables: |name: &str| std::env::var(name).ok(), mistakes: Vec::new() };
    let url = reader.database_url("DATABASE_URL").unwrap_or_else(|| {
        reader.mistakes.push("DATABASE_URL is missing".to_owned());
        String::new()
    });
    if reader.mistakes.is_empty() { Ok(url.into()) } else { Err(Mistakes(reader.mistakes)) }
}

/// The password that the serving roles get at migration, where one is set.
///
/// # Errors
/// When its file cannot be read.
pub fn role_password() -> Result<Option<SecretString>, Mistakes> {
    let mut reader =
        Reader { variables: |name: &str| std::env::var(name).ok(), mistakes: Vec::new() };
    let password = reader.text("DATABASE_ROLE_PASSWORD").map(SecretString::from);
    if reader.mistakes.is_empty() { Ok(password) } else { Err(Mistakes(reader.mistakes)) }
}

/// `url` for another role: the user replaced, the password too where the roles have one.
#[must_use]
pub fn database_url_of(url: &str, role: &str, password: Option<&str>) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (who, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let inherited = who.split_once(':').map(|(_, password)| password.to_owned());
    match password.map(percent_encoded).or(inherited) {
        Some(password) => format!("{scheme}://{role}:{password}@{host}{path}"),
        None => format!("{scheme}://{role}@{host}{path}"),
    }
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(set)".to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = path.split('?').next().unwrap_or("");
    match authority.rsplit_once('@') {
        Some((who, host)) => {
            format!("{scheme}://{}@{host}{path}", who.split(':').next().unwrap_or(""))
        }
        None => format!("{scheme}://{authority}{path}"),
    }
}

struct Reader<V> {
    variables: V,
    mistakes: Vec<String>,
}

impl<V: Fn(&str) -> Option<String>> Reader<V> {
    /// The value of `name`, or the contents of the file that `name_FILE` points to.
    fn text(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        let direct = (self.variables)(name).filter(|v| !v.is_empty());
        let file = (self.variables)(&file_name).filter(|v| !v.is_empty());
        match (direct, file) {
            (Some(_), Some(_)) => {
                self.mistakes.push(format!("{name} and {file_name} are both set: choose one"));
                None
            }
            (Some(value), None) => Some(value),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(value) => Some(value.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => {
                    self.mistakes.push(format!("{file_name}: cannot read {path}: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    fn required(&mut self, name: &str, what: &str) -> Option<String> {
        let before = self.mistakes.len();
        let value = self.text(name);
        if value.is_none() && self.mistakes.len() == before {
            self.mistakes.push(format!("{name} is missing: {what}"));
        }
        value
    }

    fn database_url(&mut self, name: &str) -> Option<String> {
        let url = self.text(name)?;
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            self.mistakes.push(format!("{name} does not start with postgres://"));
        }
        Some(url)
    }

    fn databases(&mut self) -> Databases {
        let owner = self.database_url("DATABASE_URL");
        let password = self.text("DATABASE_ROLE_PASSWORD");
        let mut of = |role: &str| {
            let name = format!("DATABASE_URL_{}", role.to_uppercase());
            if let Some(url) = self.database_url(&name) {
                return SecretString::from(url);
            }
            let Some(url) = &owner else {
                self.mistakes
                    .push(format!("{name} is missing, and so is DATABASE_URL to derive it from"));
                return SecretString::default();
            };
            database_url_of(url, &format!("quittance_{role}"), password.as_deref()).into()
        };
        Databases {
            agency: of("agency"),
            creditor: of("creditor"),
            debtor: of("debtor"),
            system: of("system"),
            report: of("report"),
            owner: owner.map(Into::into),
        }
    }

    fn number(&mut self, name: &str, otherwise: u32) -> u32 {
        let Some(text) = self.text(name) else { return otherwise };
        text.trim().parse().unwrap_or_else(|_| {
            self.mistakes.push(format!("{name} is not a whole number: {text}"));
            otherwise
        })
    }

    fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn peers(&mut self, name: &str) -> Vec<IpAddr> {
        let mut peers = Vec::new();
        for part in self.list(name) {
            match part.parse() {
                Ok(peer) => peers.push(peer),
                Err(_) => self.mistakes.push(format!("{name}: {part} is not an IP address")),
            }
        }
        peers
    }

    fn addresses(&mut self, name: &str) -> Vec<SocketAddr> {
        let text = self.text(name).unwrap_or_default();
        let mut addresses = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => self.mistakes.push(format!(
                    "{name}: {part} is not an address with a port, such as 0.0.0.0:8080"
                )),
            }
        }
        addresses
    }

    fn key_of_32_bytes(&mut self, name: &str) -> SecretBox<[u8; 32]> {
        let hint = "32 random bytes as base64 (`openssl rand -base64 32`)";
        let text = self.required(name, hint);
        let bytes = text.as_ref().and_then(|text| STANDARD.decode(text.trim()).ok());
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        if text.is_some() && key.is_none() {
            self.mistakes.push(format!("{name} must be {hint}"));
        }
        SecretBox::new(Box::new(key.unwrap_or_default()))
    }

    fn private_key(&mut self, name: &str) -> SecretString {
        let hint = "an Ed25519 key in PEM (`openssl genpkey -algorithm ed25519`)";
        let Some(text) = self.required(name, hint) else { return SecretString::default() };
        if !text.contains("BEGIN PRIVATE KEY") {
            self.mistakes.push(format!("{name} must be {hint}"));
        }
        text.into()
    }

    fn url(&mut self, name: &str, otherwise: Option<&str>) -> String {
        let text = match otherwise {
            Some(otherwise) => self.text(name).unwrap_or_else(|| otherwise.to_owned()),
            None => match self.required(name, "an address such as https://api.example.com") {
                Some(text) => text,
                None => return String::new(),
            },
        };
        // Without TLS only on this very machine: passwords and tokens travel over it.
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        if !text.starts_with("https://") && !local.iter().any(|start| text.starts_with(start)) {
            self.mistakes.push(format!("{name} must start with https:// ({text})"));
        }
        text
    }

    fn mail(&mut self, name: &str) -> Mail {
        let hint = "smtps://user:password@host, smtp://host:port or file:///directory";
        let text = self.required(name, hint).unwrap_or_default();
        if let Some(dir) = text.strip_prefix("file://") {
            return Mail::Directory(dir.into());
        }
        if !text.is_empty() && !text.starts_with("smtp://") && !text.starts_with("smtps://") {
            self.mistakes.push(format!("{name} must be {hint}"));
        }
        Mail::Smtp(text.into())
    }
}

#[cfg(test)]
mod tests;

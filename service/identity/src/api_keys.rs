//! API keys: credentials of programs. The secret is shown once; its permissions are never more than
//! its maker's; a key may be confined to one creditor.

use crate::sign_in;
use chrono::{DateTime, Utc};
use domain::{AgencyId, ApiKeyId, CreditorId, Permission, base32};
use entity::api_key;
use kernel::actor::{Actor, ApiKey, JobRunner};
use kernel::app::App;
use kernel::audit::{self, Entry};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, raw_sql,
};
use serde_json::json;

pub use entity::api_key::Model as Key;

/// What every key begins with, so that scanners of repositories find it.
pub const PREFIX: &str = "qtk_";
/// Three times 128 bits in base 32: the agency and the secret.
const DIGITS: usize = 3 * 26;

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// Confines it to this creditor and those below it.
    pub creditor: Option<CreditorId>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The key.
    pub key: Key,
    /// The secret; shown once, only its hash is kept.
    pub secret: String,
}

/// Why a key is not made.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// No name.
    #[error("a name has 1 to 120 characters")]
    BadName,
    /// It could do nothing.
    #[error("give the key at least one permission")]
    NoPermission,
    /// More than its maker may.
    #[error("you may not give the permission \"{}\", because you do not have it", .0.name())]
    MoreThanYours(Permission),
    /// Ends before it begins.
    #[error("the key would end before it begins")]
    AlreadyOver,
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(KeyRefused);

impl Refused for KeyRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadName
            | Self::NoPermission
            | Self::MoreThanYours(_)
            | Self::AlreadyOver
            | Self::UnknownCreditor => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadName => "bad_name",
            Self::NoPermission => "no_permission",
            Self::MoreThanYours(_) => "more_than_yours",
            Self::AlreadyOver => "already_over",
            Self::UnknownCreditor => "unknown_creditor",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadName => Some("/name"),
            Self::NoPermission | Self::MoreThanYours(_) => Some("/permissions"),
            Self::AlreadyOver => Some("/expires_at"),
            Self::UnknownCreditor => Some("/creditor_id"),
            Self::Stop(stop) => stop.pointer(),
        }
    }
}

/// Makes a key. Only a person makes one.
pub async fn create(app: &App, actor: &Actor, new: NewKey) -> Result<Made, KeyRefused> {
    actor.require_agency(Permission::ApiKeyWrite)?;
    let maker = actor.user().ok_or(Stop::Forbidden(Permission::ApiKeyWrite))?;
    let name = new.name.trim().to_owned();
    if !(1..=120).contains(&name.chars().count()) {
        return Err(KeyRefused::BadName);
    }
    if new.permissions.is_empty() {
        return Err(KeyRefused::NoPermission);
    }
    if let Some(missing) = new.permissions.iter().find(|permission| !actor.may(**permission)) {
        return Err(KeyRefused::MoreThanYours(*missing));
    }
    let mut permissions: Vec<String> =
        new.permissions.iter().map(|permission| permission.name().to_owned()).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let tx = app.begin(actor).await?;
    if new.expires_at.is_some_and(|end| end <= tx.now()) {
        return Err(KeyRefused::AlreadyOver);
    }
    let secret = fresh_secret(tx.agency())?;
    let key = api_key::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(ApiKeyId(random::uuid())),
        name: Set(name),
        creditor_id: Set(new.creditor),
        permissions: Set(permissions),
        secret_hash: Set(random::hash(&secret)),
        created_by: Set(maker),
        created_at: Set(tx.now()),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "api_key_creditor_fk") { KeyRefused::UnknownCreditor } else { err.into() }
    })?;
    audit::write(&tx, line("api_key.create", &key)).await?;
    tx.commit().await?;
    Ok(Made { key, secret })
}

/// The keys of the agency, oldest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<ApiKeyId>,
    most: u64,
) -> Result<Vec<Key>, KeyRefused> {
    actor.require_agency(Permission::ApiKeyWrite)?;
    let tx = app.begin(actor).await?;
    let mut query = api_key::in_agency(tx.agency()).order_by_asc(api_key::Column::Id).limit(most);
    if let Some(after) = after {
        query = query.filter(api_key::Column::Id.gt(after));
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// One key.
pub async fn find(app: &App, actor: &Actor, id: ApiKeyId) -> Result<Key, KeyRefused> {
    actor.require_agency(Permission::ApiKeyWrite)?;
    let tx = app.begin(actor).await?;
    let key = api_key::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    tx.commit().await?;
    Ok(key.ok_or(Stop::NotFound("API key"))?)
}

/// Revokes a key; revoking it again changes nothing.
pub async fn revoke(app: &App, actor: &Actor, id: ApiKeyId) -> Result<Key, KeyRefused> {
    actor.require_agency(Permission::ApiKeyWrite)?;
    let tx = app.begin(actor).await?;
    let key = api_key::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("API key"))?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let mut revoked: api_key::ActiveModel = key.into();
    revoked.revoked_at = Set(Some(tx.now()));
    let key = revoked.update(&tx).await?;
    audit::write(&tx, line("api_key.revoke", &key)).await?;
    tx.commit().await?;
    Ok(key)
}

/// The program a secret belongs to, unless the key is revoked or over or its agency suspended.
pub(crate) async fn authenticate(app: &App, secret: &str) -> Result<Option<Actor>, Stop> {
    let Some(agency) = agency_of(secret) else { return Ok(None) };
    let (hash, now) = (random::hash(secret), app.clock().now());
    let key = api_key::Entity::find()
        .from_raw_sql(raw_sql!(
            Postgres,
            r#"SELECT k.* FROM api_key k JOIN agency a ON a.id = k.agency_id
               WHERE k.agency_id = {agency} AND k.secret_hash = {hash} AND k.revoked_at IS NULL AND a.status = 'active'
                 AND (k.expires_at IS NULL OR k.expires_at > {now})"#
        ))
        .one(app.db().system())
        .await?;
    let Some(key) = key else { return Ok(None) };
    let creditors = match key.creditor_id {
        None => Vec::new(),
        Some(creditor) => {
            let tx = app.begin(&JobRunner::new(key.agency_id)).await?;
            let reach = sign_in::with_descendants(&tx, tx.agency(), creditor).await?;
            tx.commit().await?;
            reach
        }
    };
    let permissions = key.permissions.iter().filter_map(|name| Permission::parse(name)).collect();
    // An empty reach would read as "the whole agency".
    if key.creditor_id.is_some() && creditors.is_empty() {
        return Ok(None);
    }
    let program = ApiKey::new(key.agency_id, key.id, key.name, permissions, creditors);
    Ok(Some(Actor::ApiKey(program)))
}

/// The agency and 256 random bits in base 32, and seven digits of checksum: a typing error or a cut is
/// noticed without asking the database.
fn fresh_secret(agency: AgencyId) -> Result<String, Fault> {
    let (high, low) =
        (u128::from_be_bytes(random::bytes()?), u128::from_be_bytes(random::bytes()?));
    let digits: String =
        [agency.0.as_u128(), high, low].into_iter().map(base32::encode_u128).collect();
    Ok(format!("{PREFIX}{digits}{}", checksum(&digits)))
}

/// The agency that a well-formed secret names: its key is looked up there.
fn agency_of(secret: &str) -> Option<AgencyId> {
    let (digits, sum) = secret.strip_prefix(PREFIX)?.split_at_checked(DIGITS)?;
    let agency = base32::decode_u128(digits.split_at_checked(26)?.0)?;
    (checksum(digits) == sum).then_some(AgencyId(uuid::Uuid::from_u128(agency)))
}

/// CRC-32 (IEEE) in seven base-32 digits.
fn checksum(text: &str) -> String {
    let crc = text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    });
    base32::encode_u128(u128::from(!crc)).chars().skip(19).collect()
}

fn line(action: &'static str, key: &Key) -> Entry {
    Entry {
        action,
        subject_type: "api_key",
        subject_id: Some(key.id.0),
        after: Some(json!({
            "name": key.name, "permissions": key.permissions, "creditor_id": key.creditor_id,
            "expires_at": key.expires_at, "revoked_at": key.revoked_at,
        })),
        ..Entry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_with_a_typing_error_is_noticed() {
        let agency = AgencyId(random::uuid());
        let secret = fresh_secret(agency).unwrap();
        assert_eq!(agency_of(&secret), Some(agency), "{secret}");
        assert_eq!(secret.len(), 4 + DIGITS + 7);
        let mut wrong = secret.clone();
        wrong.replace_range(10..11, if &secret[10..11] == "a" { "b" } else { "a" });
        for no_secret in [wrong.as_str(), &secret[..88], &secret[30..], "qtk_", "x", "qtk_\u{e9}"] {
            assert_eq!(agency_of(no_secret), None, "{no_secret}");
        }
        assert_eq!(checksum("123456789"), base32::encode_u128(0xCBF4_3926)[19..]);
    }
}

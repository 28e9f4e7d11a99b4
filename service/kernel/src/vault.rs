//! Encryption of fields: SSN, tax id, date of birth, gateway keys.
//!
//! Each agency has a data key and an index key, wrapped by the installation's wrapping key. A sealed
//! value is `version | nonce (24) | XChaCha20-Poly1305 ciphertext`; its associated data is
//! `agency | table.column | row`, so that a sealed value copied to another row does not open. A blind
//! index is HMAC-SHA-256 of the normalised value under the index key, cut to 16 bytes: equal values
//! can be found, and without the key nobody can try all nine digits.

use crate::random;
use crate::stop::Fault;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::AgencyId;
use entity::agency_key;
use hmac::{Hmac, Mac};
use sea_orm::{ActiveModelTrait, ConnectionTrait, QueryOrder, Set};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;

/// The installation's key that wraps the agencies' keys.
#[derive(Clone)]
pub struct WrappingKey(Zeroizing<[u8; 32]>);

impl WrappingKey {
    /// From 32 bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// A column whose values are sealed: the table and column stand in the associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed(pub &'static str);

/// `party.ssn`
pub const SSN: Sealed = Sealed("party.ssn");
/// `party.tax_id`
pub const TAX_ID: Sealed = Sealed("party.tax_id");
/// `party.birth_date`
pub const BIRTH_DATE: Sealed = Sealed("party.birth_date");
/// The last four digits of an SSN (index only).
pub const SSN_LAST4: Sealed = Sealed("party.ssn_last4");
/// Name, date of birth and ZIP together (index only): finds a packet.
pub const IDENTITY: Sealed = Sealed("debtor.identity");
/// `gateway_account.secret_key`
pub const GATEWAY_KEY: Sealed = Sealed("gateway_account.secret_key");
/// `gateway_account.webhook_secret`
pub const WEBHOOK_SECRET: Sealed = Sealed("gateway_account.webhook_secret");

/// Opens and keeps the agencies' keys.
pub struct Vault {
    wrapping: WrappingKey,
    opened: Mutex<HashMap<AgencyId, Arc<Keys>>>,
}

/// The keys of one agency, opened.
pub struct Keys {
    agency: AgencyId,
    data: XChaCha20Poly1305,
    index: Zeroizing<Vec<u8>>,
}

impl Vault {
    pub fn new(wrapping: WrappingKey) -> Self {
        Self { wrapping, opened: Mutex::new(HashMap::new()) }
    }

    /// Makes and stores the keys of a new agency.
    pub async fn create(
        &self,
        db: &impl ConnectionTrait,
        agency: AgencyId,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Fault> {
        let data = Zeroizing::new(random::bytes::<32>()?);
        let index = Zeroizing::new(random::bytes::<32>()?);
        agency_key::ActiveModel {
            agency_id: Set(agency),
            version: Set(1),
            data_key: Set(self.wrap(agency, "data", data.as_slice())?),
            index_key: Set(self.wrap(agency, "index", index.as_slice())?),
            created_at: Set(now),
        }
        .insert(db)
        .await?;
        Ok(())
    }

    /// The keys of an agency; read once, then kept.
    pub async fn keys(
        &self,
        db: &impl ConnectionTrait,
        agency: AgencyId,
    ) -> Result<Arc<Keys>, Fault> {
        let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&agency).cloned();
        if let Some(keys) = kept {
            return Ok(keys);
        }
        let row = agency_key::in_agency(agency)
            .order_by_desc(agency_key::Column::Version)
            .one(db)
            .await?
            .ok_or(Fault::Unexpected("the agency has no keys"))?;
        let data = self.unwrap(agency, "data", &row.data_key)?;
        let keys = Arc::new(Keys {
            agency,
            data: XChaCha20Poly1305::new_from_slice(&data)
                .map_err(|_| Fault::Sealed("agency_key"))?,
            index: self.unwrap(agency, "index", &row.index_key)?,
        });
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(agency, Arc::clone(&keys));
        Ok(keys)
    }

    /// A secret of the installation for another purpose, derived from the wrapping key.
    pub(crate) fn derived(&self, purpose: &str) -> Result<[u8; 32], Fault> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.wrapping.0.as_slice())
            .map_err(|_| Fault::Sealed("wrapping key"))?;
        mac.update(b"derived|");
        mac.update(purpose.as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, Fault> {
        XChaCha20Poly1305::new_from_slice(self.wrapping.0.as_slice())
            .map_err(|_| Fault::Sealed("wrapping key"))
    }

    fn wrap(&self, agency: AgencyId, what: &str, key: &[u8]) -> Result<Vec<u8>, Fault> {
        seal(&self.cipher()?, format!("{}|agency_key.{what}", agency.0).as_bytes(), key)
    }

    fn unwrap(
        &self,
        agency: AgencyId,
        what: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        open(&self.cipher()?, format!("{}|agency_key.{what}", agency.0).as_bytes(), sealed)
            .map(Zeroizing::new)
            .ok_or(Fault::Sealed("agency_key"))
    }
}

impl Keys {
    /// Seals a value of this column in this row.
    pub fn seal(&self, column: Sealed, row: Uuid, plain: &str) -> Result<Vec<u8>, Fault> {
        seal(&self.data, self.associated(column, row).as_bytes(), plain.as_bytes())
    }

    /// Opens a value that was sealed for this column and row.
    pub fn open(
        &self,
        column: Sealed,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, Fault> {
        let plain = open(&self.data, self.associated(column, row).as_bytes(), sealed)
            .ok_or(Fault::Sealed(column.0))?;
        String::from_utf8(plain).map(Zeroizing::new).map_err(|_| Fault::Sealed(column.0))
    }

    /// The blind index of a normalised value.
    pub fn index(&self, column: Sealed, normalised: &str) -> Result<Vec<u8>, Fault> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.index)
            .map_err(|_| Fault::Sealed("index key"))?;
        mac.update(column.0.as_bytes());
        mac.update(b"|");
        mac.update(normalised.as_bytes());
        let full = mac.finalize().into_bytes();
        Ok(full.iter().take(16).copied().collect())
    }

    fn associated(&self, column: Sealed, row: Uuid) -> String {
        format!("{}|{}|{row}", self.agency.0, column.0)
    }
}

fn seal(cipher: &XChaCha20Poly1305, aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce = random::bytes::<NONCE>()?;
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg, aad })
        .map_err(|_| Fault::Unexpected("encryption failed"))?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (version, rest) = sealed.split_first()?;
    let (nonce, msg) = rest.split_first_chunk::<NONCE>()?;
    if *version != VERSION {
        return None;
    }
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(agency: u128) -> Keys {
        Keys {
            agency: AgencyId(Uuid::from_u128(agency)),
            data: XChaCha20Poly1305::new_from_slice(&[7; 32]).unwrap(),
            index: Zeroizing::new(vec![9; 32]),
        }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row_column_and_agency() {
        let (keys, row) = (keys(1), Uuid::from_u128(5));
        let sealed = keys.seal(SSN, row, "895828946").unwrap();
        assert_eq!(keys.open(SSN, row, &sealed).unwrap().as_str(), "895828946");
        assert!(keys.open(SSN, Uuid::from_u128(6), &sealed).is_err());
        assert!(keys.open(TAX_ID, row, &sealed).is_err());
        assert!(super::tests::keys(2).open(SSN, row, &sealed).is_err());
        assert_ne!(keys.seal(SSN, row, "895828946").unwrap(), sealed);
    }

    #[test]
    fn the_index_finds_equals_within_a_column_only() {
        let keys = keys(1);
        assert_eq!(keys.index(SSN, "1").unwrap(), keys.index(SSN, "1").unwrap());
        assert_ne!(keys.index(SSN, "1").unwrap(), keys.index(TAX_ID, "1").unwrap());
        assert_eq!(keys.index(SSN, "1").unwrap().len(), 16);
    }
}

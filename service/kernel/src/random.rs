//! Randomness from the operating system, and the ids and tokens made of it.

use crate::stop::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut buffer = [0u8; N];
    getrandom::fill(&mut buffer).map_err(|_| Fault::Unexpected("no randomness"))?;
    Ok(buffer)
}

/// A secret token of 256 bits in URL-safe base 64 (43 characters).
pub fn token() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// What is stored of a token: its SHA-256.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A new UUID version 7: sorts by time of birth.
pub fn uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

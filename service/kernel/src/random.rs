//! Randomness from the operating system, and the ids and tokens made of it.

use crate::stop::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{AgencyId, base32};
use sha2::{Digest, Sha256};

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Fault> {
    let mut buffer = [0u8; N];
    getrandom::fill(&mut buffer).map_err(|_| Fault::Unexpected("no randomness"))?;
    Ok(buffer)
}

/// A secret of 256 bits in URL-safe base 64 (43 characters).
pub fn secret() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A secret token that names its agency: the agency's id in base 32 (26 digits), then 256 random bits
/// (43 characters). Whoever brings one is looked up among the rows of that agency alone, before
/// anything else is known of them.
pub fn token(agency: AgencyId) -> Result<String, Fault> {
    Ok(format!("{}{}", base32::encode_u128(agency.0.as_u128()), secret()?))
}

/// The agency that a [`token`] names; nothing for a text that cannot be one.
pub fn agency_of(token: &str) -> Option<AgencyId> {
    let (agency, secret) = token.split_at_checked(26)?;
    let agency = base32::decode_u128(agency)?;
    (secret.len() == 43).then_some(AgencyId(uuid::Uuid::from_u128(agency)))
}

/// What is stored of a token: its SHA-256.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A new UUID version 7: sorts by time of birth.
pub fn uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_agency_and_nothing_else_does() {
        let agency = AgencyId(uuid());
        let made = token(agency).unwrap();
        assert_eq!(made.len(), 69);
        assert_eq!(agency_of(&made), Some(agency));
        assert_ne!(made, token(agency).unwrap());
        for no_token in
            ["", &made[26..], &made[..68], &format!("{made}x"), &made.to_uppercase(), "\u{e9}"]
        {
            assert_eq!(agency_of(no_token), None, "{no_token}");
        }
    }
}

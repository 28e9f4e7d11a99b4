//! Access tokens: made and read here. EdDSA and nothing else; keys come from the configuration and
//! never from a token (`jku`, `jwk`, `x5u`, `x5c` and `crit` are refused).

use chrono::{DateTime, Duration, Utc};
use domain::{AgencyId, PlatformAdminId, TokenFamilyId, UserId};
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::stop::Fault;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How long an access token is good for.
pub const ACCESS_LIFE: Duration = Duration::minutes(10);
/// How far clocks may be apart.
const LEEWAY: Duration = Duration::seconds(30);
/// The type of our tokens (RFC 9068).
const TYPE: &str = "at+jwt";
/// The audience of tokens of people inside an agency.
const API: &str = "quittance-api";
/// The audience of tokens of the platform's administrator.
const PLATFORM: &str = "quittance-platform";

/// The ring of keys: the first signs, all verify.
pub struct Signer {
    issuer: String,
    keys: Vec<Key>,
}

struct Key {
    id: String,
    private: EncodingKey,
    public: DecodingKey,
    published: Jwk,
}

/// What the token of a person inside an agency says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// The tenant.
    pub agency_id: AgencyId,
    /// The family of refresh tokens it came with: one sign-in.
    pub sid: TokenFamilyId,
    /// The version of the user's access.
    pub access_version: i64,
}

/// What the token of the platform's administrator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformClaims {
    /// The administrator.
    pub sub: PlatformAdminId,
}

#[derive(Serialize, Deserialize)]
struct Token<C> {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(flatten)]
    claims: C,
}

impl Signer {
    /// With these private keys (Ed25519, PKCS #8 PEM).
    ///
    /// # Errors
    /// When a key is not an Ed25519 key.
    pub fn new(issuer: &str, pems: &[SecretString]) -> Result<Self, Fault> {
        let keys =
            pems.iter().map(|pem| key(pem.expose_secret())).collect::<Result<_, _>>().map_err(
                |_| Fault::Unexpected("a token key is not an Ed25519 key in PKCS #8 PEM"),
            )?;
        Ok(Self { issuer: issuer.to_owned(), keys })
    }

    /// A token of a person inside an agency.
    pub fn issue(&self, claims: Claims, now: DateTime<Utc>) -> Result<String, Fault> {
        self.sign(API, claims, now)
    }

    /// A token of the platform's administrator.
    pub(crate) fn issue_platform(
        &self,
        claims: PlatformClaims,
        now: DateTime<Utc>,
    ) -> Result<String, Fault> {
        self.sign(PLATFORM, claims, now)
    }

    /// What a token of a person inside an agency says, if it is ours and good now.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        self.verify(API, token, now)
    }

    /// What a token of the platform's administrator says, if it is ours and good now.
    pub(crate) fn read_platform(&self, token: &str, now: DateTime<Utc>) -> Option<PlatformClaims> {
        self.verify(PLATFORM, token, now)
    }

    /// The public keys, for whoever checks our tokens (RFC 7517).
    pub fn published(&self) -> JwkSet {
        JwkSet { keys: self.keys.iter().map(|key| key.published.clone()).collect() }
    }

    fn sign<C: Serialize>(
        &self,
        aud: &str,
        claims: C,
        now: DateTime<Utc>,
    ) -> Result<String, Fault> {
        let key = self.keys.first().ok_or(Fault::Unexpected("there is no key to sign tokens"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        let token = Token {
            iss: self.issuer.clone(),
            aud: aud.to_owned(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ACCESS_LIFE).timestamp(),
            claims,
        };
        jsonwebtoken::encode(&header, &token, &key.private)
            .map_err(|_| Fault::Unexpected("a token could not be signed"))
    }

    fn verify<C: DeserializeOwned>(&self, aud: &str, token: &str, now: DateTime<Utc>) -> Option<C> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let plain = header.jku.is_none()
            && header.jwk.is_none()
            && header.x5u.is_none()
            && header.x5c.is_none()
            && header.crit.is_none();
        if !plain || header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) {
            return None;
        }
        let key = self.keys.iter().find(|key| header.kid.as_deref() == Some(key.id.as_str()))?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[aud]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are checked below, by the application's clock.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let token = jsonwebtoken::decode::<Token<C>>(token, &key.public, &rules).ok()?.claims;
        let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
        let lives = token.exp > token.iat && token.exp - token.iat <= ACCESS_LIFE.num_seconds();
        let present = token.nbf <= now + leeway && now < token.exp + leeway;
        (lives && present && token.iat <= now + leeway).then_some(token.claims)
    }
}

fn key(pem: &str) -> jsonwebtoken::errors::Result<Key> {
    let private = EncodingKey::from_ed_pem(pem.as_bytes())?;
    let mut published = Jwk::from_encoding_key(&private, Algorithm::EdDSA)?;
    let id = published.thumbprint(ThumbprintHash::SHA256)?;
    let public = DecodingKey::from_jwk(&published)?;
    published.common.key_id = Some(id.clone());
    published.common.public_key_use = Some(PublicKeyUse::Signature);
    published.common.key_algorithm = Some(KeyAlgorithm::EdDSA);
    Ok(Key { id, private, public, published })
}

//! Passwords: what one must be, and how it is kept (argon2id, OWASP minimum: 19 MiB, two passes).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::stop::Fault;
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// A password that may be chosen: 15 to 128 characters, not one of the usual ones
/// (NIST SP 800-63B-4: length instead of composition rules).
#[derive(Clone)]
pub struct NewPassword(Zeroizing<String>);

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than 15 characters.
    #[error("choose a password of at least 15 characters; a short sentence is good")]
    TooShort,
    /// More than 128 characters.
    #[error("choose a password of at most 128 characters")]
    TooLong,
    /// One that everybody tries first.
    #[error("this password is too easy to guess; choose a less usual one")]
    TooUsual,
}

/// Beginnings that long but guessable passwords are made of.
const USUAL: [&str; 12] = [
    "password",
    "passwort",
    "qwerty",
    "letmein",
    "welcome",
    "administrator",
    "iloveyou",
    "123456",
    "abcdef",
    "quittance",
    "changeme",
    "111111",
];

impl NewPassword {
    /// Checks the rules.
    pub fn new(text: &str) -> Result<Self, WeakPassword> {
        let length = text.chars().count();
        if length < 15 {
            return Err(WeakPassword::TooShort);
        }
        if length > 128 {
            return Err(WeakPassword::TooLong);
        }
        if is_usual(&text.to_lowercase()) {
            return Err(WeakPassword::TooUsual);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

/// One character over and over, or a usual word with little added.
fn is_usual(lower: &str) -> bool {
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let stripped: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let rest = USUAL.iter().fold(stripped, |rest, usual| rest.replace(usual, ""));
    distinct.len() < 5 || rest.chars().filter(|c| c.is_alphabetic()).count() < 5
}

/// Hashes and checks passwords, no more at once than there are cores: each takes 19 MiB and tens of
/// milliseconds, and sign-ins must not starve payments.
#[derive(Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
}

impl Default for Hasher {
    /// As many hashes at once as there are cores.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { permits: Arc::new(Semaphore::new(cores)) }
    }
}

impl Hasher {
    /// The PHC string of a password.
    pub async fn hash(&self, password: NewPassword) -> Result<String, Fault> {
        let _permit = self.permit().await?;
        tokio::task::spawn_blocking(move || {
            Argon2::default()
                .hash_password(password.0.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|_| Fault::Unexpected("a password could not be hashed"))
        })
        .await
        .map_err(|_| Fault::Unexpected("hashing was interrupted"))?
    }

    /// Whether the password is the one behind the PHC string. Without a string the same work is done
    /// and the answer is no: a stranger cannot tell an unknown user from a wrong password by the time.
    pub async fn verify(&self, password: &str, phc: Option<&str>) -> Result<bool, Fault> {
        let _permit = self.permit().await?;
        let password = Zeroizing::new(password.chars().take(128).collect::<String>());
        let phc = phc.map(str::to_owned);
        tokio::task::spawn_blocking(move || match phc.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
            Some(Err(_)) | None => {
                let _ = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await
        .map_err(|_| Fault::Unexpected("hashing was interrupted"))
    }

    /// The PHC string by today's parameters of a password that was just verified; none where the one it
    /// was verified by is of today.
    pub async fn renew(&self, password: &str, phc: &str) -> Result<Option<String>, Fault> {
        if is_of_today(phc) {
            return Ok(None);
        }
        // Chosen by the rules of its day; those of today are asked for when it is changed.
        self.hash(NewPassword(Zeroizing::new(password.to_owned()))).await.map(Some)
    }

    async fn permit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Fault> {
        self.permits.acquire().await.map_err(|_| Fault::Unexpected("the hasher is closed"))
    }
}

fn is_of_today(phc: &str) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else { return false };
    let today = Params::default();
    hash.algorithm == Algorithm::default().ident()
        && hash.version == Some(Version::default().into())
        && Params::try_from(&hash).is_ok_and(|then| {
            (then.m_cost(), then.t_cost(), then.p_cost())
                == (today.m_cost(), today.t_cost(), today.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_will_do_and_a_usual_word_will_not() {
        assert!(NewPassword::new("orchards grow quietly").is_ok());
        assert_eq!(NewPassword::new("too short").err(), Some(WeakPassword::TooShort));
        assert_eq!(NewPassword::new(&"x".repeat(129)).err(), Some(WeakPassword::TooLong));
        for usual in [
            "Password1234567890",
            "aaaaaaaaaaaaaaaaaaaa",
            "qwertyqwerty123456",
            "welcome2quittance!",
        ] {
            assert_eq!(NewPassword::new(usual).err(), Some(WeakPassword::TooUsual), "{usual}");
        }
    }

    #[tokio::test]
    async fn the_right_password_verifies() {
        let hasher = Hasher::default();
        let phc = hasher.hash(NewPassword::new("orchards grow quietly").unwrap()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(hasher.verify("orchards grow quietly", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("orchards grow loudly", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("orchards grow quietly", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_older_parameters_is_renewed_once() {
        let hasher = Hasher::default();
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::default(),
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let old = weak.hash_password(b"orchards grow quietly").unwrap().to_string();
        assert!(hasher.verify("orchards grow quietly", Some(&old)).await.unwrap(), "{old}");
        let new = hasher.renew("orchards grow quietly", &old).await.unwrap().expect("renewed");
        assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
        assert!(hasher.verify("orchards grow quietly", Some(&new)).await.unwrap());
        assert_eq!(hasher.renew("orchards grow quietly", &new).await.unwrap(), None);
    }
}

//! Exactly once: an idempotency key is claimed, and its answer kept, in the transaction of the effect.
//!
//! A verb that moves money or contacts people takes a [`Once`]:
//!
//! ```text
//! let tx = app.begin(actor).await?;
//! if let Some(answer) = once.claim(&tx).await? { return Ok(Answer::again(answer)); }
//! … the effect …
//! once.keep(&tx, &answer).await?;
//! tx.commit().await?;
//! Ok(Answer::first(answer))
//! ```
//!
//! A crash before the commit leaves neither effect nor key. Two at once: the second waits for the
//! first, then sees its answer; if that takes longer than the lock timeout it is told to come back.

use crate::db::{Kept, Tx};
use crate::stop::{Kind, Refused, Stop, is_lock_timeout};
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The idempotency key of one request.
#[derive(Debug, Clone)]
pub struct Once {
    /// Who owns the key: the user, debtor or API key.
    pub principal: Uuid,
    /// The key, 1 to 255 visible ASCII characters.
    pub key: String,
    /// The operation, so that a key is not taken for another's.
    pub operation: &'static str,
    /// SHA-256 of what was asked.
    pub fingerprint: Vec<u8>,
}

/// An answer, and whether it was given before.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// True when an earlier request with the same key had the effect.
    pub replayed: bool,
}

impl<T> Answer<T> {
    /// The effect happened now.
    pub fn first(value: T) -> Self {
        Self { value, replayed: false }
    }

    /// The effect happened before.
    pub fn again(value: T) -> Self {
        Self { value, replayed: true }
    }
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OnceRefused {
    /// The key was used for something else.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    Reused,
    /// The first request with this key is still running.
    #[error("the first request with this Idempotency-Key is still running; try again shortly")]
    InProgress,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(OnceRefused);

impl Refused for OnceRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Reused => Kind::Invalid,
            Self::InProgress => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Reused => "idempotency_key_reused",
            Self::InProgress => "idempotency_in_progress",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::InProgress => Some(1),
            Self::Reused => None,
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

#[derive(FromQueryResult)]
struct Claimed {
    operation: String,
    fingerprint: Vec<u8>,
    answer: serde_json::Value,
}

impl Once {
    /// Claims the key: nothing when this is the first use, the kept answer when it is not.
    pub async fn claim<T: DeserializeOwned>(&self, tx: &Tx) -> Result<Option<T>, OnceRefused> {
        let (agency, now) = (tx.agency(), tx.now());
        let (principal, key) = (self.principal, self.key.as_str());
        let (operation, fingerprint) = (self.operation, self.fingerprint.as_slice());
        let claimed = tx
            .execute_raw(raw_sql!(
                Postgres,
                r#"INSERT INTO idempotency_key (agency_id, principal, key, operation, fingerprint, answer, created_at)
                   VALUES ({agency}, {principal}, {key}, {operation}, {fingerprint}, 'null', {now})
                   ON CONFLICT DO NOTHING"#
            ))
            .await;
        match claimed {
            Ok(done) if done.rows_affected() == 1 => return Ok(None),
            Ok(_) => {}
            Err(err) if is_lock_timeout(&err) => {
                return Err(OnceRefused::InProgress);
            }
            Err(err) => return Err(err.into()),
        }
        let kept = Claimed::find_by_statement(raw_sql!(
            Postgres,
            r#"SELECT operation, fingerprint, answer FROM idempotency_key
               WHERE agency_id = {agency} AND principal = {principal} AND key = {key}"#
        ))
        .one(tx)
        .await?
        .ok_or(OnceRefused::InProgress)?;
        if kept.operation != self.operation || kept.fingerprint != self.fingerprint {
            return Err(OnceRefused::Reused);
        }
        Ok(Some(serde_json::from_value(kept.answer).map_err(crate::stop::Fault::from)?))
    }

    /// Keeps the answer, in the transaction of the effect; it goes out with the commit.
    pub async fn keep<T: Serialize>(&self, tx: &Tx, answer: &T) -> Result<(), OnceRefused> {
        tx.keep(Kept {
            principal: self.principal,
            key: self.key.clone(),
            answer: serde_json::to_value(answer).map_err(crate::stop::Fault::from)?,
        });
        Ok(())
    }
}

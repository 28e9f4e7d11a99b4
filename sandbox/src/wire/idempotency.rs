//! Idempotency keys as Stripe keeps them: first result stored (500s too), 24 hours.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    failure::Failure,
    request::{Answer, Request},
};

/// Stripe may forget a key after 24 hours.
const KEPT_SECONDS: i64 = 24 * 3600;
/// Old keys are swept each time this many more are kept.
const SWEEP_EVERY: usize = 1024;

/// The keys of one world.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Keys(HashMap<String, Kept>);

#[derive(Deserialize, Serialize)]
struct Kept {
    params: Vec<u8>,
    at: i64,
    answer: Option<Answer>,
}

impl Keys {
    /// Takes the key for this request, or gives the answer that it got before.
    pub(crate) fn claim(&mut self, request: &Request, now: i64) -> Result<Option<Answer>, Failure> {
        let Some(key) = &request.idempotency_key else { return Ok(None) };
        if key.is_empty() || key.len() > 255 {
            let message = "Idempotency keys have from 1 to 255 characters.";
            return Err(Failure::invalid("Idempotency-Key", message));
        }
        let fresh = |kept: &Kept| now.saturating_sub(kept.at) < KEPT_SECONDS;
        if self.0.len().checked_rem(SWEEP_EVERY) == Some(0) {
            self.0.retain(|_, kept| fresh(kept));
        }
        let params = digest(request);
        if let Some(kept) = self.0.get(key).filter(|kept| fresh(kept)) {
            if kept.params != params {
                return Err(Failure::key_reused());
            }
            let answer = kept.answer.clone().ok_or_else(Failure::key_in_use)?;
            return Ok(Some(answer.header("idempotent-replayed", "true")));
        }
        self.0.insert(key.clone(), Kept { params, at: now, answer: None });
        Ok(None)
    }

    /// Stores the answer, or frees the key when the work never began.
    pub(crate) fn settle(&mut self, request: &Request, answer: Option<Answer>) {
        let Some(key) = &request.idempotency_key else { return };
        match answer {
            None => drop(self.0.remove(key)),
            Some(answer) => {
                if let Some(kept) = self.0.get_mut(key) {
                    kept.answer = Some(answer);
                }
            }
        }
    }
}

fn digest(request: &Request) -> Vec<u8> {
    let mut pairs: Vec<&str> = request.body.split('&').chain(request.query.split('&')).collect();
    pairs.sort_unstable();
    let text = format!("{} {} {}", request.method, request.path, pairs.join("&"));
    Sha256::digest(text.as_bytes()).to_vec()
}

//! Webhooks: the signature on what Stripe posts to us, and the endpoint it posts to.

use crate::API_VERSION;
use crate::call::{Answer, CallError, Method, Operation, PlannedCall};
use crate::stripe::{Stripe, key};
use chrono::{DateTime, Utc};
use domain::GatewayCallId;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use stripe_client_core::{RequestBuilder, StripeMethod};
use subtle::ConstantTimeEq;

/// How far a signature's time may be from ours, in seconds, as Stripe recommends.
const TOLERANCE: i64 = 300;

/// The secrets an endpoint's signatures are made with: more than one while they are changed over.
#[derive(Debug, Clone)]
pub struct WebhookSecrets(Vec<SecretString>);

/// No secret, or an empty one: with it anybody could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook endpoint needs a secret, and none may be empty")]
pub struct NoSecret;

/// Why a posting is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// The header is not of the form `t=…,v1=…`.
    #[error("the signature header is malformed")]
    Malformed,
    /// Signed more than five minutes from now.
    #[error("the signature is too old or from the future")]
    Stale,
    /// Signed with none of our secrets, or the body was changed.
    #[error("the signature does not match")]
    Wrong,
}

impl WebhookSecrets {
    /// Keeps the secrets; refuses none and empty ones.
    pub fn new(secrets: Vec<SecretString>) -> Result<Self, NoSecret> {
        if secrets.is_empty() || secrets.iter().any(|s| s.expose_secret().trim().is_empty()) {
            return Err(NoSecret);
        }
        Ok(Self(secrets))
    }

    /// Checks the header `Stripe-Signature` of a posting against its raw body. Every secret and
    /// every signature is tried, in constant time.
    pub fn verify(
        &self,
        header: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), BadSignature> {
        let signed = Signed::read(header).ok_or(BadSignature::Malformed)?;
        let mut matches = subtle::Choice::from(0);
        for secret in &self.0 {
            let Some(expected) = mac(secret, signed.time, body) else { continue };
            for signature in &signed.signatures {
                matches |= expected.ct_eq(signature);
            }
        }
        if !bool::from(matches) {
            return Err(BadSignature::Wrong);
        }
        let at: i64 = signed.time.parse().map_err(|_| BadSignature::Malformed)?;
        if now.timestamp().abs_diff(at) > TOLERANCE.unsigned_abs() {
            return Err(BadSignature::Stale);
        }
        Ok(())
    }
}

/// The header that Stripe would put on this body: for tests and for the demo's own postings.
pub fn sign(secret: &SecretString, body: &[u8], now: DateTime<Utc>) -> Result<String, NoSecret> {
    use std::fmt::Write;
    let time = now.timestamp().to_string();
    let digest = mac(secret, &time, body).ok_or(NoSecret)?;
    let mut header = format!("t={time},v1=");
    for byte in digest {
        write!(header, "{byte:02x}").map_err(|_| NoSecret)?;
    }
    Ok(header)
}

struct Signed<'a> {
    time: &'a str,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Signed<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let mut time = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            let (name, value) = part.split_once('=')?;
            match name {
                "t" if time.is_none() => time = Some(value),
                "t" => return None,
                "v1" => signatures.extend(digest(value)),
                _ => {}
            }
        }
        let time = time.filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()))?;
        (!signatures.is_empty()).then_some(Self { time, signatures })
    }
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn mac(secret: &SecretString, time: &str, body: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac.finalize().into_bytes().into())
}

/// An endpoint that was just registered with Stripe.
#[derive(Debug, Clone)]
pub struct NewWebhookEndpoint {
    /// Its id at Stripe (`we_…`).
    pub id: String,
    /// The secret its signatures will be made with; Stripe shows it once.
    pub secret: SecretString,
}

#[derive(serde::Serialize)]
struct EndpointForm<'a> {
    api_version: &'static str,
    enabled_events: &'static [&'static str],
    url: &'a str,
}

#[derive(serde::Deserialize)]
struct EndpointAnswer {
    id: String,
    secret: Option<String>,
}

impl Stripe {
    /// The events that a payment's life is made of.
    pub const EVENTS: &'static [&'static str] = &[
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.canceled",
        "charge.succeeded",
        "charge.updated",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "payout.paid",
        "payout.failed",
    ];

    /// Plans the telling of an endpoint, pinned to the API version that this crate reads.
    pub fn plan_webhook_endpoint(&self, url: &str, call: GatewayCallId) -> PlannedCall {
        let form = EndpointForm { api_version: API_VERSION, enabled_events: Self::EVENTS, url };
        let request = RequestBuilder::new(StripeMethod::Post, "/webhook_endpoints").form(&form);
        PlannedCall {
            operation: Operation::WebhookEndpointCreate,
            method: Method::Post,
            path: request.path,
            body: request.body.unwrap_or_default(),
            idempotency_key: Some(key(Operation::WebhookEndpointCreate, call)),
        }
    }

    /// Reads the new endpoint and its secret.
    pub fn read_webhook_endpoint(&self, answer: &Answer) -> Result<NewWebhookEndpoint, CallError> {
        let endpoint: EndpointAnswer = serde_json::from_str(&answer.body)
            .map_err(|_| CallError::unreadable(answer, "a webhook endpoint"))?;
        let secret = endpoint
            .secret
            .filter(|secret| !secret.trim().is_empty())
            .ok_or_else(|| CallError::unreadable(answer, "a webhook endpoint with its secret"))?;
        Ok(NewWebhookEndpoint { id: endpoint.id, secret: secret.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn secrets(texts: &[&str]) -> WebhookSecrets {
        WebhookSecrets::new(texts.iter().map(|t| SecretString::from(*t)).collect()).unwrap()
    }

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_262_400, 0).unwrap()
    }

    #[test]
    fn agrees_with_a_signature_made_elsewhere() {
        // printf '1795262400.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        let header = format!("t=1795262400,v1={}", include_str!("webhook_vector.txt").trim());
        assert_eq!(secrets(&["whsec_test"]).verify(&header, br#"{"id":"evt_1"}"#, noon()), Ok(()));
    }

    #[test]
    fn an_empty_secret_is_no_secret() {
        assert!(WebhookSecrets::new(vec![]).is_err());
        assert!(WebhookSecrets::new(vec!["whsec_a".into(), " ".into()]).is_err());
    }

    #[test]
    fn both_secrets_count_while_they_are_changed_over() {
        let old = sign(&"whsec_old".into(), b"x", noon()).unwrap();
        let new = sign(&"whsec_new".into(), b"x", noon()).unwrap();
        let both = secrets(&["whsec_new", "whsec_old"]);
        assert_eq!(both.verify(&old, b"x", noon()), Ok(()));
        assert_eq!(both.verify(&new, b"x", noon()), Ok(()));
        let two = format!("{old},v0=abc,{}", new.split_once(',').unwrap().1);
        assert_eq!(secrets(&["whsec_new"]).verify(&two, b"x", noon()), Ok(()));
        assert_eq!(secrets(&["whsec_other"]).verify(&two, b"x", noon()), Err(BadSignature::Wrong));
    }

    #[test]
    fn five_minutes_either_way_and_not_a_second_more() {
        let keys = secrets(&["whsec_a"]);
        let header = sign(&"whsec_a".into(), b"x", noon()).unwrap();
        for (seconds, verdict) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(BadSignature::Stale)),
            (-301, Err(BadSignature::Stale)),
        ] {
            assert_eq!(keys.verify(&header, b"x", noon() + TimeDelta::seconds(seconds)), verdict);
        }
    }

    #[test]
    fn malformed_headers_are_refused() {
        for header in
            ["", "t=1", "v1=00", "t=,v1=00", "t=1,v1=zz", "t=-1,v1=00", "t=1,t=2,v1=00", "t1,v1"]
        {
            assert_eq!(
                secrets(&["whsec_a"]).verify(header, b"x", noon()),
                Err(BadSignature::Malformed),
                "{header:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_believed_and_any_changed_byte_is_not(
            secret in "[!-~]{1,64}",
            body in proptest::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let keys = secrets(&[&secret]);
            let header = sign(&secret.as_str().into(), &body, noon()).unwrap();
            prop_assert_eq!(keys.verify(&header, &body, noon()), Ok(()));
            let mut forged = body.clone();
            forged[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(keys.verify(&header, &forged, noon()), Err(BadSignature::Wrong));
        }

        #[test]
        fn no_header_makes_it_panic(header in "\\PC{0,200}", body in ".{0,50}") {
            prop_assert!(secrets(&["whsec_a"]).verify(&header, body.as_bytes(), noon()).is_err());
        }
    }
}

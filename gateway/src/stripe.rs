//! An agency's account at Stripe.

use crate::call::{Answer, CallError, Method, Operation, PlannedCall};
use crate::wire::Wire;
use domain::GatewayCallId;
use secrecy::{ExposeSecret, SecretString};
use stripe_client_core::{
    CustomizedStripeRequest, RequestBuilder, StripeClient, StripeClientErr, StripeMethod,
    StripeRequest,
};

/// Where and as whom to call.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub(crate) base_url: String,
    pub(crate) secret_key: SecretString,
    pub(crate) stripe_account: Option<String>,
}

/// Why a configuration is not one of a Stripe account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCredentials {
    /// Not an https address; plain http is for a sandbox on this machine only.
    #[error("the gateway's address must start with https:// (http:// only on this machine)")]
    Insecure,
    /// Not a secret or restricted key.
    #[error("a gateway key starts with sk_test_, sk_live_, rk_test_ or rk_live_")]
    NotAKey,
    /// A key of the other mode.
    #[error("the gateway key is a {key} key, but the account is in {account} mode")]
    WrongMode {
        /// The key's mode.
        key: &'static str,
        /// The account's mode.
        account: &'static str,
    },
    /// Not an account id.
    #[error("a connected account's id starts with acct_")]
    NotAnAccount,
}

impl Credentials {
    /// Stripe's own address.
    pub const STRIPE: &'static str = "https://api.stripe.com/";

    /// Checks and keeps a configuration. `livemode` is what the agency configured: a test key in a
    /// live account and the reverse are refused.
    pub fn new(
        base_url: &str,
        secret_key: SecretString,
        stripe_account: Option<String>,
        livemode: bool,
    ) -> Result<Self, NotCredentials> {
        let rest = base_url.strip_prefix("http://").map(|rest| {
            let host = rest.split('/').next().unwrap_or_default();
            host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned()
        });
        let local = rest.is_some_and(|host| {
            matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]" | "sandbox")
        });
        if !local && !base_url.starts_with("https://") {
            return Err(NotCredentials::Insecure);
        }
        let key_is_live = match secret_key.expose_secret() {
            key if key.starts_with("sk_live_") || key.starts_with("rk_live_") => true,
            key if key.starts_with("sk_test_") || key.starts_with("rk_test_") => false,
            _ => return Err(NotCredentials::NotAKey),
        };
        if key_is_live != livemode {
            let name = |live: bool| if live { "live" } else { "test" };
            return Err(NotCredentials::WrongMode {
                key: name(key_is_live),
                account: name(livemode),
            });
        }
        if stripe_account.as_ref().is_some_and(|id| !id.starts_with("acct_")) {
            return Err(NotCredentials::NotAnAccount);
        }
        let slash = if base_url.ends_with('/') { "" } else { "/" };
        Ok(Self { base_url: format!("{base_url}{slash}"), secret_key, stripe_account })
    }
}

/// One agency's account at Stripe: plans calls, sends them, reads answers.
#[derive(Debug, Clone)]
pub struct Stripe {
    wire: Wire,
    credentials: Credentials,
}

impl Stripe {
    /// An account over shared connections.
    pub fn new(wire: Wire, credentials: Credentials) -> Self {
        Self { wire, credentials }
    }

    /// Sends a call once, byte for byte as it was planned.
    pub async fn send(&self, call: &PlannedCall) -> Result<Answer, CallError> {
        let answer = self.wire.send(&self.credentials, call).await;
        match &answer {
            Ok(done) => tracing::debug!(
                operation = call.operation.name(),
                status = done.status,
                stripe_request_id = done.request_id,
                replayed = done.replayed,
                "the gateway answered"
            ),
            Err(e) => tracing::warn!(
                operation = call.operation.name(),
                status = e.status(),
                stripe_request_id = e.request_id(),
                error = %e,
                "the gateway did not do it"
            ),
        }
        answer
    }
}

/// The generated questions of async-stripe travel over our wire.
impl StripeClient for Stripe {
    type Err = CallError;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<bytes::Bytes, CallError> {
        let (request, _) = request.into_pieces();
        let answer = self.send(&planned(Operation::Read, request, None)).await?;
        Ok(answer.body.into())
    }
}

impl StripeClientErr for CallError {
    fn deserialize_err(msg: impl std::fmt::Display) -> Self {
        Self::UnknownOutcome {
            reason: msg.to_string(),
            status: None,
            request_id: None,
            replayed: false,
            body: None,
        }
    }
}

/// The call that a generated request stands for, under the key of its row in the journal.
pub(crate) fn plan(
    operation: Operation,
    request: &impl StripeRequest,
    call: GatewayCallId,
) -> PlannedCall {
    planned(operation, request.build(), Some(key(operation, call)))
}

/// The key is made of the journal's row and nothing else: a second payment of the same amount has
/// another row, a second sending of the same call has not.
pub(crate) fn key(operation: Operation, call: GatewayCallId) -> String {
    format!("{}:{call}", operation.name())
}

fn planned(operation: Operation, request: RequestBuilder, key: Option<String>) -> PlannedCall {
    let RequestBuilder { query, body, path, method } = request;
    PlannedCall {
        operation,
        method: match method {
            StripeMethod::Get => Method::Get,
            StripeMethod::Post => Method::Post,
            StripeMethod::Delete => Method::Delete,
        },
        path: match query {
            Some(query) if !query.is_empty() => format!("{path}?{query}"),
            Some(_) | None => path,
        },
        body: body.unwrap_or_default(),
        idempotency_key: key,
    }
}

/// Reads an answer as the type that async-stripe gives to it.
pub(crate) fn read<T: miniserde::Deserialize>(answer: &Answer, what: &str) -> Result<T, CallError> {
    miniserde::json::from_str(&answer.body).map_err(|_| CallError::unreadable(answer, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(url: &str, key: &str, live: bool) -> Result<Credentials, NotCredentials> {
        Credentials::new(url, key.into(), None, live)
    }

    #[test]
    fn a_key_travels_over_tls_or_not_beyond_this_machine() {
        assert!(credentials("https://api.stripe.com", "sk_live_x", true).is_ok());
        assert!(credentials("http://127.0.0.1:4010/worlds/a/", "sk_test_x", false).is_ok());
        for url in ["http://api.stripe.com/", "http://127.0.0.1.evil.example/", "ftp://x", ""] {
            assert_eq!(
                credentials(url, "sk_test_x", false).unwrap_err(),
                NotCredentials::Insecure,
                "{url}"
            );
        }
    }

    #[test]
    fn test_keys_and_live_accounts_do_not_mix() {
        assert!(matches!(
            credentials(Credentials::STRIPE, "sk_test_x", true),
            Err(NotCredentials::WrongMode { key: "test", account: "live" })
        ));
        assert!(matches!(
            credentials(Credentials::STRIPE, "rk_live_x", false),
            Err(NotCredentials::WrongMode { .. })
        ));
        assert_eq!(
            credentials(Credentials::STRIPE, "pk_test_x", false).unwrap_err(),
            NotCredentials::NotAKey
        );
        assert!(
            !format!("{:?}", credentials(Credentials::STRIPE, "sk_test_hush", false))
                .contains("hush")
        );
    }
}

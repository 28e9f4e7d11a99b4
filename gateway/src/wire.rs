//! The wire: pooled connections, one attempt per sending, headers kept.

use crate::API_VERSION;
use crate::call::{Answer, CallError, Method, PlannedCall};
use crate::stripe::Credentials;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;

/// Connections to Stripe, shared by all agencies of a process.
#[derive(Debug, Clone)]
pub struct Wire(reqwest::Client);

/// The wire cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the connection to the payment gateway cannot be set up: {0}")]
pub struct NoWire(String);

impl Wire {
    /// A wire whose every attempt ends after `timeout`. Redirects are not followed and no proxy
    /// of the environment is used: a secret key travels here.
    pub fn new(timeout: Duration) -> Result<Self, NoWire> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| NoWire(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("quittance/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|e| NoWire(e.without_url().to_string()))
    }

    /// One attempt.
    pub(crate) async fn send(
        &self,
        credentials: &Credentials,
        call: &PlannedCall,
    ) -> Result<Answer, CallError> {
        let response = self.request(credentials, call).send().await.map_err(not_answered)?;
        let head = Head::of(&response);
        let body = response.text().await.map_err(|e| CallError::UnknownOutcome {
            reason: format!("the answer broke off: {}", e.without_url()),
            status: Some(head.status),
            request_id: head.request_id.clone(),
            replayed: head.replayed,
            body: None,
        })?;
        judge(head, body)
    }

    fn request(&self, credentials: &Credentials, call: &PlannedCall) -> reqwest::RequestBuilder {
        let url = format!("{}v1{}", credentials.base_url, call.path);
        let mut request = match call.method {
            Method::Get => self.0.get(url),
            Method::Post => self.0.post(url),
            Method::Delete => self.0.delete(url),
        }
        .bearer_auth(credentials.secret_key.expose_secret())
        .header("Stripe-Version", API_VERSION);
        if let Some(account) = &credentials.stripe_account {
            request = request.header("Stripe-Account", account);
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if call.method == Method::Post {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(call.body.clone());
        }
        request
    }
}

/// The status and headers of an answer.
struct Head {
    status: u16,
    request_id: Option<String>,
    replayed: bool,
    retry_after: Option<Duration>,
}

impl Head {
    fn of(response: &reqwest::Response) -> Self {
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let headers = response.headers();
        Self {
            status: response.status().as_u16(),
            request_id: text(headers, "request-id"),
            replayed: text(headers, "idempotent-replayed").is_some_and(|value| value == "true"),
            retry_after: text(headers, "retry-after")
                .and_then(|value| value.parse().ok())
                .map(Duration::from_secs),
        }
    }
}

fn not_answered(e: reqwest::Error) -> CallError {
    let connecting = e.is_connect() || e.is_builder();
    let timeout = e.is_timeout();
    let reason = e.without_url().to_string();
    if connecting {
        return CallError::NotSent { reason };
    }
    CallError::UnknownOutcome {
        reason: if timeout { "no answer in time".to_owned() } else { reason },
        status: None,
        request_id: None,
        replayed: false,
        body: None,
    }
}

#[derive(serde::Deserialize)]
struct ErrorBody {
    error: ErrorPart,
}

#[derive(serde::Deserialize)]
struct ErrorPart {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
}

fn judge(head: Head, body: String) -> Result<Answer, CallError> {
    let Head { status, request_id, replayed, retry_after } = head;
    if (200..300).contains(&status) {
        return Ok(Answer { status, request_id, replayed, body });
    }
    if status == 409 || status == 429 {
        return Err(CallError::Later { status, after: retry_after, request_id });
    }
    let error = serde_json::from_str::<ErrorBody>(&body).ok().map(|b| b.error);
    match error {
        Some(error) if (400..500).contains(&status) => Err(CallError::Refused {
            status,
            code: error.code.or(error.kind).unwrap_or_else(|| "unnamed".to_owned()),
            decline_code: error.decline_code,
            request_id,
            body,
        }),
        Some(_) | None => Err(CallError::UnknownOutcome {
            reason: format!("the gateway answered {status}"),
            status: Some(status),
            request_id,
            replayed,
            body: Some(body),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16) -> Head {
        Head { status, request_id: Some("req_1".into()), replayed: false, retry_after: None }
    }

    #[test]
    fn only_a_refusal_in_stripes_own_words_counts_as_one() {
        let refusal =
            r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"lost_card"}}"#;
        assert!(matches!(
            judge(head(402), refusal.into()),
            Err(CallError::Refused { status: 402, code, decline_code: Some(d), .. })
                if code == "card_declined" && d == "lost_card"
        ));
        for (status, body) in
            [(404, "<html>proxy</html>"), (500, refusal), (502, ""), (301, ""), (403, "{}")]
        {
            assert!(
                matches!(judge(head(status), body.into()), Err(CallError::UnknownOutcome { .. })),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_key_at_work_and_too_many_calls_mean_later() {
        for status in [409, 429] {
            assert!(matches!(judge(head(status), "{}".into()), Err(CallError::Later { .. })));
        }
    }
}

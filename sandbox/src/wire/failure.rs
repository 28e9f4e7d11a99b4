//! Stripe's error envelope.

use serde_json::{Map, Value, json};

use super::request::Answer;

/// A refusal, on its way to `{"error": {…}}`.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    kind: &'static str,
    code: Option<String>,
    message: String,
    param: Option<String>,
    extra: Map<String, Value>,
    /// Stored under the idempotency key. Stripe stores a result once the work began: declines and
    /// broken states, not malformed requests.
    pub(crate) kept: bool,
}

impl Failure {
    fn new(
        status: u16,
        kind: &'static str,
        code: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            code: code.map(str::to_owned),
            message: message.into(),
            param: None,
            extra: Map::new(),
            kept: false,
        }
    }

    pub(crate) fn param(mut self, name: &str) -> Self {
        self.param = Some(name.to_owned());
        self
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// 400 on a parameter that is there and wrong.
    pub(crate) fn invalid(name: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", Some("parameter_invalid"), message).param(name)
    }

    /// 400 with a code of its own.
    pub(crate) fn coded(code: &str, name: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message).param(name)
    }

    pub(crate) fn required(name: &str) -> Self {
        let message = format!("Missing required param: {name}.");
        Self::new(400, "invalid_request_error", Some("parameter_missing"), message).param(name)
    }

    pub(crate) fn unknown_parameter(name: &str) -> Self {
        let message = format!("Received unknown parameter: {name}");
        Self::new(400, "invalid_request_error", Some("parameter_unknown"), message).param(name)
    }

    /// 400 because the object is in the wrong state; stored under the key.
    pub(crate) fn state(code: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(400, "invalid_request_error", Some(code), message);
        failure.kept = true;
        failure
    }

    pub(crate) fn missing(kind: &str, id: &str) -> Self {
        let name = kind.replace('.', " ");
        let message = format!("No such {name}: '{id}'");
        let param = if kind == "customer" { "customer" } else { "id" };
        Self::new(404, "invalid_request_error", Some("resource_missing"), message).param(param)
    }

    pub(crate) fn unrecognized(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, "invalid_request_error", None, message)
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(401, "invalid_request_error", None, message)
    }

    /// 501: Stripe may know this, the sandbox does not, and it does not guess.
    pub(crate) fn unmodelled(what: &str) -> Self {
        let message = format!(
            "The sandbox does not model {what}. It answers 501 instead of guessing; real Stripe \
             may accept this."
        );
        Self::new(501, "api_error", Some("sandbox_not_modelled"), message)
    }

    pub(crate) fn api(message: &str) -> Self {
        let mut failure = Self::new(500, "api_error", None, message);
        failure.kept = true;
        failure
    }

    pub(crate) fn rate_limited() -> Self {
        let message = "Too many requests hit the API too quickly.";
        Self::new(429, "invalid_request_error", Some("rate_limit"), message)
    }

    pub(crate) fn key_reused() -> Self {
        Self::new(
            400,
            "idempotency_error",
            None,
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than this one if you meant to execute a \
             different request.",
        )
    }

    pub(crate) fn key_in_use() -> Self {
        Self::new(
            409,
            "idempotency_error",
            Some("idempotency_key_in_use"),
            "There is currently another in-progress request using this idempotency key.",
        )
    }

    /// 402: declined by the card issuer or bank.
    pub(crate) fn declined(code: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(402, "card_error", Some(code), message);
        failure.kept = true;
        failure
    }

    pub(crate) fn error(&self) -> Value {
        let mut error = self.extra.clone();
        error.insert("type".to_owned(), json!(self.kind));
        error.insert("message".to_owned(), json!(self.message));
        if let Some(code) = &self.code {
            error.insert("code".to_owned(), json!(code));
            error.insert(
                "doc_url".to_owned(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        Value::Object(error)
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "error": self.error() }))
    }
}

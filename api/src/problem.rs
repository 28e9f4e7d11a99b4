//! One shape for everything that goes wrong: `application/problem+json` (RFC 9457).
//!
//! Handlers return `Result<_, Problem>`; what a use case refuses becomes a [`Problem`] here and
//! nowhere else. The `code` is stable, the texts are for people and may improve.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;

use crate::request::Current;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request got no answer, ready to be sent.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    errors: Vec<Fault>,
    members: BTreeMap<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    asked: Option<Current>,
}

/// One fault in the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "pointer": "/name", "code": "invalid_value", "message": "Write a name of 1 to 200 characters."
}))]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    #[schema(max_length = 200)]
    pub pointer: String,
    /// Stable name of what is wrong.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$")]
    pub code: Cow<'static, str>,
    /// For a person.
    #[schema(max_length = 500)]
    pub message: String,
}

/// An error (RFC 9457). Numbers that belong to it stand beside these members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/docs/problems#not_found", "title": "Not found", "status": 404,
    "detail": "There is no such thing, or it is not yours.",
    "instance": "/v1/creditors/crdt_01kanq8zv3e8qt1wz1h5r3c9xd", "code": "not_found",
    "request_id": "01kanq8zv3e8qt1wz1h5r3c9xd"
}))]
pub struct ProblemBody<'a> {
    /// What kind of problem this is: a page about it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 200)]
    kind: String,
    /// The kind of problem in a few words.
    #[schema(max_length = 100)]
    title: String,
    /// The HTTP status, again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what can be done.
    #[schema(max_length = 2000)]
    detail: &'a str,
    /// The path that was asked for.
    #[schema(format = "uri-reference", max_length = 8000)]
    instance: &'a str,
    /// Stable name of the problem, for programs.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$")]
    code: &'a str,
    /// Name of this request in the logs; quote it when you ask for help.
    #[schema(min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9-]+$")]
    request_id: &'a str,
    /// Each fault of the request, where there is more to say.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    #[schema(max_items = 5000, required = false)]
    errors: &'a [Fault],
    #[serde(flatten)]
    #[schema(ignore)]
    members: &'a BTreeMap<String, Value>,
}

impl Problem {
    /// A problem of this status with a stable code and a text for a person.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            members: BTreeMap::new(),
            headers: Vec::new(),
            asked: None,
        }))
    }

    /// 400: the request cannot be read.
    pub fn malformed(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: no valid credentials. The text never says what was wrong with them.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Send a valid access token or API key in the Authorization header.",
        )
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 404: unknown, or another's; both read the same, byte for byte.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such thing, or it is not yours.")
    }

    /// 405: the path exists, the method does not.
    pub fn method_not_allowed(allowed: &[Method]) -> Self {
        let allow = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let detail = format!("Here you may only use: {allow}.");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        match HeaderValue::from_str(&allow) {
            Ok(value) => problem.with_header(header::ALLOW, value),
            Err(_) => problem,
        }
    }

    /// 422: well-formed, but a value does not do.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail)
    }

    /// 422 for one member of the body.
    pub fn invalid_field(
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self::invalid(message.clone()).with_fault(Fault {
            pointer: pointer.into(),
            code: Cow::Borrowed(code),
            message,
        })
    }

    /// 500: our fault. The text says nothing of the cause; the log does.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong on our side. Try again later; quote the request id if it stays.",
        )
    }

    /// Adds one fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.0.errors.push(fault);
        self
    }

    /// Adds an extension member, such as the balance that was exceeded.
    #[must_use]
    pub fn with_member(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.into(), value.into());
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Adds `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Fixes the request it belongs to, for errors that are rendered after the request is gone.
    #[must_use]
    pub fn of(mut self, asked: Current) -> Self {
        self.0.asked = Some(asked);
        self
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status.as_u16(), self.0.code, self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let asked = self.0.asked.clone().unwrap_or_else(Current::now);
        let body = ProblemBody {
            kind: format!("/docs/problems#{}", self.0.code),
            title: title(&self.0.code),
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            instance: &asked.instance,
            code: &self.0.code,
            request_id: &asked.request_id,
            errors: &self.0.errors,
            members: &self.0.members,
        };
        let mut response = HttpResponse::build(self.0.status);
        for header in &self.0.headers {
            response.append_header(header.clone());
        }
        response.content_type(MEDIA_TYPE).body(serde_json::to_string(&body).unwrap_or_default())
    }
}

/// `over_balance` reads "Over balance": the title belongs to the code, not to the occasion.
fn title(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

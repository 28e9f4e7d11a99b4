//! One HTTP request and one HTTP answer, free of any server library.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What arrived, as the routes need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: String,
    pub(crate) authorization: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) api_version: Option<String>,
}

impl Request {
    /// The path cut at its slashes, without empty pieces.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|piece| !piece.is_empty()).collect()
    }

    /// The API key out of `Bearer key` or `Basic base64(key:)`.
    pub(crate) fn api_key(&self) -> Option<String> {
        let header = self.authorization.as_deref()?;
        let (scheme, value) = header.split_once(' ')?;
        let key = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => value.trim().to_owned(),
            "basic" => {
                let bytes = crate::mailbox::eml::base64(value.trim().as_bytes());
                let text = String::from_utf8_lossy(&bytes).into_owned();
                text.split(':').next().unwrap_or_default().to_owned()
            }
            _ => return None,
        };
        (!key.is_empty()).then_some(key)
    }
}

/// What goes back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let body = serde_json::to_string_pretty(body).unwrap_or_default();
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        }
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        let headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                 frame-ancestors 'none'",
            ),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { status, headers, body }
    }

    /// `303 See Other`: the browser follows with a GET.
    pub(crate) fn see_other(location: &str) -> Self {
        let mut answer = Self::html(303, String::new());
        answer.headers.push(("location".to_owned(), location.to_owned()));
        answer
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

//! A program that calls the JSON API, for `demo --check`.

use anyhow::{Context, Result, bail};
use reqwest::{Client, RequestBuilder};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};

/// A program with an access token.
pub struct Caller {
    http: Client,
    api: String,
    token: String,
}

impl Caller {
    /// Signs in with a password.
    pub async fn sign_in(api: &str, agency: &str, email: &str, password: &str) -> Result<Self> {
        let mut caller = Self { http: Client::new(), api: api.to_owned(), token: String::new() };
        let who = json!({ "agency": agency, "email": email, "password": password });
        let grant = caller.post("/v1/tokens", &who).await?;
        let token = grant
            .get("access_token")
            .and_then(Value::as_str)
            .context("a grant has an access token")?;
        caller.token = token.to_owned();
        Ok(caller)
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value> {
        answered(path, self.http.get(format!("{}{path}", self.api)).bearer_auth(&self.token)).await
    }

    /// Writes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.api)).json(body);
        answered(path, self.signed(request)).await
    }

    /// Uploads a placement file.
    pub async fn upload(&self, creditor: &str, file_name: &str, file: &[u8]) -> Result<Value> {
        let border = Uuid::now_v7().simple().to_string();
        let mut body = format!(
            "--{border}\r\nContent-Disposition: form-data; name=\"creditor_id\"\r\n\r\n{creditor}\r\n\
             --{border}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{border}--\r\n").as_bytes());
        let path = "/v1/placements";
        let request = self
            .http
            .post(format!("{}{path}", self.api))
            .header("content-type", format!("multipart/form-data; boundary={border}"))
            .body(body);
        answered(path, self.signed(request)).await
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("idempotency-key", Uuid::now_v7().to_string());
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }
}

async fn answered(path: &str, request: RequestBuilder) -> Result<Value> {
    let answer = request.send().await.with_context(|| format!("{path} does not answer"))?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{path} answered {status}: {text}");
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

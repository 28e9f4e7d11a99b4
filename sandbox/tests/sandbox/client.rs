//! A small HTTP client and a webhook receiver, with no library that could hide the wire.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use sandbox::{Clock, Handle, Options};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A sandbox whose clock stands still, and a key.
pub struct Town {
    handle: Option<Handle>,
    pub key: &'static str,
}

impl Town {
    pub fn start() -> Self {
        let options = Options { clock: Clock::Fixed(1_790_000_000), ..Options::default() };
        Self { handle: Some(sandbox::start(options).unwrap()), key: "sk_test_town" }
    }

    pub fn with(options: Options) -> Self {
        Self { handle: Some(sandbox::start(options).unwrap()), key: "sk_test_town" }
    }

    pub async fn stop(mut self) {
        self.handle.take().unwrap().stop().await;
    }

    /// Sends raw HTTP; `None` when the connection closes without an answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let address = self.handle.as_ref().unwrap().address();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        if stream.read_to_end(&mut bytes).await.is_err() && bytes.is_empty() {
            return None;
        }
        parse(&bytes)
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let authorization = format!("Bearer {}", self.key);
        let mut headers = vec![
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        headers.extend_from_slice(extra);
        self.send(method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[], "").await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &str) -> Reply {
        self.call("POST", path, &[], body).await.unwrap()
    }

    pub async fn keyed(&self, key: &str, path: &str, body: &str) -> Option<Reply> {
        self.call("POST", path, &[("Idempotency-Key", key)], body).await
    }

    /// A command of the control plane that must succeed.
    pub async fn sim(&self, path: &str, body: Value) -> Value {
        let reply = self.send("POST", &format!("/_sim/{path}"), &[], &body.to_string()).await;
        let reply = reply.unwrap();
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }

    /// A session over 125.00 that takes cards and bank accounts but no credit cards.
    pub async fn session(&self) -> Value {
        let reply = self.post("/v1/checkout/sessions", SESSION).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    pub async fn pay(&self, session: &Value, body: Value) -> Value {
        let id = session["id"].as_str().unwrap();
        self.sim(&format!("checkout/{id}/pay"), body).await
    }

    /// Types of all events, oldest first.
    pub async fn events(&self) -> Vec<String> {
        let list = self.get("/v1/events?limit=100").await.json();
        let types = list["data"].as_array().unwrap().iter().rev();
        types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn balance(&self) -> i64 {
        let balance = self.get("/v1/balance").await.json();
        let sum = |name: &str| balance[name][0]["amount"].as_i64().unwrap();
        sum("available") + sum("pending")
    }
}

pub const SESSION: &str = "mode=payment&line_items[0][price_data][currency]=usd\
    &line_items[0][price_data][unit_amount]=12500\
    &line_items[0][price_data][product_data][name]=Account+payment+%3CQ-1%3E\
    &line_items[0][quantity]=1&client_reference_id=pay_1&metadata[payment]=pay_1\
    &payment_intent_data[metadata][payment]=pay_1\
    &allowed_payment_method_types[0]=card&allowed_payment_method_types[1]=us_bank_account\
    &payment_method_options[card][restrictions][funding_types_blocked][0]=credit\
    &success_url=http://127.0.0.1:9/back?s={CHECKOUT_SESSION_ID}\
    &cancel_url=http://127.0.0.1:9/cancel";

fn parse(bytes: &[u8]) -> Option<Reply> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Some(Reply { status, headers, text: body.to_owned() })
}

/// One delivery as it arrived.
#[derive(Clone)]
pub struct Arrived {
    pub signature: String,
    pub body: String,
}

impl Arrived {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }
}

/// A webhook receiver that answers with the statuses given, 200 afterwards.
pub struct Receiver {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    pub async fn listen(mut statuses: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = arrived.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let mut chunk = [0_u8; 4096];
                let reply = loop {
                    let read = stream.read(&mut chunk).await.unwrap();
                    bytes.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let header = |name: &str| {
                        let line = head.lines().find(|line| line.starts_with(name)).unwrap();
                        line.split_once(": ").unwrap().1.to_owned()
                    };
                    if body.len() == header("Content-Length").parse::<usize>().unwrap() {
                        let signature = header("Stripe-Signature");
                        break Arrived { signature, body: body.to_owned() };
                    }
                };
                kept.lock().unwrap().push(reply);
                let status = if statuses.is_empty() { 200 } else { statuses.remove(0) };
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, arrived }
    }

    /// Registers itself for everything and returns the signing secret.
    pub async fn subscribe(&self, town: &Town) -> String {
        let body = format!("url={}&enabled_events[]=*&api_version=2026-09-30.endive", self.url);
        let endpoint = town.post("/v1/webhook_endpoints", &body).await.json();
        endpoint["secret"].as_str().unwrap().to_owned()
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.arrived().iter().map(Arrived::kind).collect()
    }
}

pub fn none() -> Value {
    json!({})
}

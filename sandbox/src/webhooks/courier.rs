//! Carries deliveries over HTTP/1.1 to loopback addresses, nowhere else.

use std::{collections::HashMap, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

use super::Parcel;
use crate::server::Shared;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers what is due (`all`: whatever waits). Endpoints in parallel, each in order. Returns the
/// number of attempts.
pub(crate) async fn deliver(shared: &Shared, all: bool) -> usize {
    let parcels = {
        let mut state = shared.lock();
        let now = state.calendar.now();
        state.post.collect(now, all)
    };
    let attempts = parcels.len();
    let mut routes: HashMap<String, Vec<Parcel>> = HashMap::new();
    for parcel in parcels {
        routes.entry(parcel.url.clone()).or_default().push(parcel);
    }
    let mut walks = JoinSet::new();
    for parcels in routes.into_values() {
        let shared = shared.clone();
        walks.spawn(async move {
            for parcel in parcels {
                let sent = timeout(PATIENCE, post(&parcel)).await;
                let result = sent.unwrap_or_else(|_| Err("no answer in 10 s".to_owned()));
                record(&shared, parcel.number, &result);
            }
        });
    }
    while walks.join_next().await.is_some() {}
    attempts
}

/// Delivers until nothing that is due is left and nothing is on the road.
pub(crate) async fn flush(shared: &Shared, all: bool) -> usize {
    shared.lock().post.release();
    let mut attempts: usize = 0;
    // Retries of a receiver that keeps failing fall due again under `all`: one round of those.
    for round in 0..1_000 {
        let made = deliver(shared, all && round == 0).await;
        attempts = attempts.saturating_add(made);
        if made == 0 && !shared.lock().post.sending() {
            break;
        }
        if made == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    attempts
}

fn record(shared: &Shared, number: u64, result: &Result<u16, String>) {
    let mut state = shared.lock();
    let now = state.calendar.now();
    state.changed = true;
    if let Err(error) = result {
        tracing::debug!(number, error, "a webhook could not be delivered");
    }
    let Some((world, event)) = state.post.record(number, result, now) else { return };
    let desk = state.desk(&world);
    let left = desk.read(&event)["pending_webhooks"].as_i64().unwrap_or_default();
    desk.world.patch(&event, &json!({"pending_webhooks": left.saturating_sub(1).max(0)}));
}

async fn post(parcel: &Parcel) -> Result<u16, String> {
    let rest = parcel
        .url
        .strip_prefix("http://")
        .ok_or("the sandbox delivers to http:// on loopback only")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    // `agency.localhost` is this machine (RFC 6761 6.3), though not every resolver knows.
    let name = host.split(':').next().unwrap_or_default();
    let local = name == "localhost" || name.ends_with(".localhost");
    let host_here = host.replacen(name, "127.0.0.1", 1);
    let reached = if local { host_here.as_str() } else { host };
    let address = if reached.contains(':') { reached.to_owned() } else { format!("{reached}:80") };
    let mut found = tokio::net::lookup_host(&address).await.map_err(|error| error.to_string())?;
    let address = found
        .find(|address| address.ip().is_loopback())
        .ok_or("the sandbox delivers to loopback addresses only")?;
    let mut stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Stripe/1.0 (sandbox)\r\n\
         Accept: */*\r\nContent-Type: application/json; charset=utf-8\r\n\
         Stripe-Signature: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        parcel.signature,
        parcel.body.len(),
        parcel.body
    );
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    status(&mut stream).await
}

/// The status code of `HTTP/1.1 200 OK`.
async fn status(stream: &mut TcpStream) -> Result<u16, String> {
    let mut head = Vec::new();
    let mut chunk = [0_u8; 512];
    while !head.contains(&b'\n') {
        let read = stream.read(&mut chunk).await.map_err(|error| error.to_string())?;
        if read == 0 {
            return Err("the receiver closed the connection without an answer".to_owned());
        }
        head.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
    let line = String::from_utf8_lossy(&head);
    let code = line.split_whitespace().nth(1).and_then(|code| code.parse().ok());
    code.ok_or_else(|| "the receiver did not answer in HTTP".to_owned())
}

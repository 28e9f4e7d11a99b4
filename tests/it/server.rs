//! The commands of a server, run as an operator runs them.

use crate::world;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Any Ed25519 key: this one signs for this test alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn quittance() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    for (name, _) in
        std::env::vars().filter(|(n, _)| n.starts_with("QUITTANCE_") || n.starts_with("DATABASE_"))
    {
        command.env_remove(name);
    }
    command
}

fn configured() -> Command {
    let mut command = quittance();
    command
        .env("DATABASE_URL", world::database_url("quittance_agency"))
        .env("QUITTANCE_KEK", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .env("QUITTANCE_JWT_KEY", KEY)
        .env("QUITTANCE_PUBLIC_API_URL", "https://api.example.com")
        .env("QUITTANCE_MAIL", "file:///tmp")
        .env("QUITTANCE_API_BIND", "127.0.0.1:0")
        .env("QUITTANCE_ADMIN_BIND", "127.0.0.1:0")
        .env("QUITTANCE_DRAIN_SECONDS", "2");
    command
}

/// A server that runs, with the addresses from its log.
struct Running {
    process: Child,
    api: String,
    admin: String,
}

fn start() -> Running {
    world::run(async {});
    let mut process = configured().arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let (mut api, mut admin) = (None, None);
    while api.is_none() || admin.is_none() {
        let line: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let address = line["address"].as_str().map(|address| format!("http://{address}"));
        match line["kind"].as_str() {
            Some("api") => api = address,
            Some("admin") => admin = address,
            _ => {}
        }
    }
    std::thread::spawn(move || lines.for_each(drop));
    Running { process, api: api.unwrap(), admin: admin.unwrap() }
}

fn tell_to_stop(process: &Child) {
    let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(told.success());
}

async fn status(url: &str) -> u16 {
    reqwest::get(url).await.map_or(0, |answer| answer.status().as_u16())
}

#[test]
fn a_wrong_configuration_is_told_whole_and_ends_with_78() {
    let mut process = quittance().arg("serve").stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(78));
    for name in ["DATABASE_URL", "QUITTANCE_KEK", "QUITTANCE_JWT_KEY", "QUITTANCE_MAIL"] {
        assert!(said.contains(name), "{name} is not mentioned: {said}");
    }
}

#[test]
fn a_server_refuses_to_start_on_a_schema_that_is_behind() {
    world::run(async {});
    let bare = world::bare_database_url();
    let done = configured().env("DATABASE_URL_SYSTEM", bare).arg("serve").output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("quittance migrate"), "{said}");
}

#[test]
fn a_server_that_is_told_to_stop_drops_no_request() {
    let mut server = start();
    let (api, admin) = (server.api.clone(), server.admin.clone());
    world::run(async move {
        let _ = rustls::crypto::ring::default_provider().install_default();
        assert_eq!(status(&format!("{admin}/livez")).await, 200);
        assert_eq!(status(&format!("{admin}/readyz")).await, 200);
        let metrics = reqwest::get(format!("{admin}/metrics")).await.unwrap().text().await.unwrap();
        assert!(metrics.contains("build_info"), "{metrics}");

        // A router asks whether the server is ready, and sends requests only as long as it is.
        let ready = Arc::new(AtomicBool::new(true));
        let answered = Arc::new(AtomicUsize::new(0));
        let mut callers = Vec::new();
        for _ in 0..8 {
            let (ready, answered) = (Arc::clone(&ready), Arc::clone(&answered));
            let url = format!("{api}/v1/creditors");
            callers.push(tokio::spawn(async move {
                let client = reqwest::Client::new();
                while ready.load(Ordering::SeqCst) {
                    let answer = client.get(&url).send().await.expect("a request was dropped");
                    // Nobody is signed in, and soon it is too much for a stranger.
                    assert!([401, 429].contains(&answer.status().as_u16()));
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        tell_to_stop(&server.process);
        while status(&format!("{admin}/readyz")).await != 503 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Who is still connected is asked to leave, but served.
        let late =
            reqwest::get(format!("{api}/v1/creditors")).await.expect("served while draining");
        assert_eq!(late.headers()["connection"], "close");
        tokio::time::sleep(Duration::from_millis(300)).await;
        ready.store(false, Ordering::SeqCst);
        for caller in callers {
            caller.await.unwrap();
        }
        assert!(answered.load(Ordering::Relaxed) > 100);
        let patience = Instant::now() + Duration::from_secs(30);
        let code = loop {
            if let Some(status) = server.process.try_wait().unwrap() {
                break status.code();
            }
            assert!(Instant::now() < patience, "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(code, Some(0));
    });
}

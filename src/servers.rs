//! Listening, and leaving without dropping a request.
//!
//! On a signal to stop, a server answers 503 on `/readyz` and closes every connection with its next
//! answer, until the load balancer has had time to notice. Only then it stops accepting, and
//! finishes what is running.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::telemetry::health::Draining;
use crate::telemetry::requests::{Site, observe};

/// How long requests that are running at the end may still take, in seconds.
const LAST_REQUESTS: u64 = 25;

/// How long a connection may stay open without a request. Shorter than the drain, so that no idle
/// connection is left when accepting stops.
const IDLE: Duration = Duration::from_secs(5);

/// Servers that run until they are told to stop.
#[derive(Default)]
pub struct Servers {
    draining: Draining,
    handles: Vec<ServerHandle>,
}

impl Servers {
    /// Whether these servers are on their way out.
    #[must_use]
    pub fn draining(&self) -> &Draining {
        &self.draining
    }

    /// Serves `configure`'s routes on every one of `listeners`.
    ///
    /// # Errors
    /// When a listener cannot be used.
    pub fn open<C>(&mut self, site: Site, listeners: Vec<TcpListener>, configure: C) -> Result<()>
    where
        C: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        if listeners.is_empty() {
            return Ok(());
        }
        let draining = Data::new(self.draining.clone());
        let factory = move || {
            App::new()
                .app_data(draining.clone())
                .app_data(Data::new(site))
                .wrap(from_fn(observe))
                .configure(configure.clone())
        };
        let mut server = HttpServer::new(factory)
            .disable_signals()
            .keep_alive(IDLE)
            .client_request_timeout(Duration::from_secs(15))
            .shutdown_timeout(LAST_REQUESTS);
        for listener in listeners {
            let address = listener.local_addr()?;
            server = server.listen(listener)?;
            tracing::info!(kind = site.0, address = %address, "listening");
        }
        self.keep(server.run());
        Ok(())
    }

    fn keep(&mut self, server: Server) {
        self.handles.push(server.handle());
        tokio::spawn(server);
    }

    /// Stops them: `drain` of answering while leaving, then no new connections, then the end of
    /// the last request.
    pub async fn stop(self, drain: Duration) {
        self.draining.begin();
        tokio::time::sleep(drain).await;
        futures_util::future::join_all(self.handles.iter().map(|handle| handle.stop(true))).await;
    }
}

/// Takes the addresses, so that a wrong or busy one fails before anything runs.
///
/// # Errors
/// Which address cannot be had.
pub fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    addresses
        .iter()
        .map(|address| {
            TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))
        })
        .collect()
}

/// Waits for SIGTERM or Ctrl-C. A second one ends the process on the spot.
///
/// # Errors
/// When signals cannot be received.
pub fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (tell, told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut either = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        either().await;
        let _ = tell.send(());
        either().await;
        std::process::exit(130);
    });
    Ok(async move {
        let _ = told.await;
    })
}

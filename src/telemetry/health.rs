//! The admin listener: `/livez` (the process answers), `/readyz` (it can serve), `/metrics`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Whether this server is on its way out.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on `/readyz` answers 503 and every answer closes its connection.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether [`Draining::begin`] was called.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// An answer to "can it serve?", with the reason if not.
pub type Verdict = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// What the admin listener answers from.
#[derive(Clone)]
pub struct Health {
    /// Set while the server stops.
    pub draining: Draining,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Whether the database answers and its schema is the one this binary was built for; the
    /// reason if not.
    pub ready: Arc<dyn Fn() -> Verdict + Send + Sync>,
}

/// Collects metrics from now on.
///
/// # Errors
/// When another recorder is installed already.
pub fn collect_metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)?
        .install_recorder()?;
    metrics::gauge!("build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// The routes of the admin listener.
pub fn configure(health: Health) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static {
    let health = Data::new(health);
    move |app| {
        app.app_data(health.clone())
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(render_metrics));
    }
}

async fn livez() -> impl Responder {
    "alive\n"
}

async fn readyz(health: Data<Health>) -> HttpResponse {
    if health.draining.is_on() {
        return HttpResponse::ServiceUnavailable().body("draining\n");
    }
    match (health.ready)().await {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(reason) => HttpResponse::ServiceUnavailable().body(format!("{reason}\n")),
    }
}

async fn render_metrics(health: Data<Health>) -> impl Responder {
    health.metrics.run_upkeep();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(health.metrics.render())
}

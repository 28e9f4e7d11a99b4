//! One log line and one measurement per request, for every listener.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::health::Draining;

/// Which listener a request came in by: the `site` label of the metrics.
#[derive(Debug, Clone, Copy)]
pub struct Site(pub &'static str);

/// Logs and measures a request; on a server that is stopping, also asks the client to leave.
///
/// actix keeps serving connections that are kept alive after a signal (actix-web 929), so closing
/// them is up to the answers.
///
/// # Errors
/// What the handler returned.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let draining = request.app_data::<Data<Draining>>().is_some_and(|draining| draining.is_on());
    let site = request.app_data::<Data<Site>>().map_or("", |site| site.0);
    let method = request.method().as_str().to_owned();
    let mut response = next.call(request).await?;
    if draining {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    // The pattern, not the path: ids would make a label each, and paths may carry secrets.
    let route = response.request().match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let status = response.status().as_u16();
    let request_id = response
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let taken = started.elapsed();
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "site" => site, "method" => method.clone(), "route" => route.clone(),
        "status" => status.to_string()
    )
    .record(taken.as_secs_f64());
    if site == "admin" {
        // A probe every few seconds would bury everything else.
        return Ok(response);
    }
    let ms = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(kind = site, method, route, status, ms, request_id, "request answered");
    Ok(response)
}

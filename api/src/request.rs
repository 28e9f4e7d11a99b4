//! What every request gets before a handler sees it: an id, a guard against panics, safe headers.

use std::any::Any;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use futures_util::FutureExt;

use service::{App, audit};

use crate::docs::PAGE_POLICY;
use crate::problem::Problem;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a problem says of the request it belongs to.
#[derive(Debug, Clone)]
pub struct Current {
    /// The id in the logs, in the audit trail and in the response.
    pub request_id: String,
    /// The path that was asked for, without its query.
    pub instance: String,
}

tokio::task_local! {
    static CURRENT: Current;
}

impl Current {
    /// The request that this task serves.
    pub fn now() -> Self {
        CURRENT.try_with(Clone::clone).unwrap_or_else(|_| Self {
            request_id: "00000000".to_owned(),
            instance: "/".to_owned(),
        })
    }
}

/// Which peers may say on whose behalf they call (`X-Forwarded-For`). Nobody, unless configured.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpAddr>);

/// The address of whoever called: the peer, or what a trusted proxy says of it.
pub fn client_address(req: &HttpRequest) -> IpAddr {
    let peer = req.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |address| address.ip());
    let Some(proxies) = req.app_data::<web::Data<TrustedProxies>>() else { return peer };
    if !proxies.0.contains(&peer) {
        return peer;
    }
    let forwarded =
        req.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let mut hops: Vec<IpAddr> = forwarded
        .flat_map(|line| line.split(','))
        .filter_map(|hop| hop.trim().parse().ok())
        .collect();
    while let Some(hop) = hops.pop() {
        if !proxies.0.contains(&hop) {
            return hop;
        }
    }
    peer
}

/// The outermost layer of the API: names the request, turns panics and stray errors into problems,
/// sets the headers that every answer carries.
///
/// # Errors
/// A panic of the handler, as a [`Problem`].
pub async fn frame(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let asked = Current {
        request_id: accepted_id(req.headers()).unwrap_or_else(fresh_id),
        instance: req.path().to_owned(),
    };
    let work = AssertUnwindSafe(next.call(req)).catch_unwind();
    let traced = audit::REQUEST_ID.scope(asked.request_id.clone(), work);
    let answered = CURRENT.scope(asked.clone(), traced).await;
    match answered {
        Ok(Ok(mut response)) => {
            if let Some(origin) = origin(response.request()) {
                response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
            if asked.instance.starts_with("/docs") {
                let policy = HeaderValue::from_static(PAGE_POLICY);
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            dress(response.headers_mut(), &asked.request_id);
            Ok(response)
        }
        Ok(Err(error)) => Err(refit(&error, asked)),
        Err(panic) => {
            tracing::error!(request_id = asked.request_id, "handler panicked: {}", words(&*panic));
            Err(refit(&Problem::internal().into(), asked))
        }
    }
}

/// The API's own origin: scripts of other origins get no access.
fn origin(req: &HttpRequest) -> Option<HeaderValue> {
    let app = req.app_data::<web::Data<App>>()?;
    HeaderValue::from_str(&app.settings().public_api_url).ok()
}

/// An error that left the handler without an answer, as a problem that knows its request.
fn refit(error: &Error, asked: Current) -> Error {
    let problem = error.as_error::<Problem>().cloned().unwrap_or_else(|| {
        let status = error.as_response_error().status_code();
        if status.is_client_error() {
            Problem::new(status, "bad_request", "The request cannot be answered as it is.")
        } else {
            Problem::internal()
        }
    });
    let mut headers = HeaderMap::new();
    dress(&mut headers, &asked.request_id);
    headers
        .into_iter()
        .fold(problem.of(asked), |p, (name, value)| p.with_header(name, value))
        .into()
}

/// An id that the caller chose, if it is one we can carry through logs.
fn accepted_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits =
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fits.then(|| id.to_owned())
}

fn fresh_id() -> String {
    domain::base32::encode_u128(uuid::Uuid::now_v7().as_u128())
}

/// Headers of every answer: its name, and that it is not to be stored, sniffed, framed or referred.
fn dress(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    ];
    for (name, value) in fixed {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

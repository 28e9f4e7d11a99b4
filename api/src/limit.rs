//! Rate limits: by address before anybody is known, by principal afterwards, in classes. They keep
//! one caller from starving others; guesses at passwords and codes are counted in the database.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::problem::Problem;
use crate::request::client_address;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How much one caller may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// Requests a second from one address, whoever is behind it.
    pub address: NonZeroU32,
    /// Sign-ins and refreshes a minute from one address.
    pub sign_in: NonZeroU32,
    /// Reads a second by one user or key.
    pub read: NonZeroU32,
    /// Writes a second by one user or key.
    pub write: NonZeroU32,
}

impl Default for Quotas {
    fn default() -> Self {
        let most = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self { address: most(300), sign_in: most(60), read: most(100), write: most(50) }
    }
}

impl Quotas {
    /// Practically none, for tests that are not about limits.
    pub fn generous() -> Self {
        let most = NonZeroU32::new(1_000_000).unwrap_or(NonZeroU32::MIN);
        Self { address: most, sign_in: most, read: most, write: most }
    }
}

/// The counters of one process, shared by its workers.
pub struct Limits {
    address: Class<IpAddr>,
    sign_in: Class<IpAddr>,
    read: Class<Uuid>,
    write: Class<Uuid>,
}

struct Class<K: std::hash::Hash + Eq + Clone> {
    name: &'static str,
    quota: Quota,
    window: Duration,
    counters: Keyed<K>,
}

/// What a caller has left, for the headers of the answer.
#[derive(Debug, Clone, Copy)]
struct Left {
    class: &'static str,
    quota: u32,
    window: u64,
    remaining: u32,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl<K: std::hash::Hash + Eq + Clone> Class<K> {
    fn new(name: &'static str, quota: Quota, window: Duration) -> Self {
        let counters = RateLimiter::dashmap(quota).with_middleware();
        Self { name, quota, window, counters }
    }

    fn count(&self, key: &K) -> Result<Left, Problem> {
        match self.counters.check_key(key) {
            Ok(state) => Ok(self.left(state.remaining_burst_capacity())),
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(self.exhausted(wait.as_secs().saturating_add(1)))
            }
        }
    }

    fn left(&self, remaining: u32) -> Left {
        let (quota, window) = (self.quota.burst_size().get(), self.window.as_secs());
        Left { class: self.name, quota, window, remaining }
    }

    fn exhausted(&self, wait: u64) -> Problem {
        let problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            format!("Too many requests of the class \"{}\"; wait {wait} s.", self.name),
        );
        metrics::counter!("api_rate_limited_total", "class" => self.name).increment(1);
        headers(self.left(0), wait)
            .into_iter()
            .fold(problem, |problem, (name, value)| problem.with_header(name, value))
            .retry_after(wait)
    }
}

impl Limits {
    /// Counters that start empty.
    pub fn new(quotas: Quotas) -> Self {
        let second = Duration::from_secs(1);
        Self {
            address: Class::new("address", Quota::per_second(quotas.address), second),
            sign_in: Class::new(
                "sign_in",
                Quota::per_minute(quotas.sign_in),
                Duration::from_secs(60),
            ),
            read: Class::new("read", Quota::per_second(quotas.read), second),
            write: Class::new("write", Quota::per_second(quotas.write), second),
        }
    }

    /// Counts a request of a known user or key.
    ///
    /// # Errors
    /// 429 with `Retry-After` when the principal has used up its quota.
    pub fn count_principal(&self, req: &HttpRequest, principal: Uuid) -> Result<(), Problem> {
        let reads = matches!(*req.method(), Method::GET | Method::HEAD);
        let class = if reads { &self.read } else { &self.write };
        let left = class.count(&principal)?;
        req.extensions_mut().insert(left);
        Ok(())
    }
}

/// Counts a sign-in of this address; an argument of every handler that takes a secret from a
/// stranger.
#[derive(Debug, Clone, Copy)]
pub struct SignInGate;

impl FromRequest for SignInGate {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(limits) = req.app_data::<web::Data<Limits>>() else {
            return ready(Err(Problem::internal()));
        };
        ready(limits.sign_in.count(&network(client_address(req))).map(|left| {
            req.extensions_mut().insert(left);
            Self
        }))
    }
}

/// Counts the address, and writes what is left into the headers of the answer.
///
/// # Errors
/// Those of the layers below.
pub async fn meter(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let counted = match req.app_data::<web::Data<Limits>>() {
        Some(limits) => limits.address.count(&network(client_address(req.request()))),
        None => Err(Problem::internal()),
    };
    let left = match counted {
        Ok(left) => left,
        Err(problem) => {
            return Ok(req.into_response(problem.error_response()).map_into_right_body());
        }
    };
    let mut response = next.call(req).await?;
    let left = response.request().extensions().get::<Left>().copied().unwrap_or(left);
    if !response.headers().contains_key(RATE_LIMIT) {
        for (name, value) in headers(left, left.window) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response.map_into_left_body())
}

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
fn headers(left: Left, reset: u64) -> HeaderMap {
    let Left { class, quota, window, remaining } = left;
    let mut headers = HeaderMap::new();
    let texts = [
        (RATE_LIMIT_POLICY, format!("\"{class}\";q={quota};w={window}")),
        (RATE_LIMIT, format!("\"{class}\";r={remaining};t={reset}")),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    headers
}

/// One household is one caller: an IPv6 address counts by its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let high = v6.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(high.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_caller() {
        let one: IpAddr = "2001:db8:1:2:aaaa::1".parse().unwrap();
        let two: IpAddr = "2001:db8:1:2:bbbb::2".parse().unwrap();
        let other: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert_eq!(network(one), network(two));
        assert_ne!(network(one), network(other));
    }

    #[test]
    fn the_quota_runs_out_for_one_and_not_for_another() {
        let three = NonZeroU32::new(3).unwrap();
        let class = Class::new("read", Quota::per_minute(three), Duration::from_secs(60));
        for left in [2, 1, 0] {
            assert_eq!(class.count(&1).unwrap().remaining, left);
        }
        assert_eq!(class.count(&1).unwrap_err().code(), "rate_limited");
        assert!(class.count(&2).is_ok());
    }
}

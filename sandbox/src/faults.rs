//! Faults of the API, planted by the control plane.

use serde::{Deserialize, Serialize};

use crate::wire::request::Request;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Nothing is done; the connection hangs, then closes.
    TimeoutBefore,
    /// Everything is done; the connection closes without an answer.
    LostResponse,
    /// Nothing is done; 500.
    #[serde(rename = "error_500")]
    Error500,
    /// Everything is done; 500, and the 500 is what the idempotency key remembers.
    #[serde(rename = "stored_500")]
    Stored500,
    /// Nothing is done; 429 with `Retry-After`.
    RateLimited,
    /// Everything is done; half of the answer arrives.
    TruncatedJson,
    /// Everything is done; a proxy's 502 page arrives.
    BadGateway,
    /// Everything is done, late.
    Slow,
}

/// A rule: which requests, and what happens to them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(default)]
    pub(crate) id: u64,
    pub(crate) kind: FaultKind,
    #[serde(default)]
    method: Option<String>,
    /// Start of the path, e.g. `/v1/refunds`.
    #[serde(default)]
    path: Option<String>,
    /// Only requests with this `Stripe-Account`.
    #[serde(default)]
    account: Option<String>,
    /// Only requests with this API key.
    #[serde(default)]
    key: Option<String>,
    /// Strikes this matching request, counted from 1, once. 1 when `every` is absent too.
    #[serde(default)]
    nth: Option<u64>,
    /// Strikes each so-many-th matching request.
    #[serde(default)]
    every: Option<u64>,
    /// How long `timeout_before` and `slow` take; 30 s and 1 s when absent.
    #[serde(default)]
    pub(crate) millis: Option<u64>,
    /// The `Retry-After` of `rate_limited`, in seconds; 1 when absent.
    #[serde(default)]
    pub(crate) retry_after: Option<u64>,
    /// Matching requests so far, and how many of them were struck.
    #[serde(default)]
    seen: u64,
    #[serde(default)]
    struck: u64,
}

impl Fault {
    fn matches(&self, request: &Request) -> bool {
        let is = |wanted: &Option<String>, got: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| got == Some(wanted))
        };
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|path| request.path.starts_with(path))
            && is(&self.account, request.account.as_deref())
            && is(&self.key, request.api_key().as_deref())
    }

    fn counts(&mut self) -> bool {
        self.seen = self.seen.saturating_add(1);
        let strikes = match (self.nth, self.every) {
            (Some(nth), _) => self.seen == nth,
            (None, Some(every)) => self.seen.checked_rem(every) == Some(0),
            (None, None) => self.seen == 1,
        };
        self.struck = self.struck.saturating_add(u64::from(strikes));
        strikes
    }
}

/// All rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) rules: Vec<Fault>,
    next: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) -> u64 {
        self.next = self.next.saturating_add(1);
        fault.id = self.next;
        self.rules.push(fault);
        self.next
    }

    /// The fault that strikes this request. All matching rules count it; the first one wins.
    pub(crate) fn strike(&mut self, request: &Request) -> Option<Fault> {
        let matching = self.rules.iter_mut().filter(|fault| fault.matches(request));
        let struck: Vec<Fault> =
            matching.filter_map(|fault| fault.counts().then(|| fault.clone())).collect();
        struck.into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    fn post(path: &str) -> Request {
        Request { method: "POST".to_owned(), path: path.to_owned(), ..Request::default() }
    }

    #[test]
    fn the_second_refund_is_lost_and_no_other() {
        let mut faults = Faults::default();
        faults.add(rule(r#"{"kind":"lost_response","path":"/v1/refunds","nth":2}"#));
        let mut struck = |path: &str| faults.strike(&post(path)).is_some();
        assert!(!struck("/v1/refunds"));
        assert!(!struck("/v1/customers"));
        assert!(struck("/v1/refunds"));
        assert!(!struck("/v1/refunds"));
    }

    #[test]
    fn every_third_request_fails() {
        let mut faults = Faults::default();
        faults.add(rule(r#"{"kind":"error_500","method":"post","every":3}"#));
        let struck = (1..=6).filter(|_| faults.strike(&post("/v1/customers")).is_some()).count();
        assert_eq!(struck, 2);
    }
}

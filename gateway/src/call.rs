//! One call to the gateway: what is written down before it, and what came of it.

use std::fmt;
use std::time::Duration;

/// What a call does; the first part of its idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Create a customer.
    CustomerCreate,
    /// Open a payment page.
    CheckoutCreate,
    /// Close a payment page.
    CheckoutExpire,
    /// Give money back.
    RefundCreate,
    /// Subscribe to events.
    WebhookEndpointCreate,
    /// Ask, changing nothing.
    Read,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 6] = [
        Self::CustomerCreate,
        Self::CheckoutCreate,
        Self::CheckoutExpire,
        Self::RefundCreate,
        Self::WebhookEndpointCreate,
        Self::Read,
    ];

    /// The name in the journal and in idempotency keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerCreate => "customer_create",
            Self::CheckoutCreate => "checkout_create",
            Self::CheckoutExpire => "checkout_expire",
            Self::RefundCreate => "refund_create",
            Self::WebhookEndpointCreate => "webhook_endpoint_create",
            Self::Read => "read",
        }
    }

    /// Reads a name of the journal.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// The HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Ask.
    Get,
    /// Change.
    Post,
    /// Remove.
    Delete,
}

impl Method {
    /// The name in the journal and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a name of the journal.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Delete].into_iter().find(|method| method.name() == name)
    }
}

/// A call as it will be sent, to the byte. Write it down before sending it; send exactly this
/// again when the outcome of the first sending is unknown.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// What it does.
    pub operation: Operation,
    /// HTTP method.
    pub method: Method,
    /// Path and query below the version, such as `/checkout/sessions`.
    pub path: String,
    /// Form-encoded body; empty when there is none.
    pub body: String,
    /// The key under which Stripe does it once; none for a question.
    pub idempotency_key: Option<String>,
}

impl fmt::Debug for PlannedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlannedCall")
            .field("operation", &self.operation.name())
            .field("idempotency_key", &self.idempotency_key)
            .finish_non_exhaustive()
    }
}

/// A successful answer of Stripe.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, 200 to 299.
    pub status: u16,
    /// Stripe's id of the request, for its log and its support.
    pub request_id: Option<String>,
    /// Whether Stripe had done it before and repeated its first answer.
    pub replayed: bool,
    /// The body as it came.
    pub body: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("replayed", &self.replayed)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer that says it was done. The variants tell apart what may be done next.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing reached Stripe. The same call may be sent again.
    #[error("the payment gateway could not be reached: {reason}")]
    NotSent {
        /// The error of the network, without address or secret.
        reason: String,
    },
    /// Stripe refused; nothing was done and the same call would be refused again.
    #[error("the payment gateway refused the call ({status}, {code})")]
    Refused {
        /// HTTP status, 400 to 499.
        status: u16,
        /// Stripe's error code, or its error type when there is no code.
        code: String,
        /// The bank's reason for declining, where there is one.
        decline_code: Option<String>,
        /// Stripe's id of the request.
        request_id: Option<String>,
        /// The body as it came.
        body: String,
    },
    /// Stripe asks to come back later; nothing was done by this sending.
    #[error("the payment gateway asks to try again later")]
    Later {
        /// HTTP status: 409 while the same key is at work, 429 when there were too many calls.
        status: u16,
        /// How long Stripe asks to wait, where it says.
        after: Option<Duration>,
        /// Stripe's id of the request.
        request_id: Option<String>,
    },
    /// Nobody knows whether it was done: a timeout, a lost connection, a 5xx, or an answer that
    /// cannot be read. Never to be taken for failed; send the same call again, or look.
    #[error("the outcome of the call to the payment gateway is unknown: {reason}")]
    UnknownOutcome {
        /// What happened, without secrets.
        reason: String,
        /// HTTP status, where one came.
        status: Option<u16>,
        /// Stripe's id of the request.
        request_id: Option<String>,
        /// Whether Stripe repeated an earlier answer: a stored 5xx never changes, so look.
        replayed: bool,
        /// The body as it came, where one came.
        body: Option<String>,
    },
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError")
            .field("what", &self.to_string())
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

impl CallError {
    /// The HTTP status, where one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::NotSent { .. } => None,
            Self::Refused { status, .. } | Self::Later { status, .. } => Some(*status),
            Self::UnknownOutcome { status, .. } => *status,
        }
    }

    /// Stripe's id of the request, where one came.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::NotSent { .. } => None,
            Self::Refused { request_id, .. }
            | Self::Later { request_id, .. }
            | Self::UnknownOutcome { request_id, .. } => request_id.as_deref(),
        }
    }

    /// The body, where one came, for the journal.
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::NotSent { .. } | Self::Later { .. } => None,
            Self::Refused { body, .. } => Some(body),
            Self::UnknownOutcome { body, .. } => body.as_deref(),
        }
    }

    /// Whether the thing that was asked for does not exist at Stripe.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => *status == 404 || code == "resource_missing",
            Self::NotSent { .. } | Self::Later { .. } | Self::UnknownOutcome { .. } => false,
        }
    }

    pub(crate) fn unreadable(answer: &Answer, what: &str) -> Self {
        Self::UnknownOutcome {
            reason: format!("the answer cannot be read as {what}"),
            status: Some(answer.status),
            request_id: answer.request_id.clone(),
            replayed: answer.replayed,
            body: Some(answer.body.clone()),
        }
    }
}

//! The payment gateway: our own vocabulary and its Stripe implementation.
//!
//! This is the only crate that knows `async-stripe`, of which it takes the generated requests and
//! answers and none of the transport: calls go through a `StripeClient` of our own
//! ([`Stripe`]), because a call that moves money must be written down before it is sent,
//! sent again byte for byte after a crash, and never be taken for failed when nobody knows.
//!
//! A call that changes something has three steps, the first and the last of which the caller
//! commits: `plan_*` gives a [`PlannedCall`] to write down, [`Stripe::send`] gives an [`Answer`]
//! to write down, `read_*` returns what the answer means. A call that only asks is one step.
//!
//! Stripe gets: opaque ids, an amount, a neutral product name. No name, no address, no
//! account number, no word about a debt: metadata, descriptions and keys are seen by third parties
//! (15 USC 1692c(b), 15 USC 1692f(8)).

mod ask;
mod call;
mod checkout;
mod event;
mod payout;
mod refund;
mod snapshot;
mod stripe;
mod webhook;
mod wire;

pub use call::{Answer, CallError, Method, Operation, PlannedCall};
pub use checkout::{CheckoutOrder, FundingGate, References};
pub use domain::agency::Language;
pub use event::{EventEnvelope, EventPage, NotAnEvent, read_envelope};
pub use payout::{Movement, MovementKind, PayoutSnapshot, PayoutState};
pub use refund::RefundOrder;
pub use snapshot::{
    ChargeSnapshot, ChargeState, CheckoutOutcome, CheckoutSnapshot, CheckoutState, DisputeSnapshot,
    Funds, IntentSnapshot, IntentState, MethodSnapshot, RefundSnapshot, RefundState, Refusal,
};
pub use stripe::{Credentials, NotCredentials, Stripe};
pub use webhook::{BadSignature, NewWebhookEndpoint, NoSecret, WebhookSecrets, sign};
pub use wire::{NoWire, Wire};

/// The version of Stripe's API that this crate speaks, in calls and in webhooks.
pub const API_VERSION: &str = "2026-09-30.endive";

//! A Stripe-compatible simulator for the demo and the tests.
//!
//! It keeps everything in memory, takes no money, listens on loopback only and speaks API version
//! `2026-09-30.endive`. What it does not model it answers with 501, never with a guess.
//!
//! - `/v1/…`: the API. Any `sk_test_…` or `rk_test_…` key opens its own empty world; with
//!   `Stripe-Account`, the world of that connected account.
//! - `/c/pay/{session}`: the hosted payment page, plain HTML.
//! - `/_sim/…`: the control plane: clock, faults, payments without a browser, journals.
//! - `/_mailbox`: e-mail the product wrote into the mail directory.

#![recursion_limit = "512"]
#![expect(
    clippy::indexing_slicing,
    reason = "an absent field of a serde_json::Value reads as null and does not panic; slices are reached by get"
)]

mod checkout;
mod clock;
mod control;
mod disputes;
mod faults;
mod hosted;
mod ids;
mod instruments;
mod keep;
mod mailbox;
mod objects;
mod payouts;
mod refunds;
mod routes;
mod server;
mod till;
mod webhooks;
mod wire;
mod world;

pub use clock::Clock;
pub use server::{Handle, Options, StartError, start};
pub use webhooks::SigningTime;

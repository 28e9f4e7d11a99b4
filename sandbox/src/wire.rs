//! The wire: bracketed forms in, Stripe's envelopes out.

pub(crate) mod expand;
pub(crate) mod failure;
pub(crate) mod form;
pub(crate) mod idempotency;
pub(crate) mod page;
pub(crate) mod request;

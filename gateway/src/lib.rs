//! The payment gateway: our own vocabulary and the Stripe implementation.

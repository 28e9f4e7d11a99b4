//! A Stripe-compatible simulator.

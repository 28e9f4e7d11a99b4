//! What a running server tells about itself: JSON logs, metrics, health.

pub mod health;
pub mod log;
pub mod requests;

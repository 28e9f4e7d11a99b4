//! JSON logs, metrics and health of a running server.

pub mod health;
pub mod log;
pub mod requests;

//! Quittance: the wiring of the one binary. No business rule lives here.

pub mod admin;
pub mod cluster;
pub mod config;
#[cfg(feature = "sandbox")]
pub mod demo;
pub mod health;
pub mod migrate;
pub mod samples;
pub mod serve;
pub mod servers;
pub mod telemetry;
pub mod wiring;

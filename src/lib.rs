//! Quittance: the wiring of the one binary.

pub mod cluster;

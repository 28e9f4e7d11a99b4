//! Quittance: the wiring of the one binary.

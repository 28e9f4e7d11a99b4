//! Money in and back: payments, debtors' credits and refunds, calls to the gateway and its events,
//! payouts, and what a payment does to agreements and to collectors' credit.

pub mod collectors;
pub mod credits;
pub mod gateway;
pub mod packets;
pub mod payments;
pub mod payouts;
pub mod plans;

pub use payments::*;

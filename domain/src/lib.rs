//! Pure rules of the collection trade: money, ids, ledger, allocation, states, permissions.
//!
//! Nothing here is async, reads a clock, draws a random number, or knows SQL or HTTP:
//! whoever knows the trade finds each rule by its name, and each is a plain function.

#[macro_use]
mod names;

pub mod account;
pub mod agency;
pub mod allocation;
pub mod assignment;
pub mod base32;
pub mod bucket;
pub mod calendar;
pub mod commission;
pub mod gateway;
pub mod hold;
pub mod id;
pub mod ledger;
pub mod money;
pub mod party;
pub mod payment;
pub mod permission;
pub mod placement;
pub mod posting;
pub mod rate;
pub mod recovery;
pub mod reference;
pub mod role;
pub mod standing;
pub mod timeline;
pub mod user;
pub mod worklist;

pub use bucket::{Bucket, Buckets};
pub use id::*;
pub use money::{Amount, Currency, Money};
pub use permission::Permission;
pub use rate::Rate;
pub use reference::Reference;
pub use role::{ClientRole, StaffRole};

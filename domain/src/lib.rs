//! Pure rules of the collection trade: money, ids, ledger, allocation, states, permissions.
//!
//! Nothing here is async, reads a clock, draws a random number, or knows SQL or HTTP:
//! each rule is a plain function, named as the trade names it.

#[macro_use]
mod names;

pub mod account;
pub mod agency;
pub mod allocation;
pub mod approval;
pub mod arrangement;
pub mod assignment;
pub mod bank_statement;
pub mod base32;
pub mod books;
pub mod bucket;
pub mod calendar;
pub mod collector;
pub mod commission;
pub mod compliance;
pub mod debt_entry;
pub mod debtor_status;
pub mod gateway;
pub mod hold;
pub mod id;
pub mod interest;
pub mod invoice;
pub mod ledger;
pub mod limits;
pub mod money;
pub mod party;
pub mod payment;
pub mod payoff;
pub mod permission;
pub mod placement;
pub mod plan;
pub mod posting;
pub mod promise;
pub mod rate;
pub mod reason;
pub mod recovery;
pub mod reference;
pub mod remittance;
pub mod role;
pub mod settlement;
pub mod statement;
pub mod terms;
pub mod timeline;
pub mod user;
pub mod worklist;
pub mod zone;

pub use bucket::{Bucket, Buckets};
pub use id::*;
pub use money::{Amount, Currency, Money};
pub use permission::Permission;
pub use rate::Rate;
pub use reason::reason;
pub use reference::Reference;
pub use role::{ClientRole, StaffRole};

//! The debt and the person: accounts, what is owed on them and its interest, adjustments, agreements,
//! and which debtor is signed in.

pub mod accounts;
pub mod adjustments;
pub mod agreements;
pub mod debt_entries;
pub mod debtor_access;
pub mod debtor_hub;
pub mod interest;
pub mod lifecycle;
pub mod timeline;

pub use accounts::*;

//! The trust ledger: the one writer of transfers, what trust holds, its proof at any instant, alarms,
//! advances, the roll-up of recovery, and the bank's statements that it is reconciled with.

pub mod advances;
pub mod alarms;
pub mod bank_statements;
pub mod findings;
pub mod recovery;
pub mod transfers;
pub mod trust;

pub use transfers::{Cause, held, insert, write, write_debt, write_of};

//! Statements of creditors: computed from the ledger, closed once, printed from what was stored.
//!
//! [`preview`] and [`close`] read everything that no statement has shown in one query, so that items
//! and balances are of one instant, and ask `domain::statement` for the rest. A close compares the
//! result with the ledger before it writes anything (money rule 6), and writes all of it or nothing.

mod bills;
mod close;
mod document;
mod preview;
mod print;
mod read;
mod refused;
mod standing;
mod terms;
mod unstated;
mod write;

pub use crate::press::Party;
pub use bills::{Bill, Draft};
pub use close::{NewClose, close};
pub use close::{close_in, lock_creditor};
pub use document::Facts;
pub use preview::{Preview, preview};
pub use preview::{Wanted, figure};
pub use print::{Paper, csv_heading, csv_part, parts, pdf, steps, workbook};
pub use read::{StatementFilter, StatementLine, get, lines, list};
pub use refused::CloseRefused;
pub use standing::{next_close, sent};

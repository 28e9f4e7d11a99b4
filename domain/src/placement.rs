//! The placement file: canonical columns, a creditor's column mapping, values, and the rules of
//! one line (domain rule 2.3).
//!
//! A file is read elsewhere; here a header becomes a [`Layout`] by a [`Mapping`], and each record
//! becomes a [`Verdict`]: placed with warnings, rejected with reasons, or skipped.

pub mod account_number;
pub mod address;
pub mod amount;
pub mod cell;
pub mod check;
pub mod column;
pub mod contact;
pub mod date;
pub mod finding;
pub mod flag;
pub mod guess;
pub mod identity;
pub mod line;
pub mod mapping;
pub mod rate;
pub mod skip;
pub mod state;
pub mod totals;

pub use cell::Cell;
pub use check::{LineAmounts, Rules, Verdict, check};
pub use column::Column;
pub use finding::{Code, Finding, Severity};
pub use line::PlacedLine;
pub use mapping::{Layout, Mapping, MappingRefusal};
pub use state::{CommitPolicy, PlacementState};
pub use totals::{ControlTotals, Difference, Manifest, Tally};

/// Records in one file; more refuse it.
pub const MAX_LINES: u64 = 1_000_000;
/// Bytes in one file once unpacked; more refuse it.
pub const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes in one field; more reject the line.
pub const MAX_FIELD_BYTES: usize = 64 * 1024;
/// Columns in one file; more refuse it.
pub const MAX_COLUMNS: usize = 300;
/// Characters in a name or another short text; more reject the line.
pub const MAX_TEXT_CHARS: usize = 255;
/// Characters in an account number; more reject the line.
pub const MAX_ACCOUNT_NUMBER_CHARS: usize = 64;

//! A bank's statement of a trust account: read, proved against itself, and matched with the books
//! (domain rule 2.8, the third way of the reconciliation).
//!
//! The reader is pure: bytes in, a [`BankStatement`] or a refusal out. Nothing is fetched, no
//! entity is expanded, and size, depth and number of elements are limited.

mod camt;
mod csv_file;
mod element;
mod fault;
mod mapping;
pub mod matches;
mod signed;

pub use camt::read_camt;
pub use csv_file::read_csv;
pub use fault::{Fault, Unreadable};
pub use mapping::{AmountColumns, ColumnRef, CsvMapping, Delimiter, PositiveIs};

use crate::money::{Currency, Money, TooLarge};
use chrono::NaiveDate;

names! {
    /// How a bank's statement is written.
    FileFormat {
        /// Lines of values, read by a mapping.
        Csv = "csv";
        /// ISO 20022 camt.053.
        Camt053 = "camt053";
    }
}

names! {
    /// Where a line of the bank's statement stands in the reconciliation.
    LineState {
        /// Nothing in the books stands for it yet.
        Open = "open";
        /// It stands for movements of the books.
        Matched = "matched";
        /// A person has said why the books have nothing for it.
        Noted = "noted";
    }
}

/// Bytes in one file; more refuse it.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Lines (entries) in one file; more refuse it.
pub const MAX_LINES: usize = 500_000;
/// Faults that are listed; all are counted.
pub const MAX_FAULTS: usize = 50;

/// What the bank says of one account and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankStatement {
    /// How the bank names the account: an IBAN or its own number.
    pub account: Option<String>,
    /// The bank's number of the statement.
    pub number: Option<String>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
    /// The booked balance before the first line.
    pub opening: Option<Money>,
    /// The booked balance after the last line.
    pub closing: Option<Money>,
    /// What was booked, the oldest first.
    pub lines: Vec<BankLine>,
    /// Entries that the bank has not booked (pending, for information): left out of `lines`.
    pub not_booked: u64,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// The line of the file on which it stands.
    pub line: u64,
    /// The day of booking.
    pub booked_on: NaiveDate,
    /// The day from which the money counts.
    pub valued_on: Option<NaiveDate>,
    /// Above zero came in, below zero went out.
    pub amount: Money,
    /// What the bank writes about it.
    pub text: String,
    /// The references by which it may be known: the bank's, the end-to-end id, the check number.
    pub references: Vec<String>,
    /// The bank calls it the reversal of an earlier one; the sign of the amount is final already.
    pub reversal: bool,
    /// The balance after it, where the file says it.
    pub balance: Option<Money>,
}

impl BankStatement {
    /// By how much the closing balance is above what opening balance and lines give; zero when the
    /// statement proves itself, none where a balance is not known.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn off_by(&self) -> Result<Option<Money>, TooLarge> {
        let (Some(opening), Some(closing)) = (self.opening, self.closing) else { return Ok(None) };
        let moved = Money::total(self.lines.iter().map(|line| line.amount))?;
        closing.minus(opening.plus(moved)?).map(Some)
    }

    /// The first line whose running balance does not follow from the line before, and by how much
    /// it is above what would follow.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn first_break(&self) -> Result<Option<(&BankLine, Money)>, TooLarge> {
        for (before, line) in self.lines.iter().zip(self.lines.iter().skip(1)) {
            if let (Some(was), Some(is)) = (before.balance, line.balance) {
                let off = is.minus(was.plus(line.amount)?)?;
                if !off.is_zero() {
                    return Ok(Some((line, off)));
                }
            }
        }
        Ok(None)
    }
}

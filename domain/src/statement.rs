//! The statement of a creditor: a pure function of what the ledger holds (domain rule 2.7).
//!
//! [`assemble`] decides which payments are on it, pairs returns with what they return, adds up, and
//! says what is remitted, carried, invoiced and kept as a credit. A preview and a close call the same
//! function; a close stamps what it answered.

mod assemble;
mod tie;

pub use assemble::assemble;
pub use tie::{Ledgers, Tie, tie};

use crate::bucket::Buckets;
use crate::hold::Holding;
use crate::id::{AccountId, PaymentId};
use crate::money::Money;
use crate::payment::PaymentKind;
use crate::rate::Rate;
use crate::remittance::CommissionBasis;
use chrono::{DateTime, NaiveDate, Utc};

/// A posted payment, or a return, that no statement has shown yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The payment, or the return, of the line.
    pub payment: PaymentId,
    /// The debt it pays.
    pub account: AccountId,
    /// The agency's reference of the debt.
    pub reference: String,
    /// The creditor's account number.
    pub client_account_number: String,
    /// The primary debtor.
    pub debtor_name: String,
    /// Its type.
    pub kind: PaymentKind,
    /// When the debtor paid.
    pub effective_on: NaiveDate,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// The agency's day of that.
    pub posted_on: NaiveDate,
    /// When its hold is over.
    pub available_on: NaiveDate,
    /// Whether somebody delayed or blocked it.
    pub holding: Holding,
    /// What each bucket got; positive for returns too.
    pub applied: Buckets,
    /// What a forwarder kept; positive for returns too.
    pub forwarder_fee: Money,
    /// The commission, a forwarder's part included; positive for returns too.
    pub commission: Money,
    /// The tax on the agency's commission; positive for returns too.
    pub tax: Money,
    /// The one rate of the commission, where there was one.
    pub rate: Option<Rate>,
    /// Where the commission stands.
    pub basis: CommissionBasis,
    /// The payment that this one takes back or reinstates.
    pub reverses: Option<PaymentId>,
    /// The number of the statement that showed what it takes back.
    pub reversed_on: Option<i64>,
    /// What is owed on the debt now.
    pub balance: Money,
    /// What became of the debt: `PIF`, `SIF`.
    pub mark: Option<String>,
}

/// The time that a statement covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day that no statement covered before.
    pub start: NaiveDate,
    /// The last day covered.
    pub end: NaiveDate,
    /// What was posted later waits for the next one (money rule 2).
    pub cutoff: DateTime<Utc>,
}

/// What the statement before left, and what the creditor paid since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opening {
    /// Carried from the statement before; below zero: due from the creditor.
    pub carried: Money,
    /// Shares of returns waiting for a positive total (policy credit); zero or below.
    pub open_credit: Money,
    /// What the creditor paid on account and no statement has used yet; zero or above.
    pub on_account: Money,
}

/// A line as it is printed. Returns are negative throughout.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// The payment.
    pub payment: PaymentId,
    /// The debt.
    pub account: AccountId,
    /// The agency's reference of the debt.
    pub reference: String,
    /// The creditor's account number.
    pub client_account_number: String,
    /// The primary debtor.
    pub debtor_name: String,
    /// The type's code: PU, PC, PA and their returns.
    pub kind: PaymentKind,
    /// When the debtor paid.
    pub effective_on: NaiveDate,
    /// When it was posted.
    pub posted_on: NaiveDate,
    /// Paid to the agency: what reached trust for the creditor and the agency.
    pub to_us: Money,
    /// Paid to the creditor directly.
    pub direct: Money,
    /// What each bucket got.
    pub buckets: Buckets,
    /// The one rate, where there was one.
    pub rate: Option<String>,
    /// The agency's commission; a forwarder's fee is not in it.
    pub commission: Money,
    /// The tax on it.
    pub tax: Money,
    /// To us less commission and tax.
    pub due_creditor: Money,
    /// What is owed on the debt at the close.
    pub balance: Money,
    /// What became of the debt: `PIF`, `SIF`.
    pub mark: Option<String>,
    /// Paid before the period, posted in it (money rule 2).
    pub prior_period: bool,
    /// The number of the statement that showed what this line takes back.
    pub returned_from: Option<i64>,
}

/// The sums of a statement. Sums of its lines, never computed anew (domain rule 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::FromJsonQueryResult))]
pub struct Totals {
    /// Carried from the statement before; below zero: due from the creditor.
    pub opening: Money,
    /// Collected by the agency.
    pub to_us: Money,
    /// Paid to the creditor directly.
    pub direct: Money,
    /// Commission on what the agency collected.
    pub commission_to_us: Money,
    /// Commission on direct payments.
    pub commission_direct: Money,
    /// Tax on commission.
    pub tax: Money,
    /// The part of commission and tax that is invoiced instead of taken from the money.
    pub invoiced_apart: Money,
    /// What the creditor paid on account, as far as it was needed.
    pub on_account: Money,
    /// Shares of returns that were put aside (policy credit); zero or below.
    #[serde(alias = "put_aside")]
    pub withheld: Money,
    /// Of what was put aside, what this statement's money paid for; zero or above.
    pub credit_used: Money,
    /// What all that comes to: above zero due to the creditor, below zero due from it.
    pub total: Money,
    /// What is paid out.
    pub remit: Money,
    /// What opens the next statement.
    pub carried: Money,
    /// Shares of returns still put aside afterwards; zero or below.
    pub open_credit: Money,
    /// The invoice for commission; below zero: a credit note.
    pub invoice_commission: Documented,
    /// The second invoice, for commission on direct payments; below zero: a credit note.
    pub invoice_direct: Documented,
    /// The invoice for a total below zero (policy invoice).
    pub invoice_deficit: Money,
    /// Commission and tax that are taken from the money in trust by this statement.
    pub offset_now: Money,
    /// Collected and still on hold: not part of the sums.
    pub held: Money,
    /// How many payments are on hold.
    pub held_count: u64,
}

/// What an invoice or credit note is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Documented {
    /// Commission.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
}

/// A statement that could be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is printed, in order.
    pub lines: Vec<Line>,
    /// Payments that belong to the statement and are not printed: pairs of a payment and its return
    /// that no statement ever showed, and payments of which nothing reached the debt.
    pub suppressed: Vec<(PaymentId, AccountId)>,
    /// Payments whose delay is over: this close was the one they skipped (money rule 1).
    pub delayed: Vec<PaymentId>,
    /// The sums.
    pub totals: Totals,
}

impl Statement {
    /// Whether there is anything to say: without, a statement is made only where the contract asks
    /// for empty ones (money rule 4).
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
            && self.totals.opening.is_zero()
            && self.totals.on_account.is_zero()
            && self.totals.open_credit.is_zero()
    }
}

#[cfg(test)]
mod tests;

//! Interest: simple interest by the day, computed for any date and posted only when something
//! needs it (domain rule 2.9, money rules 15 and 16).
//!
//! One convention of dates holds throughout: what is dated e is in force from the day after e. The
//! first day of an interval is excluded and the last included; a rate, a stop, a resumption, a
//! judgment and a payment all begin to count on the day after their date.
//!
//! [`Terms`] say what accrues, a [`Position`] where an account stands, [`accrued`] is the exact
//! interest over an interval, [`post`] the position after a posting, [`due`] the amount posted,
//! [`replay`] the whole history, [`difference`] what a back-dated payment or a return changes.

mod accrual;
mod basis;
mod check;
mod difference;
mod policy;
mod position;
mod rate;
mod replay;
mod start;
mod terms;
mod text;

pub use accrual::{Accrual, BaseChange, accrued};
pub use basis::Basis;
pub use check::{Fault, FaultCode};
pub use difference::{Difference, NotComparable, Shift, difference};
pub use policy::{OfAccount, Policy};
pub(crate) use position::payoff;
pub use position::{Advance, Position, advance, due, per_diem, post};
pub use rate::{AnnualRate, NotAnAnnualRate};
pub use replay::{Cause, Event, NotReplayable, Replay, Split, Step, What, replay};
pub use start::{AccountDates, StartRule};
pub use terms::{Base, Compounding, Judgment, RateChange, Stop, StopReason, Terms};

#[cfg(test)]
pub(crate) mod tests;

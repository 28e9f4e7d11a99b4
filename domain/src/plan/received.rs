//! A payment as promises, plans and settlements see it.

use crate::money::Amount;
use chrono::NaiveDate;

/// Money that came for an account, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The effective date: when the debtor paid.
    pub on: NaiveDate,
    /// What lowered the debt.
    pub amount: Amount,
    /// From when its funds are available; none: blocked until released (money rule 1).
    pub available_on: Option<NaiveDate>,
    /// The day on which it was returned or charged back.
    pub returned_on: Option<NaiveDate>,
}

impl Received {
    /// Whether it was there on a day and had not been returned.
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.on <= day && self.returned_on.is_none_or(|returned| returned > day)
    }

    /// Whether its funds were available on a day (money rule 21).
    pub fn is_available_on(&self, day: NaiveDate) -> bool {
        self.stands_on(day) && self.available_on.is_some_and(|available| available <= day)
    }
}

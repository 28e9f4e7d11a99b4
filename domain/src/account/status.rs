//! What a status allows, and which status may follow it (domain rule 2.2): lookups in the one table
//! ([`AccountStatus::row`]). No other list of statuses exists; a query gets its set as a bound array
//! from [`AccountStatus::codes`].

use super::AccountStatus;
use crate::interest::StopReason;

/// Whether an account is open, and if not, what became of its debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// With the agency.
    Open,
    /// Closed because it is paid, in full or as settled: what is paid can be taken back by a bank.
    Paid,
    /// Closed because it should not be counted as placed: recalled, placed in error or twice.
    Withdrawn,
    /// Closed for any other reason.
    Closed,
}

/// Who or what gives an account a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// A placement file, for a new account.
    Placement,
    /// A person who says why.
    Person,
    /// A promise, plan or settlement that was made, or missed.
    Agreement,
    /// Money that came, or that a bank took back.
    Money,
}

/// What a status allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRow {
    /// Open, or how it was closed.
    pub phase: Phase,
    /// May stand in a worklist.
    pub worked: bool,
    /// May be contacted at all (channel and time rules come on top).
    pub contactable: bool,
    /// Takes payments from the debtor.
    pub accepts_payments: bool,
    /// A new promise, plan or settlement may be made: it is being worked, and nothing from outside
    /// stands on it.
    pub takes_agreements: bool,
    /// Why interest stands still; none: it accrues. An account that was paid and is owed again was
    /// never paid, so that its closing stops nothing.
    pub interest_stops: Option<StopReason>,
    /// May be reported to credit bureaus; the conditions of furnishing come on top
    /// (Reg F 1006.30(a), 15 USC 1681s-2).
    pub reported: bool,
    /// The debtor sees the account on the site.
    pub visible_to_debtor: bool,
    /// What gives an account this status.
    pub set_by: &'static [SetBy],
    /// The statuses that may follow, in sets.
    pub next: &'static [&'static [AccountStatus]],
}

impl AccountStatus {
    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self.row().phase == Phase::Open
    }

    /// Whether it was closed because it was paid, in full or as settled.
    pub fn is_paid(self) -> bool {
        self.row().phase == Phase::Paid
    }

    /// Whether this status may follow (domain rule 2.2).
    ///
    /// What comes from outside (bankruptcy, death, an attorney, a dispute, a hold, a recall …) may
    /// come at any time; a promise needs an account that is worked; a closed account is reopened
    /// only to [`AccountStatus::Active`]. Whether the debt is paid is not asked here: see
    /// [`super::transition`].
    pub fn may_become(self, next: Self) -> bool {
        self != next && self.row().next.iter().any(|set| set.contains(&next))
    }

    /// The statuses a person may choose: those that may follow and that a person sets. What money or an
    /// agreement says is never typed.
    pub fn choices(self) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|next| self.may_become(*next))
            .filter(|next| next.row().set_by.contains(&SetBy::Person))
            .collect()
    }

    /// The codes of the statuses that a query asks for, to be bound as an array.
    pub fn codes(wanted: impl Fn(StatusRow) -> bool) -> Vec<String> {
        Self::ALL
            .iter()
            .filter(|status| wanted(status.row()))
            .map(|status| status.code().to_owned())
            .collect()
    }
}

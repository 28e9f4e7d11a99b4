//! What a status allows, and which status may follow it (domain rule 2.2).

use super::AccountStatus;
use crate::money::Money;

/// What a status allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusFlags {
    /// Open (or closed).
    pub open: bool,
    /// May stand in a worklist.
    pub workable: bool,
    /// May be contacted at all (channel and time rules come on top).
    pub contactable: bool,
    /// Takes payments from the debtor.
    pub accepts_payments: bool,
}

impl AccountStatus {
    /// What this status allows (the table of domain rule 2.2).
    pub fn flags(self) -> StatusFlags {
        let (open, workable, contactable, accepts_payments) = match self {
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Broken
            | Self::Returned
            | Self::Judgment => (true, true, true, true),
            Self::Plan
            | Self::Settlement
            | Self::Disputed
            | Self::Complaint
            | Self::Cease
            | Self::Attorney
            | Self::Deceased
            | Self::Legal => (true, false, true, true),
            Self::Hold | Self::Forwarded | Self::PendingRecall => (true, false, false, true),
            Self::Bankruptcy | Self::Fraud => (true, false, false, false),
            Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => (false, false, false, false),
        };
        StatusFlags { open, workable, contactable, accepts_payments }
    }

    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self.flags().open
    }

    /// Whether this status may follow (domain rule 2.2).
    ///
    /// What comes from outside (bankruptcy, death, an attorney, a dispute, a hold, a recall …) may
    /// come at any time; a promise needs an account that is worked; a closed account is reopened
    /// only to [`AccountStatus::Active`]. Whether the debt is paid is not asked here: see
    /// [`AccountStatus::allowed_next`].
    pub fn may_become(self, next: Self) -> bool {
        if self == next {
            return false;
        }
        if !self.is_open() {
            return next == Self::Active;
        }
        if !next.is_open() {
            return true;
        }
        match self {
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Plan
            | Self::Settlement
            | Self::Broken
            | Self::Returned
            | Self::Judgment => match next {
                Self::New => false,
                Self::Broken => {
                    matches!(self, Self::Promise | Self::Plan | Self::Settlement | Self::Returned)
                }
                Self::Judgment => matches!(self, Self::New | Self::Active),
                Self::Active
                | Self::Promise
                | Self::Plan
                | Self::Settlement
                | Self::Returned
                | Self::Legal
                | Self::Forwarded => true,
                Self::Disputed
                | Self::Complaint
                | Self::Cease
                | Self::Attorney
                | Self::Hold
                | Self::Bankruptcy
                | Self::Deceased
                | Self::Fraud
                | Self::PendingRecall
                | Self::PaidInFull
                | Self::SettledInFull
                | Self::Recalled
                | Self::ClosedBankruptcy
                | Self::ClosedDeceased
                | Self::ClosedDispute
                | Self::Exhausted
                | Self::SmallBalance
                | Self::StatuteExpired
                | Self::PlacedInError
                | Self::ClosedFraud
                | Self::Duplicate => next.comes_from_outside(),
            },
            Self::Hold => true,
            Self::Legal => {
                next.comes_from_outside()
                    || matches!(
                        next,
                        Self::Active
                            | Self::Judgment
                            | Self::Promise
                            | Self::Plan
                            | Self::Settlement
                    )
            }
            Self::Disputed | Self::Complaint | Self::Attorney | Self::Deceased => {
                next.comes_from_outside() || matches!(next, Self::Active | Self::Legal)
            }
            Self::Forwarded => next.comes_from_outside() || next == Self::Active,
            // Somebody who asked us to stop is not put on hold or into complaint by us; notices of
            // legal effect still arrive.
            Self::Cease | Self::Fraud => matches!(
                next,
                Self::Active
                    | Self::Attorney
                    | Self::Bankruptcy
                    | Self::Deceased
                    | Self::Disputed
                    | Self::Legal
                    | Self::PendingRecall
            ),
            // The stay ends by dismissal (active) or with the account.
            Self::Bankruptcy => matches!(next, Self::Active | Self::PendingRecall),
            Self::PendingRecall => next == Self::Active,
            Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => false,
        }
    }

    /// The statuses a person may choose for an account with this balance: those that may follow,
    /// less "paid in full" while something is owed, and less "promise", "plan" and the like once
    /// nothing is.
    pub fn allowed_next(self, balance: Money) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|next| self.may_become(*next))
            .filter(|next| *next != Self::PaidInFull || balance.is_zero())
            .filter(|next| {
                !matches!(next, Self::Promise | Self::Plan | Self::Settlement) || !balance.is_zero()
            })
            .collect()
    }

    /// Set by an event outside the agency, which does not ask what the account was doing.
    fn comes_from_outside(self) -> bool {
        match self {
            Self::Disputed
            | Self::Complaint
            | Self::Cease
            | Self::Attorney
            | Self::Hold
            | Self::Bankruptcy
            | Self::Deceased
            | Self::Fraud
            | Self::PendingRecall => true,
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Plan
            | Self::Settlement
            | Self::Broken
            | Self::Returned
            | Self::Legal
            | Self::Judgment
            | Self::Forwarded
            | Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => false,
        }
    }
}

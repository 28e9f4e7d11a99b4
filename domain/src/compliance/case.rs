//! The facts of one account on which decisions rest; one reader of the service fills them.

use crate::account::{AccountStatus, Agreement, Restriction, standing_on};
use crate::money::{Money, TooLarge};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A restriction in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InForce {
    /// What it is.
    pub kind: Restriction,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What is known about one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The status.
    pub status: AccountStatus,
    /// The restrictions in force.
    pub restrictions: Vec<InForce>,
    /// Owed by the books.
    pub owed: Money,
    /// Payments on the account that the banks are working on.
    pub in_flight: Money,
    /// The least that the agency takes in part on its site.
    pub least_part: Money,
    /// The agency takes no credit cards.
    pub blocks_credit_cards: bool,
    /// The agreement that binds on the account, if one does.
    pub agreement: Option<Agreement>,
}

/// What is known about reaching the debtor; read only where somebody is to be contacted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactFacts {
    /// The zones in which the debtor may be, by every address that is not known to be bad.
    pub zones: Vec<Tz>,
    /// Whether the debtor refused to be reached by this address or number; none: nothing was said.
    pub consent: Option<bool>,
}

impl Case {
    /// What stands on the account, by a restriction or by its status alone: an attorney who was entered
    /// as the status represents the debtor all the same.
    pub fn standing(&self) -> Vec<Restriction> {
        standing_on(self.status, &self.kinds())
    }

    /// The restrictions in force, without those for which the status alone stands.
    pub fn kinds(&self) -> Vec<Restriction> {
        self.restrictions.iter().map(|one| one.kind).collect()
    }

    /// What can be paid now: owed, less the payments in flight.
    pub fn payable(&self) -> Money {
        let left: Result<Money, TooLarge> = self.owed.minus(self.in_flight);
        left.map_or(Money::ZERO, |left| left.max(Money::ZERO))
    }

    /// The least that is taken in part.
    pub fn least(&self) -> Money {
        self.least_part.min(self.payable())
    }

    /// Whether the debt is disputed.
    pub fn is_disputed(&self) -> bool {
        self.standing().contains(&Restriction::Dispute)
    }
}

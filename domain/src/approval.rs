//! Two people: what one asks for and another approves (domain checklist 65, money deeds of the
//! trade). The second person's own limits apply, and nobody approves what they asked for.

mod request;

pub use request::{
    Adjustment, BelowFloor, CreditRefund, FeeOverride, OwnCommission, Refund, RefundBy, Request,
    Terms,
};

use crate::money::Money;
use crate::role::StaffRole;
use std::collections::BTreeMap;

names! {
    /// What may need two people.
    Deed {
        /// Giving money back to a debtor.
        Refund = "refund";
        /// Lowering a debt without money.
        Adjustment = "adjustment";
        /// A settlement below the floor of its tier.
        SettlementBelowFloor = "settlement_below_floor";
        /// Another commission on one payment than the contract's.
        FeeOverride = "fee_override";
        /// Paying out a remittance.
        Remittance = "remittance";
    }
}

names! {
    /// The states of a request.
    ApprovalState {
        /// Waiting for another person.
        Pending = "pending";
        /// Approved, and done in the same transaction.
        Approved = "approved";
        /// Declined; nothing was done.
        Declined = "declined";
        /// Taken back by who asked.
        Withdrawn = "withdrawn";
    }
}

impl Deed {
    /// Whether it takes two people whatever an agency says: another commission than the contract's
    /// (domain rule 2.5, order of evaluation), and money that leaves trust.
    pub fn always_takes_two(self) -> bool {
        match self {
            Self::FeeOverride | Self::Remittance => true,
            Self::Refund | Self::Adjustment | Self::SettlementBelowFloor => false,
        }
    }
}

/// Up to what amount somebody may act; none: without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Alone, without asking.
    pub alone: Option<Money>,
    /// As the second person.
    pub approves: Option<Money>,
}

impl Reach {
    const fn of(alone: i64, approves: i64) -> Self {
        Self { alone: Some(Money::from_minor(alone)), approves: Some(Money::from_minor(approves)) }
    }

    /// Never alone, without limit as the second person.
    const SECOND: Self = Self { alone: Some(Money::ZERO), approves: None };
    /// Nothing at all.
    const NONE: Self = Self::of(0, 0);
}

/// What each role may do, by deed; what an agency does not say is as usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "db", derive(sea_orm::FromJsonQueryResult))]
pub struct Authority(BTreeMap<String, BTreeMap<String, Reach>>);

/// Why a request is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYours {
    /// The requester cannot approve.
    #[error("you asked for this yourself; another person has to decide")]
    SamePerson,
    /// Above the second person's own limit.
    #[error("you may approve up to {limit}; this is about {amount}")]
    OverLimit {
        /// The person's limit.
        limit: Money,
        /// What it is about.
        amount: Money,
    },
}

impl Authority {
    /// Says what a role may do.
    pub fn set(&mut self, deed: Deed, role: StaffRole, reach: Reach) {
        let by_role = self.0.entry(deed.name().to_owned()).or_default();
        by_role.insert(role.name().to_owned(), reach);
    }

    /// What a role may do.
    pub fn reach(&self, deed: Deed, role: StaffRole) -> Reach {
        let said = self.0.get(deed.name()).and_then(|by_role| by_role.get(role.name()));
        said.copied().unwrap_or_else(|| usual(deed, role))
    }

    /// Whether a role may do a deed of this amount without asking.
    pub fn alone(&self, deed: Deed, role: StaffRole, amount: Money) -> bool {
        // Zero means never: a deed about nothing still is a deed.
        !deed.always_takes_two()
            && self
                .reach(deed, role)
                .alone
                .is_none_or(|limit| limit.is_positive() && amount <= limit)
    }
}

/// Whether a second person may approve.
pub fn may_approve(same_person: bool, reach: Reach, amount: Money) -> Result<(), NotYours> {
    if same_person {
        return Err(NotYours::SamePerson);
    }
    match reach.approves {
        Some(limit) if amount > limit || limit.is_zero() => {
            Err(NotYours::OverLimit { limit, amount })
        }
        Some(_) | None => Ok(()),
    }
}

/// What roles may do where the agency says nothing else. Money that leaves, and commission that
/// changes, always takes two; a small adjustment does not.
fn usual(deed: Deed, role: StaffRole) -> Reach {
    match (deed, role) {
        (Deed::Adjustment, StaffRole::Admin) => {
            Reach { alone: Some(Money::from_minor(25_000)), approves: None }
        }
        (Deed::Adjustment, StaffRole::Finance | StaffRole::Manager) => Reach::of(10_000, 500_000),
        (_, StaffRole::Admin) => Reach::SECOND,
        (Deed::Refund | Deed::FeeOverride, StaffRole::Finance) => Reach::of(0, 1_000_000),
        (Deed::Remittance, StaffRole::Finance) => Reach::SECOND,
        (Deed::SettlementBelowFloor, StaffRole::Manager) => Reach::of(0, 500_000),
        (Deed::Refund | Deed::FeeOverride | Deed::Remittance, StaffRole::Manager)
        | (Deed::SettlementBelowFloor, StaffRole::Finance)
        | (_, StaffRole::Collector | StaffRole::Compliance) => Reach::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Money = Money::from_minor(1_000);

    #[test]
    fn nobody_approves_what_they_asked_for() {
        assert_eq!(may_approve(true, Reach::SECOND, TEN), Err(NotYours::SamePerson));
        assert_eq!(may_approve(false, Reach::SECOND, TEN), Ok(()));
    }

    #[test]
    fn the_second_persons_own_limit_applies() {
        let usual = Authority::default();
        let manager = usual.reach(Deed::SettlementBelowFloor, StaffRole::Manager);
        assert_eq!(may_approve(false, manager, Money::from_minor(500_000)), Ok(()));
        assert!(matches!(
            may_approve(false, manager, Money::from_minor(500_001)),
            Err(NotYours::OverLimit { .. })
        ));
        let collector = usual.reach(Deed::Refund, StaffRole::Collector);
        assert!(may_approve(false, collector, Money::ZERO).is_err());
    }

    #[test]
    fn a_small_adjustment_takes_one_person_and_a_refund_always_two() {
        let usual = Authority::default();
        assert!(usual.alone(Deed::Adjustment, StaffRole::Manager, Money::from_minor(10_000)));
        assert!(!usual.alone(Deed::Adjustment, StaffRole::Manager, Money::from_minor(10_001)));
        assert!(!usual.alone(Deed::Adjustment, StaffRole::Collector, Money::from_minor(1)));
        for role in StaffRole::ALL.iter().copied() {
            assert!(!usual.alone(Deed::Refund, role, Money::ZERO), "{}", role.name());
            assert!(!usual.alone(Deed::Remittance, role, TEN), "{}", role.name());
        }
    }

    #[test]
    fn an_agency_may_say_otherwise() {
        let mut own = Authority::default();
        own.set(Deed::Adjustment, StaffRole::Collector, Reach::of(5_000, 0));
        let text = serde_json::to_string(&own).unwrap();
        let read: Authority = serde_json::from_str(&text).unwrap();
        assert!(read.alone(Deed::Adjustment, StaffRole::Collector, Money::from_minor(5_000)));
        assert!(!read.alone(Deed::Adjustment, StaffRole::Manager, Money::from_minor(10_001)));
        own.set(Deed::FeeOverride, StaffRole::Admin, Reach { alone: None, approves: None });
        assert!(!own.alone(Deed::FeeOverride, StaffRole::Admin, TEN), "always two people");
    }
}

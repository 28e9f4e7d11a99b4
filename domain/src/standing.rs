//! What a debtor is told about where an account stands: plainer than the trade's statuses.

use crate::account::{AccountStatus, Restriction};

/// Where an account stands, in the debtor's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Owed; it can be paid.
    Open,
    /// A dispute is being looked into.
    Disputed,
    /// We were asked to stop contacting.
    Ceased,
    /// An attorney represents the debtor; we talk to the attorney.
    Attorney,
    /// The debtor has died; nobody else owes it because of that.
    Deceased,
    /// Bankruptcy: the automatic stay.
    Bankruptcy,
    /// Fraud or identity theft was reported.
    Fraud,
    /// The debtor is a minor.
    Minor,
    /// On hold.
    OnHold,
    /// Paid in full.
    Paid,
    /// Settled.
    Settled,
    /// Back with the creditor.
    Recalled,
    /// Closed for any other reason.
    Closed,
}

impl Standing {
    /// What to tell of a status and the restrictions in force. What forbids payments comes first.
    pub fn of(status: AccountStatus, restrictions: &[Restriction]) -> Self {
        let restricted = |restriction| restrictions.contains(&restriction);
        match status {
            AccountStatus::PaidInFull => return Self::Paid,
            AccountStatus::SettledInFull => return Self::Settled,
            AccountStatus::Recalled => return Self::Recalled,
            AccountStatus::ClosedBankruptcy
            | AccountStatus::ClosedDeceased
            | AccountStatus::ClosedDispute
            | AccountStatus::Exhausted
            | AccountStatus::SmallBalance
            | AccountStatus::StatuteExpired
            | AccountStatus::PlacedInError
            | AccountStatus::ClosedFraud
            | AccountStatus::Duplicate => return Self::Closed,
            AccountStatus::New
            | AccountStatus::Active
            | AccountStatus::Promise
            | AccountStatus::Plan
            | AccountStatus::Settlement
            | AccountStatus::Broken
            | AccountStatus::Returned
            | AccountStatus::Disputed
            | AccountStatus::Complaint
            | AccountStatus::Cease
            | AccountStatus::Attorney
            | AccountStatus::Hold
            | AccountStatus::Bankruptcy
            | AccountStatus::Deceased
            | AccountStatus::Fraud
            | AccountStatus::Legal
            | AccountStatus::Judgment
            | AccountStatus::Forwarded
            | AccountStatus::PendingRecall => {}
        }
        let cases = [
            (Restriction::Bankruptcy, AccountStatus::Bankruptcy, Self::Bankruptcy),
            (Restriction::IdentityTheft, AccountStatus::Fraud, Self::Fraud),
            (Restriction::Deceased, AccountStatus::Deceased, Self::Deceased),
            (Restriction::Attorney, AccountStatus::Attorney, Self::Attorney),
            (Restriction::Dispute, AccountStatus::Disputed, Self::Disputed),
            (Restriction::Cease, AccountStatus::Cease, Self::Ceased),
            (Restriction::Hold, AccountStatus::Hold, Self::OnHold),
        ];
        if restricted(Restriction::Minor) {
            return Self::Minor;
        }
        cases
            .into_iter()
            .find(|(restriction, named, _)| restricted(*restriction) || status == *named)
            .map_or(Self::Open, |(_, _, standing)| standing)
    }

    /// Whether the debtor may pay: not under the automatic stay, not what somebody else may owe,
    /// not what is closed.
    pub fn takes_payments(self) -> bool {
        match self {
            Self::Open
            | Self::Disputed
            | Self::Ceased
            | Self::Attorney
            | Self::Deceased
            | Self::OnHold => true,
            Self::Bankruptcy
            | Self::Fraud
            | Self::Minor
            | Self::Paid
            | Self::Settled
            | Self::Recalled
            | Self::Closed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forbids_payments_is_said_first() {
        let both = [Restriction::Dispute, Restriction::Bankruptcy];
        assert_eq!(Standing::of(AccountStatus::Disputed, &both), Standing::Bankruptcy);
        assert_eq!(Standing::of(AccountStatus::Active, &[Restriction::Scra]), Standing::Open);
        assert_eq!(Standing::of(AccountStatus::PaidInFull, &both), Standing::Paid);
    }

    #[test]
    fn no_standing_takes_payments_that_the_status_or_a_restriction_refuses() {
        for status in AccountStatus::ALL {
            if !status.flags().accepts_payments {
                assert!(!Standing::of(*status, &[]).takes_payments(), "{status:?}");
            }
            for restriction in Restriction::ALL.iter().filter(|r| r.stops_payments()) {
                assert!(
                    !Standing::of(*status, &[*restriction]).takes_payments(),
                    "{restriction:?}"
                );
            }
        }
    }
}

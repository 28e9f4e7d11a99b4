//! The status of an account as its debtor reads it: plainer than the trade's statuses.

use crate::account::{AccountStatus, Restriction};

/// The status of an account as its debtor reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DebtorStatus {
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

impl DebtorStatus {
    /// The status to show for a status of the trade and the restrictions in force. What forbids
    /// payments comes first.
    pub fn of(status: AccountStatus, restrictions: &[Restriction]) -> Self {
        let restricted = |restriction| restrictions.contains(&restriction);
        if !status.is_open() {
            return [
                (AccountStatus::PaidInFull, Self::Paid),
                (AccountStatus::SettledInFull, Self::Settled),
                (AccountStatus::Recalled, Self::Recalled),
            ]
            .into_iter()
            .find(|(closed, _)| *closed == status)
            .map_or(Self::Closed, |(_, shown)| shown);
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
            .map_or(Self::Open, |(_, _, shown)| shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forbids_payments_is_said_first() {
        let both = [Restriction::Dispute, Restriction::Bankruptcy];
        assert_eq!(DebtorStatus::of(AccountStatus::Disputed, &both), DebtorStatus::Bankruptcy);
        assert_eq!(
            DebtorStatus::of(AccountStatus::Active, &[Restriction::Scra]),
            DebtorStatus::Open
        );
        assert_eq!(DebtorStatus::of(AccountStatus::PaidInFull, &both), DebtorStatus::Paid);
    }
}

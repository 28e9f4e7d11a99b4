//! What a restriction stops (domain rule 2.2).

use super::{AccountStatus, Restriction};

impl Restriction {
    /// Whether it keeps the account out of every worklist.
    pub fn stops_work(self) -> bool {
        match self {
            Self::Bankruptcy
            | Self::Deceased
            | Self::IdentityTheft
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::Minor
            | Self::NoItemization
            | Self::Hold => true,
            Self::Scra | Self::InconvenientTime | Self::InconvenientPlace => false,
        }
    }

    /// Whether it concerns the person and so every account of the packet, not one debt alone.
    pub fn is_personal(self) -> bool {
        match self {
            Self::Bankruptcy | Self::Deceased | Self::Scra | Self::Minor => true,
            Self::IdentityTheft
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::InconvenientTime
            | Self::InconvenientPlace
            | Self::NoItemization
            | Self::Hold => false,
        }
    }

    /// Whether it stops payments from the debtor (the automatic stay, a person who did not owe).
    pub fn stops_payments(self) -> bool {
        match self {
            Self::Bankruptcy | Self::IdentityTheft | Self::Minor => true,
            Self::Deceased
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::Scra
            | Self::InconvenientTime
            | Self::InconvenientPlace
            | Self::NoItemization
            | Self::Hold => false,
        }
    }
}

/// The status shown for a newly placed account with these restrictions: the first of
/// BKY, DEC, FRAUD, ATY, CND, DSP, HLD.
pub fn status_on_placement(restrictions: &[Restriction]) -> AccountStatus {
    [
        (Restriction::Bankruptcy, AccountStatus::Bankruptcy),
        (Restriction::Deceased, AccountStatus::Deceased),
        (Restriction::IdentityTheft, AccountStatus::Fraud),
        (Restriction::Attorney, AccountStatus::Attorney),
        (Restriction::Cease, AccountStatus::Cease),
        (Restriction::Dispute, AccountStatus::Disputed),
        (Restriction::Hold, AccountStatus::Hold),
    ]
    .into_iter()
    .find(|(restriction, _)| restrictions.contains(restriction))
    .map_or(AccountStatus::New, |(_, status)| status)
}

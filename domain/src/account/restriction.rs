//! What a restriction stops (domain rule 2.2): one row for each.

use super::{AccountStatus, Restriction};
use crate::interest::StopReason;

/// What a restriction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestrictionRow {
    /// Keeps the account out of every worklist.
    pub stops_work: bool,
    /// Stops payments from the debtor (the automatic stay, a person who did not owe).
    pub stops_payments: bool,
    /// Concerns the person and so every account of the packet, not one debt alone.
    pub personal: bool,
    /// Why interest stands still while it is in force; none: it accrues.
    pub interest_stops: Option<StopReason>,
}

/// Stops work on one debt.
const STOPS_WORK: RestrictionRow = RestrictionRow {
    stops_work: true,
    stops_payments: false,
    personal: false,
    interest_stops: None,
};
/// Only says how to go about it.
const MARKS: RestrictionRow = RestrictionRow { stops_work: false, ..STOPS_WORK };

impl Restriction {
    /// What this restriction does.
    pub const fn row(self) -> RestrictionRow {
        match self {
            Self::Bankruptcy => RestrictionRow {
                stops_payments: true,
                personal: true,
                interest_stops: Some(StopReason::Bankruptcy),
                ..STOPS_WORK
            },
            Self::Deceased => RestrictionRow {
                personal: true,
                interest_stops: Some(StopReason::Deceased),
                ..STOPS_WORK
            },
            Self::IdentityTheft => RestrictionRow { stops_payments: true, ..STOPS_WORK },
            Self::Minor => RestrictionRow { stops_payments: true, personal: true, ..STOPS_WORK },
            Self::Dispute => {
                RestrictionRow { interest_stops: Some(StopReason::Dispute), ..STOPS_WORK }
            }
            Self::Attorney | Self::Cease | Self::NoItemization | Self::Hold => STOPS_WORK,
            Self::Scra => RestrictionRow { personal: true, ..MARKS },
            Self::InconvenientTime | Self::InconvenientPlace => MARKS,
        }
    }

    /// Whether it keeps the account out of every worklist.
    pub fn stops_work(self) -> bool {
        self.row().stops_work
    }

    /// Whether it concerns the person and so every account of the packet, not one debt alone.
    pub fn is_personal(self) -> bool {
        self.row().personal
    }

    /// Whether it stops payments from the debtor.
    pub fn stops_payments(self) -> bool {
        self.row().stops_payments
    }

    /// The codes of the restrictions that a query asks for, to be bound as an array.
    pub fn codes(wanted: impl Fn(RestrictionRow) -> bool) -> Vec<String> {
        Self::ALL
            .iter()
            .filter(|kind| wanted(kind.row()))
            .map(|kind| kind.code().to_owned())
            .collect()
    }
}

/// The restrictions that name a status, the gravest first.
const NAMING: [(Restriction, AccountStatus); 7] = [
    (Restriction::Bankruptcy, AccountStatus::Bankruptcy),
    (Restriction::Deceased, AccountStatus::Deceased),
    (Restriction::IdentityTheft, AccountStatus::Fraud),
    (Restriction::Attorney, AccountStatus::Attorney),
    (Restriction::Cease, AccountStatus::Cease),
    (Restriction::Dispute, AccountStatus::Disputed),
    (Restriction::Hold, AccountStatus::Hold),
];

/// The status shown for a newly placed account with these restrictions: that of the gravest.
pub fn status_on_placement(restrictions: &[Restriction]) -> AccountStatus {
    NAMING
        .into_iter()
        .find(|(restriction, _)| restrictions.contains(restriction))
        .map_or(AccountStatus::New, |(_, status)| status)
}

/// What stands on an account by its status as much as by a restriction: an attorney who was only
/// entered as the status represents the debtor all the same.
pub fn standing_on(status: AccountStatus, restrictions: &[Restriction]) -> Vec<Restriction> {
    Restriction::ALL
        .iter()
        .copied()
        .filter(|kind| restrictions.contains(kind) || NAMING.contains(&(*kind, status)))
        .collect()
}

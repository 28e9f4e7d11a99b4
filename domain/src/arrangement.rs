//! What promises, plans and settlements have in common: on which debts they are made, how they are
//! agreed to, and what a change of status does to them (domain rules 2.2 and 2.10).

use crate::account::{AccountStatus, Restriction};

names! {
    /// How an agreement was given.
    Channel {
        /// On the telephone.
        Phone = "phone";
        /// By letter.
        Mail = "mail";
        /// By e-mail.
        Email = "email";
        /// On the debtor site.
        Site = "site";
        /// Face to face.
        InPerson = "in_person";
        /// Through a program.
        Api = "api";
    }
}

names! {
    /// What a change of status does to an open promise, plan or settlement: whoever changes it by hand
    /// has to say (domain rule 2.2).
    OnArrangements {
        /// They end.
        Cancel = "cancel";
        /// They go on as agreed.
        Keep = "keep";
        /// Their days do not count until they are taken up again.
        Hold = "hold";
    }
}

/// Whether a new promise, plan or settlement may be made on a debt with this status: it is being
/// worked, and nothing from outside stands on it (domain rule 2.2).
pub fn may_arrange(status: AccountStatus) -> bool {
    status.row().takes_agreements
}

/// Whether a restriction keeps new agreements away, and holds the days of those that are open: what
/// stops work or payments stops asking for them too.
pub fn holds_arrangements(restriction: Restriction) -> bool {
    restriction.stops_work() || restriction.stops_payments()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanState, status_after};

    #[test]
    fn where_an_agreement_may_be_made_it_also_names_the_status() {
        for status in AccountStatus::ALL.iter().copied().filter(|status| may_arrange(*status)) {
            let after = status_after(PlanState::Active, false, status);
            assert_eq!(after.is_none(), status == AccountStatus::Plan, "{status:?}");
            assert!(status.is_open() && status.row().accepts_payments);
        }
    }

    #[test]
    fn a_disputed_or_bankrupt_debt_takes_no_new_agreement() {
        for status in [AccountStatus::Disputed, AccountStatus::Bankruptcy, AccountStatus::Cease] {
            assert!(!may_arrange(status));
            assert!(!status.may_become(AccountStatus::Plan));
        }
        assert!(holds_arrangements(Restriction::Dispute) && holds_arrangements(Restriction::Minor));
        assert!(!holds_arrangements(Restriction::Scra));
    }
}

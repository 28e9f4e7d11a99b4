//! What becomes of an account's status when a plan begins or ends (domain rule 2.2).

use super::PlanState;
use crate::account::{AccountStatus, follows_agreements};

/// The status an account takes when its plan comes into a state; none: it keeps its own.
/// `paid_in_full`: nothing is owed any more, and the last funds are available (money rule 21); a plan
/// may pay less than the balance.
pub fn status_after(
    state: PlanState,
    paid_in_full: bool,
    current: AccountStatus,
) -> Option<AccountStatus> {
    match state {
        PlanState::Proposed => None,
        PlanState::Active => follow(current, AccountStatus::Plan),
        // "Paid, funds clearing": nobody is contacted, and it is not yet paid in full (money rule 21).
        PlanState::Clearing => None,
        PlanState::Completed if paid_in_full => close(current, AccountStatus::PaidInFull),
        PlanState::Completed => release(current, AccountStatus::Plan),
        PlanState::Broken => follow(current, AccountStatus::Broken),
        PlanState::Canceled => release(current, AccountStatus::Plan),
    }
}

/// An agreement names the status of an account that is being worked, or that was closed as paid and
/// whose money was taken back (example E5): on no other closed account is an agreement made. What came
/// from outside (a dispute, a hold, bankruptcy …) stays on top.
pub(crate) fn follow(current: AccountStatus, next: AccountStatus) -> Option<AccountStatus> {
    let takes = follows_agreements(current);
    (takes && current != next).then_some(next)
}

/// Money that came closes an open account, whatever its status.
pub(crate) fn close(current: AccountStatus, next: AccountStatus) -> Option<AccountStatus> {
    (current.is_open() && current.may_become(next)).then_some(next)
}

/// An agreement that was given up leaves its account active, if it still has the agreement's status.
pub(crate) fn release(current: AccountStatus, of: AccountStatus) -> Option<AccountStatus> {
    (current == of).then_some(AccountStatus::Active)
}

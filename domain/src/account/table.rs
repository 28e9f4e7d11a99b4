//! The table of the statuses of an account (domain rule 2.2): one row for each.

use super::AccountStatus::{self, *};
use super::status::{Phase, SetBy, StatusRow};
use crate::interest::StopReason;

/// What comes from outside the agency, which does not ask what the account was doing.
const OUTSIDE: &[AccountStatus] =
    &[Disputed, Complaint, Cease, Attorney, Hold, Bankruptcy, Deceased, Fraud, PendingRecall];
/// Every way to close an account.
const CLOSED: &[AccountStatus] = &[
    PaidInFull,
    SettledInFull,
    Recalled,
    ClosedBankruptcy,
    ClosedDeceased,
    ClosedDispute,
    Exhausted,
    SmallBalance,
    StatuteExpired,
    PlacedInError,
    ClosedFraud,
    Duplicate,
];
/// What an agreement says, kept or missed.
const AGREED: &[AccountStatus] = &[Promise, Plan, Settlement, Broken];
/// Where an account that is being worked may go by itself.
const WORKED: &[AccountStatus] = &[Active, Returned, Legal, Forwarded];
/// Somebody who asked us to stop, or who may not owe the debt, is not put on hold or into complaint by
/// us; notices of legal effect still arrive.
const NOTICES: &[AccountStatus] =
    &[Active, Attorney, Bankruptcy, Deceased, Disputed, Legal, PendingRecall];

/// An open account that is worked, contacted and paid.
const ORDINARY: StatusRow = StatusRow {
    phase: Phase::Open,
    worked: true,
    contactable: true,
    accepts_payments: true,
    takes_agreements: true,
    interest_stops: None,
    reported: true,
    visible_to_debtor: true,
    set_by: &[SetBy::Person],
    next: &[WORKED, AGREED, OUTSIDE, CLOSED],
};
/// An agreement is being kept: it is worked only when something goes wrong.
const KEPT: StatusRow = StatusRow { worked: false, set_by: &[SetBy::Agreement], ..ORDINARY };
/// Something from outside stands on it: answered, not worked.
const HALTED: StatusRow = StatusRow {
    worked: false,
    takes_agreements: false,
    set_by: &[SetBy::Placement, SetBy::Person],
    next: &[&[Active, Legal], OUTSIDE, CLOSED],
    ..ORDINARY
};
/// Nobody contacts the debtor; payments are taken.
const QUIET: StatusRow = StatusRow { contactable: false, ..HALTED };
/// Closed: nothing is done, and it is reopened only with a reason.
const ENDED: StatusRow = StatusRow {
    phase: Phase::Closed,
    worked: false,
    contactable: false,
    accepts_payments: false,
    takes_agreements: false,
    interest_stops: Some(StopReason::Closed),
    reported: false,
    visible_to_debtor: true,
    set_by: &[SetBy::Person],
    next: &[&[Active]],
};
/// Closed because money came, which alone says so.
const PAID: StatusRow = StatusRow {
    phase: Phase::Paid,
    interest_stops: None,
    reported: true,
    set_by: &[SetBy::Money],
    ..ENDED
};
/// Closed, and never to be counted as placed.
const WITHDRAWN: StatusRow = StatusRow { phase: Phase::Withdrawn, ..ENDED };

impl AccountStatus {
    /// What this status allows.
    pub const fn row(self) -> StatusRow {
        match self {
            New => StatusRow {
                // Nothing is furnished before the debtor was spoken or written to (Reg F 1006.30(a)(1)).
                reported: false,
                set_by: &[SetBy::Placement, SetBy::Person],
                next: &[WORKED, AGREED, &[Judgment], OUTSIDE, CLOSED],
                ..ORDINARY
            },
            Active => {
                StatusRow { next: &[WORKED, AGREED, &[Judgment], OUTSIDE, CLOSED], ..ORDINARY }
            }
            // Due on its day, and so in a worklist.
            Promise => StatusRow { worked: true, ..KEPT },
            Plan => StatusRow { interest_stops: Some(StopReason::PlanWaiver), ..KEPT },
            Settlement => StatusRow { interest_stops: Some(StopReason::Settlement), ..KEPT },
            Broken => StatusRow { set_by: &[SetBy::Agreement], ..ORDINARY },
            Returned => StatusRow { set_by: &[SetBy::Money], ..ORDINARY },
            // Reported as disputed (Reg F 1006.18(c)(2), 15 USC 1692e(8)).
            Disputed => StatusRow { interest_stops: Some(StopReason::Dispute), ..HALTED },
            Complaint | Attorney => HALTED,
            Deceased => {
                StatusRow { interest_stops: Some(StopReason::Deceased), reported: false, ..HALTED }
            }
            Cease => StatusRow { next: &[NOTICES, CLOSED], ..HALTED },
            Fraud => StatusRow {
                contactable: false,
                accepts_payments: false,
                // 15 USC 1681s-2(a)(6).
                reported: false,
                next: &[NOTICES, CLOSED],
                ..HALTED
            },
            // The stay (11 USC 362(a)(6)) ends by dismissal (active) or with the account.
            Bankruptcy => StatusRow {
                contactable: false,
                accepts_payments: false,
                interest_stops: Some(StopReason::Bankruptcy),
                reported: false,
                next: &[&[Active, PendingRecall], CLOSED],
                ..HALTED
            },
            // A hold gives back what was before.
            Hold => {
                StatusRow { next: &[&[New, Judgment], WORKED, AGREED, OUTSIDE, CLOSED], ..QUIET }
            }
            Legal => StatusRow {
                worked: false,
                next: &[&[Active, Judgment], AGREED, OUTSIDE, CLOSED],
                ..ORDINARY
            },
            Judgment => ORDINARY,
            Forwarded => StatusRow { next: &[&[Active], OUTSIDE, CLOSED], ..QUIET },
            PendingRecall => StatusRow { reported: false, next: &[&[Active], CLOSED], ..QUIET },
            PaidInFull | SettledInFull => PAID,
            Recalled => WITHDRAWN,
            // The debtor was never rightly asked for it, or sees it once already.
            PlacedInError | Duplicate => StatusRow { visible_to_debtor: false, ..WITHDRAWN },
            ClosedBankruptcy | ClosedDeceased | ClosedDispute | Exhausted | SmallBalance
            | StatuteExpired | ClosedFraud => ENDED,
        }
    }
}

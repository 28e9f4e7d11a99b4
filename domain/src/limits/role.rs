//! What each role of the staff may agree to by itself, until the agency says otherwise.

use super::Limits;
use crate::money::Money;
use crate::role::StaffRole;

/// The preset of a role, to be merged as [`super::Level::Preset`]. A supervisor's override applies the
/// supervisor's limits, not none (domain rule 2.10, checklist 65): the levels are merged again with
/// the supervisor's preset and role limits in place of the collector's; the creditor's rules stay. Who does not run the floor agrees as a collector does. Twelve parts are the
/// usual, twenty-four the most.
pub fn for_role(role: StaffRole) -> Limits {
    match role {
        StaffRole::Collector | StaffRole::Compliance | StaffRole::Finance => Limits {
            promise_min_amount: Some(Money::from_minor(2_500)),
            promise_first_within_days: Some(30),
            promise_most_open: Some(6),
            promise_min_additional: Some(Money::from_minor(2_500)),
            plan_min_payment: Some(Money::from_minor(2_500)),
            plan_most_installments: Some(12),
            plan_most_days: Some(366),
            plan_start_within_days: Some(31),
            plan_most_pause_days: Some(30),
            ..Limits::default()
        },
        StaffRole::Manager | StaffRole::Admin => Limits {
            promise_min_amount: Some(Money::from_minor(1_000)),
            promise_first_within_days: Some(45),
            promise_most_open: Some(12),
            promise_min_additional: Some(Money::from_minor(1_000)),
            plan_min_payment: Some(Money::from_minor(1_000)),
            plan_most_installments: Some(24),
            plan_most_days: Some(731),
            plan_start_within_days: Some(62),
            plan_most_pause_days: Some(60),
            ..Limits::default()
        },
    }
}

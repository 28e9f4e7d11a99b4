//! Who places debts, and on what terms: creditors and their tree, contracts, commission schedules,
//! the policies of agreements, the terms and splits of collectors.

pub mod arrangement_rules;
pub mod collectors;
pub mod commission_schedules;
pub mod contracts;
pub mod creditors;

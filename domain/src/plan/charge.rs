//! When a stored instrument is charged and tried again (domain rule 2.10). Due dates stay on
//! weekends; charges and retries move to the next banking day (money rule 19).

use super::days_after;
use crate::calendar::{banking_days_after, is_banking_day};
use chrono::NaiveDate;

/// The day on which an installment is charged: its due date, or the next banking day.
pub fn charge_on(due: NaiveDate) -> NaiveDate {
    if is_banking_day(due) { due } else { banking_days_after(due, 1) }
}

/// The day of the next try after `failed` failed charges, the first of which was on
/// `first_charge`: three days after it, then seven, each moved to a banking day, at most two
/// (domain rule 2.10; Nacha allows two re-presentments). None when the code of the last failure
/// forbids it, or the day lies after the end of grace.
pub fn retry_on(
    first_charge: NaiveDate,
    failed: u32,
    code: &str,
    grace_ends: NaiveDate,
) -> Option<NaiveDate> {
    let days = match failed {
        1 => 3,
        2 => 7,
        _ => return None,
    };
    let day = charge_on(days_after(first_charge, days));
    (may_retry(code) && day <= grace_ends).then_some(day)
}

/// Whether a charge refused with this code may be tried again. Never: a closed or unknown bank
/// account (R02, R03, R04), an authorization revoked or denied (R05, R07, R10, R29), a stopped payment
/// (R08), a card lost, stolen, expired or fraudulent (domain rule 2.10, Nacha operating rules).
pub fn may_retry(code: &str) -> bool {
    !matches!(
        code,
        "R02"
            | "R03"
            | "R04"
            | "R05"
            | "R07"
            | "R08"
            | "R10"
            | "R29"
            | "account_closed"
            | "no_account"
            | "invalid_account"
            | "debit_not_authorized"
            | "lost_card"
            | "stolen_card"
            | "pickup_card"
            | "fraudulent"
            | "expired_card"
            | "incorrect_number"
            | "do_not_try_again"
    )
}

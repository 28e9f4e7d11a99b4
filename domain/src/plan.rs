//! A payment plan: its schedule, its limits, its installments and its states (domain rule 2.10,
//! money rules 19 to 21).

mod broken;
mod change;
mod charge;
mod check;
mod dates;
mod matching;
mod packet;
mod received;
mod schedule;
pub(crate) mod status;

pub use broken::{PlanProgress, breaks_on, broken_on, stand};
pub use change::{Change, ChangeRefusal, pause, skip, tweak};
pub use charge::{charge_on, may_retry, retry_on};
pub use check::{PlanRefusal, check, check_rows};
pub use dates::Dates;
pub(crate) use dates::days_after;
pub use matching::{Match, Matched, Progress, match_payments};
pub use packet::{NotSpreadable, spread_installment};
pub use received::Received;
pub use schedule::{DownPayment, Parts, Proposal, ScheduleRefusal, schedule};
pub use status::status_after;

use crate::money::{Amount, Money, TooLarge};
use chrono::NaiveDate;

names! {
    /// How often a plan pays.
    Frequency {
        /// Every week.
        Weekly = "weekly";
        /// Every two weeks.
        Biweekly = "biweekly";
        /// Twice a month: day d and d ± 15 (money rule 19).
        SemiMonthly = "semi_monthly";
        /// Every month.
        Monthly = "monthly";
        /// On dates of its own.
        Custom = "custom";
    }
}

names! {
    /// Who moves the money of a plan.
    PlanKind {
        /// The debtor pays by himself.
        Promise = "promise";
        /// A stored instrument is charged.
        Secure = "secure";
    }
}

names! {
    /// The states of a plan.
    PlanState {
        /// Waits for the debtor's consent or an approval.
        Proposed = "proposed";
        /// Agreed, and kept so far.
        Active = "active";
        /// All paid, some of it not yet available: "paid, funds clearing" (money rule 21).
        Clearing = "clearing";
        /// All paid and available.
        Completed = "completed";
        /// An installment was missed beyond grace, or a payment returned after it.
        Broken = "broken";
        /// Given up before its end by a person, a recall or another plan.
        Canceled = "canceled";
    }
}

names! {
    /// The states of an installment.
    InstallmentState {
        /// Due on a later day.
        Scheduled = "scheduled";
        /// Due and not paid.
        Due = "due";
        /// Paid.
        Paid = "paid";
        /// Paid in part.
        PartPaid = "part_paid";
        /// The last charge failed or was returned.
        Failed = "failed";
        /// Left out by agreement; the last installment carries it.
        Skipped = "skipped";
    }
}

/// One installment of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installment {
    /// 0 is the down payment, which does not count (money rule 19); the others count from 1.
    pub number: u32,
    /// The day agreed with the debtor; it does not move off weekends (money rule 19).
    pub due: NaiveDate,
    /// Due on the day; above zero.
    pub amount: Amount,
    /// Left out by agreement; the last installment carries its amount.
    pub skipped: bool,
}

impl Installment {
    /// What it asks for: nothing when skipped.
    pub fn asked(&self) -> Money {
        if self.skipped { Money::ZERO } else { self.amount.money() }
    }
}

/// What a schedule pays in all.
pub fn total(rows: &[Installment]) -> Result<Money, TooLarge> {
    Money::total(rows.iter().map(Installment::asked))
}

impl PlanState {
    /// Whether the step is one that a plan may take. What [`stand`] finds may go back while grace
    /// runs (a return); broken and canceled plans are not revived: a new one is agreed.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Proposed => matches!(next, Self::Active | Self::Canceled),
            Self::Active => {
                matches!(next, Self::Clearing | Self::Completed | Self::Broken | Self::Canceled)
            }
            Self::Clearing => {
                matches!(next, Self::Active | Self::Completed | Self::Broken | Self::Canceled)
            }
            // A chargeback after the end.
            Self::Completed => matches!(next, Self::Active | Self::Clearing | Self::Broken),
            Self::Broken | Self::Canceled => false,
        }
    }

    /// Whether it binds: it is judged every day, and its payments are expected.
    pub fn is_open(self) -> bool {
        match self {
            Self::Proposed | Self::Active | Self::Clearing => true,
            Self::Completed | Self::Broken | Self::Canceled => false,
        }
    }
}

impl InstallmentState {
    /// The state of an installment on a day. `charge_failed`: the last charge was declined or the
    /// last payment returned.
    pub fn on(day: NaiveDate, progress: &Progress, charge_failed: bool) -> Self {
        let row = progress.installment;
        if row.skipped {
            Self::Skipped
        } else if progress.paid >= row.amount.money() {
            Self::Paid
        } else if charge_failed {
            Self::Failed
        } else if progress.paid.is_positive() {
            Self::PartPaid
        } else if row.due <= day {
            Self::Due
        } else {
            Self::Scheduled
        }
    }

    /// Whether the step is one that an installment may take: a return takes "paid" back, and one
    /// that was skipped stays so.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Scheduled | Self::Due | Self::PartPaid | Self::Failed => self != next,
            Self::Paid => {
                matches!(next, Self::Scheduled | Self::Due | Self::PartPaid | Self::Failed)
            }
            Self::Skipped => false,
        }
    }
}

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod property_tests;

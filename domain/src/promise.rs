//! A promise to pay: its limits, its window, and whether it was kept (domain rule 2.10, money
//! rule 20).

mod check;
mod judge;

pub use check::{PromiseRefusal, Series, check};
pub use judge::{
    Judgment, Promise, Terms, Window, broken_count, judge, judge_all, judge_each, window,
};

use crate::account::AccountStatus;
use crate::plan::status::{close, follow, release};

/// After so many broken promises the next one needs a supervisor (domain rule 2.10).
pub const BROKEN_BEFORE_SUPERVISOR: u32 = 2;

names! {
    /// The states of a promise.
    PromiseState {
        /// Its window is open, or has not begun.
        Pending = "pending";
        /// Paid in full within its window.
        Kept = "kept";
        /// Paid in part, at least the threshold.
        Partial = "partial";
        /// Not paid, or too little.
        Broken = "broken";
        /// Taken back, or replaced.
        Canceled = "canceled";
    }
}

impl PromiseState {
    /// Whether the step is one that a promise may take. A judged promise is judged again when a
    /// payment of its window is returned or entered late; one that was canceled is over.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => self != next,
            // Within grace a return makes it pending again.
            Self::Kept => matches!(next, Self::Pending | Self::Partial | Self::Broken),
            Self::Partial => matches!(next, Self::Kept | Self::Broken),
            Self::Broken => matches!(next, Self::Kept | Self::Partial),
            Self::Canceled => false,
        }
    }
}

/// Whether the next promise needs a supervisor.
pub fn needs_supervisor(broken: u32) -> bool {
    broken >= BROKEN_BEFORE_SUPERVISOR
}

/// The status an account takes when a promise comes into a state; none: it keeps its own.
/// `paid_in_full`: nothing is owed any more, and the last funds are available (money rule 21).
pub fn status_after(
    state: PromiseState,
    paid_in_full: bool,
    current: AccountStatus,
) -> Option<AccountStatus> {
    match state {
        PromiseState::Pending => follow(current, AccountStatus::Promise),
        PromiseState::Kept | PromiseState::Partial if paid_in_full => {
            close(current, AccountStatus::PaidInFull)
        }
        PromiseState::Kept | PromiseState::Partial | PromiseState::Canceled => {
            release(current, AccountStatus::Promise)
        }
        PromiseState::Broken => follow(current, AccountStatus::Broken),
    }
}

#[cfg(test)]
mod tests;

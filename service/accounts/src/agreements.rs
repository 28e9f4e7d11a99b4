//! What promises, plans and settlements share: on which debt they may be made and by whom, which
//! money counts, and the judging after every payment and every morning (domain rule 2.10).
//!
//! Judging happens in the transaction of its cause: a payment that posts or is returned judges what
//! is agreed on its account before it commits. What spans several accounts, and what only the passing
//! of a day changes, is judged by a job, under the locks of all its accounts in the order of their ids.

pub mod ground;
mod installments;
mod judge;
pub mod plans;
pub mod policies;
pub mod promises;
mod received;
pub mod settlements;
mod suspend;

pub use ground::NotNow;
pub use ground::{
    Agreeing, Ground, ground, lock_all, lock_ground, may_arrange, nothing_open, of_debtor,
};
pub use judge::{after_money, follow, judge_account, judge_day, paid_off};
pub use received::{Seen, received};
pub use suspend::{Ended, Open, end_all, open_on, resume_all, suspend_all};

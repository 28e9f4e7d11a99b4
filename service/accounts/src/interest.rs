//! Interest of accounts: computed for any day from what happened, posted when something needs it
//! (domain rule 2.9, money rules 15 and 16).
//!
//! An account's history is read in one trip and computed again as a whole. What the books then lack
//! is one entry: `interest` where it accrued since the last posting, `shift` where something
//! earlier changed. Afterwards the account's buckets are those of the history.
//!
//! What is owed online is what is posted: a debtor is never asked for interest that no entry shows.

mod history;
mod many;
mod payoff;
mod returns;
mod settle;

pub use many::payoffs;
pub use payoff::{Asked, Payoff, PayoffRefused, fix, payoff};
pub use returns::returning;
pub(crate) use settle::{Around, around_entry};
pub use settle::{before_payment, post_through, split_of};

use entity::account;
use sea_orm::prelude::Decimal;

/// Whether interest can accrue on an account at all: it brings rate and authority, or a judgment
/// (15 USC 1692f(1)). The rest depends on its creditor's contract.
pub(crate) fn may_accrue(account: &account::Model) -> bool {
    let rated = account.interest_rate.is_some_and(|rate| rate > Decimal::ZERO);
    let permitted = account.interest_authority.as_ref().is_some_and(|text| !text.trim().is_empty());
    (rated && permitted) || account.judgment.is_some()
}

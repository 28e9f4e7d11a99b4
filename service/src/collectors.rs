//! Collectors: their terms, who shares the credit of a payment, what they earned, what a return took
//! back (domain rule 2.12, money rule 18).
//!
//! Credit is written in the transaction that posts a payment, and mirrored in the one that reverses
//! it. It counts in the month of the posting, so that a month that is over does not change. Who is
//! credited: the members of the account's own split; else the collector whose desk had the account on
//! the payment's effective date; else the members of the agency's split; else nobody. Whoever has no
//! terms in force on that date earns nothing.

mod credits;
mod splits;
mod statement;
mod terms;

pub(crate) use credits::{Grounds, credit, mirror};
pub use splits::{NewSplit, SplitRefused, SplitVersion, add_split, splits};
pub(crate) use statement::month_of;
pub use statement::{CreditLine, MonthStatement, credits, statement};
pub use terms::{Collector, NewTerms, Terms, TermsRefused, add_terms, list, terms};

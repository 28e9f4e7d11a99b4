//! Collectors: their terms, and who shares the credit of a payment (domain rule 2.12, money rule 18).
//! What they are credited with is written in the transaction that posts a payment.

mod splits;
mod terms;

pub use splits::{NewSplit, SplitRefused, SplitVersion, add_split, splits};
pub use terms::{
    Collector, NewTerms, Terms, TermsRefused, add_terms, in_force, list, member, own_or_all, terms,
};

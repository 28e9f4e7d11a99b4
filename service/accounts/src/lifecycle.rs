//! What an account's state does: statuses changed by people, restrictions set and lifted, and what follows
//! for its agreements, its interest and its work.

mod restrictions;
mod status;

pub use restrictions::{
    NewRestriction, RestrictionRefused, lift_restriction, restrict, set_restriction,
};
pub use status::{StatusChange, StatusRefused, change_status};

//! What ties the use cases together: putting the application together ([`app`]), running jobs
//! ([`jobs`]), what recurs ([`schedule`]), carrying out what was approved ([`approvals`]). Everything
//! else is found here under its noun, and lives in the crate of its layer.

pub mod app;
pub mod approvals;
pub mod jobs;
pub mod schedule;

pub use ::accounts::agreements as arrangements;
pub use ::accounts::agreements::{promises, settlements};
pub use ::accounts::{adjustments, debt_entries, debtor_access, debtor_hub, interest};
pub use ::agency::desks::assignments;
pub use ::agency::{
    close_runs, creditor_payments, desks, exports, invoices, placements, remittances, reports,
    retention, statements, sweeps, worklist,
};
pub use ::identity::{
    access, agencies, api_keys, entry, passwords, platform, sessions, sign_in, tokens, users,
};
pub use ::ledger::{advances, alarms, bank_statements, recovery, trust};
pub use ::payments::gateway::{accounts as gateway_accounts, events as gateway_events};
pub use ::payments::{credits, payments, payouts};
pub use ::terms::{commission_schedules, contracts, creditors};
pub use app::App;
pub use comms::mail;
pub use kernel::{
    Fault, Flaw, Kind, Refused, Stop, Tx, actor, agency as books, audit, clock, db, limits, once,
    random, stop, vault, window,
};

/// Accounts: found, read, changed, linked to one person.
pub mod accounts {
    pub use ::accounts::accounts::*;
    pub use ::accounts::lifecycle::*;
    pub use ::payments::packets::*;
}

/// Collectors: their terms, their credits, their month.
pub mod collectors {
    pub use ::agency::collectors::*;
    pub use ::terms::collectors::*;
}

/// Payment plans: previewed, made, changed, paid, ended.
pub mod plans {
    pub use ::accounts::agreements::plans::*;
    pub use ::payments::plans::*;
}

/// The timeline of an account.
pub mod timeline {
    pub use ::accounts::timeline::*;
    pub use kernel::timeline::*;
}

/// The policies of agreements: limits and settlement tiers, and which apply to a debt.
pub mod arrangement_rules {
    pub use ::accounts::agreements::policies::*;
    pub use ::terms::arrangement_rules::*;
}

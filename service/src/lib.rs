//! Use cases: one function per verb. The only crate that talks SQL.
//!
//! A verb reads: begin, lock, decide, write, audit, enqueue, commit, in this order, visible in one
//! function. It takes the [`app::App`] and an actor, and answers with its own refusals.
//!
//! ```text
//! let tx = app.begin(actor).await?;            // the actor's database role and scope
//! actor.require(Permission::DeskWrite)?;       // may they?
//! let desk = desks::lock(&tx, id).await?;      // one lock order: agency, placement, account, payment
//! …                                            // domain decides
//! audit::write(&tx, …).await?;
//! tx.commit().await?;
//! ```

pub mod access;
pub mod accounts;
pub mod actor;
pub mod adjustments;
pub mod advances;
pub mod agencies;
pub mod alarms;
pub mod api_keys;
pub mod app;
pub mod approvals;
pub mod arrangement_rules;
pub mod arrangements;
pub mod assignments;
pub mod audit;
pub mod bank_statements;
pub mod books;
pub mod clock;
pub mod close_runs;
pub mod collectors;
pub mod commission_schedules;
pub mod contracts;
pub mod creditor_payments;
pub mod creditors;
pub mod credits;
pub mod db;
pub mod debt_entries;
pub mod debtor_access;
pub mod debtor_hub;
pub mod desks;
pub mod entry;
pub mod exports;
pub mod gateway_accounts;
mod gateway_calls;
pub mod gateway_events;
mod installments;
pub mod interest;
pub mod invoices;
pub mod jobs;
mod ledger;
pub mod limits;
pub mod mail;
pub mod once;
pub mod passwords;
pub mod payments;
pub mod payouts;
pub mod placements;
pub mod plans;
pub mod platform;
mod press;
pub mod promises;
pub mod random;
pub mod recovery;
pub mod remittances;
pub mod reports;
pub mod retention;
pub mod schedule;
pub mod sessions;
pub mod settlements;
pub mod sign_in;
pub mod statements;
pub mod stop;
pub mod sweeps;
pub mod timeline;
pub mod tokens;
pub mod trust;
pub mod users;
pub mod vault;
pub mod window;
pub mod worklist;

pub use app::App;
pub use db::Tx;
pub use stop::{Fault, Flaw, Kind, Refused, Stop};

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
pub mod agencies;
pub mod api_keys;
pub mod app;
pub mod assignments;
pub mod audit;
pub mod books;
pub mod clock;
pub mod contracts;
pub mod creditors;
pub mod db;
mod debt_entries;
pub mod debtor_access;
pub mod debtor_hub;
pub mod desks;
pub mod entry;
pub mod gateway_accounts;
mod gateway_calls;
pub mod gateway_events;
pub mod jobs;
mod ledger;
pub mod limits;
pub mod mail;
pub mod once;
pub mod passwords;
pub mod payments;
pub mod placements;
pub mod platform;
pub mod random;
pub mod recovery;
pub mod retention;
pub mod schedule;
pub mod sessions;
pub mod sign_in;
pub mod stop;
pub mod timeline;
pub mod tokens;
pub mod trust;
pub mod users;
pub mod vault;
pub mod window;
pub mod worklist;

pub use app::App;
pub use db::Tx;
pub use stop::{Fault, Kind, Refused, Stop};

//! What every verb stands on: who acts ([`actor`]), the transaction that carries a scope ([`db`]), the
//! application ([`app`]), and what is written in the transaction of its cause: the record of what
//! happened, jobs, answers kept under an idempotency key, requests for a second person.
//!
//! A verb reads: begin, lock, decide, write, record, enqueue, commit, in this order, visible in one
//! function.
//!
//! ```text
//! let tx = app.begin(actor).await?;            // the actor's database role and scope
//! actor.require(Permission::DeskWrite)?;       // may they?
//! let desk = desks::lock(&tx, id).await?;      // one lock order: agency, placement, account, payment
//! …                                            // domain decides
//! audit::write(&tx, …).await?;
//! tx.commit().await?;
//! ```

pub mod actor;
pub mod agency;
pub mod app;
pub mod approvals;
pub mod audit;
pub mod clock;
pub mod db;
pub mod jobs;
pub mod limits;
pub mod once;
pub mod random;
pub mod stop;
pub mod timeline;
pub mod vault;
pub mod window;

pub use app::App;
pub use db::Tx;
pub use stop::{Fault, Flaw, Kind, Refused, Stop};

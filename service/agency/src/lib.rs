//! The agency's business: placements, desks and the worklist, the month end with its statements,
//! invoices and remittances, collectors' statements, reports and exports.

pub mod close_runs;
pub mod collectors;
pub mod creditor_payments;
pub mod desks;
pub mod exports;
pub mod invoices;
pub mod placements;
mod press;
pub mod remittances;
pub mod reports;
pub mod retention;
pub mod statements;
pub mod sweeps;
pub mod worklist;

//! The whole, tested as its users would use it: a module per journey, one real PostgreSQL, one fresh
//! agency per test.
#![cfg(test)]

mod access;
mod accounts;
mod adjustments;
mod approvals;
mod arrangements;
mod assignments;
mod client_site;
mod closing;
mod cluster;
mod collectors;
mod commission;
mod core;
mod counter;
mod credits;
mod debts;
mod faults;
mod floor_api;
mod histories;
mod holding;
mod http;
mod interest;
mod model;
mod month_end;
mod office;
mod openapi;
mod packets_payments;
mod papers;
mod payments;
mod payouts;
mod people;
mod placements;
mod plant;
mod reconciliation;
mod remittance;
mod reports;
mod server;
mod strangers;
mod tenancy;
mod till;
mod trust;
mod visitor;
mod webhooks;
mod worklist;
mod world;

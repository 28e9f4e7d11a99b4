//! The whole, tested as its users would use it: a module per journey, one real PostgreSQL, one fresh
//! agency per test.
#![cfg(test)]

mod access;
mod accounts;
mod assignments;
mod client_site;
mod cluster;
mod core;
mod debts;
mod faults;
mod floor_api;
mod http;
mod jobs;
mod openapi;
mod papers;
mod payments;
mod people;
mod placements;
mod plant;
mod server;
mod strangers;
mod tenancy;
mod till;
mod trust;
mod visitor;
mod webhooks;
mod worklist;
mod world;

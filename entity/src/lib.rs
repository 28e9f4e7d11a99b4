//! SeaORM entities: one file per table, nothing else.
//!
//! What a column means stands in the migration that made it.

#![expect(missing_docs, reason = "a column is documented where it is made, in the migration")]

pub mod account;
pub mod advance;
pub mod agency;
pub mod agency_host;
pub mod agency_key;
pub mod api_key;
pub mod approval;
pub mod assignment;
pub mod attempt_limit;
pub mod audit;
pub mod challenge;
pub mod close_run;
pub mod commission_schedule;
pub mod contact_point;
pub mod contract;
pub mod credit_use;
pub mod creditor;
pub mod creditor_payment;
pub mod debt_entry;
pub mod debtor;
pub mod desk;
pub mod gateway_account;
pub mod gateway_call;
pub mod gateway_customer;
pub mod gateway_event;
pub mod idempotency_key;
pub mod invite;
pub mod invoice;
pub mod invoice_application;
pub mod job;
pub mod mail;
pub mod number_sequence;
pub mod party;
pub mod payment;
pub mod payment_line;
pub mod payout;
pub mod placement;
pub mod placement_file;
pub mod placement_finding;
pub mod placement_line;
pub mod placement_mapping;
pub mod platform_admin;
pub mod portfolio;
pub mod refresh_token;
pub mod remittance;
pub mod restriction;
pub mod session;
pub mod statement;
pub mod statement_line;
pub mod sweep;
pub mod timeline_entry;
pub mod transfer;
pub mod trust_account;
pub mod trust_alarm;
pub mod user;
pub mod work_result;

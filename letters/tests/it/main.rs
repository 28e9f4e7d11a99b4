//! Documents as they are read by somebody else's reader.

#![cfg(test)]

mod fixture;
mod invoices;
mod reading;
mod statements;

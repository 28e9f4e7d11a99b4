//! The whole, tested as its users would use it: a module per journey, one real PostgreSQL, one fresh
//! agency per test.
#![cfg(test)]

mod cluster;
mod core;
mod openapi;
mod people;
mod world;

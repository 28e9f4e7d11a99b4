//! What is said to people outside: mail, written in the transaction of its cause and sent by a job.

pub mod mail;

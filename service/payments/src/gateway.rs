//! The payment gateway: agencies' accounts with it, calls written down before they are sent, and events
//! that it tells us.

pub mod accounts;
pub mod calls;
pub mod events;

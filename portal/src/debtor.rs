//! The debtor site.
use actix_web::web::ServiceConfig;
/// Its pages.
pub fn pages(_: &mut ServiceConfig) {}

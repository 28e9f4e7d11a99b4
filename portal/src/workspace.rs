//! The workspace, where the agency works. Its frame is
//! `templates/workspace/base.html`.

use actix_web::web::ServiceConfig;

/// Its pages.
pub fn pages(_config: &mut ServiceConfig) {}

//! The workspace, where the agency works. Its frame is
//! `templates/workspace/base.html`.

use actix_web::web::ServiceConfig;

/// Its pages.
pub fn pages(config: &mut ServiceConfig) {
    config.configure(crate::entry::routes);
}

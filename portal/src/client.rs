//! The client site, where creditors follow the recovery. Its frame is
//! `templates/client/base.html`.

use actix_web::web::ServiceConfig;

/// Its pages.
pub fn pages(config: &mut ServiceConfig) {
    config.configure(crate::entry::routes);
}

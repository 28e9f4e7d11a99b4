//! The documentation: the document itself, a page to read it with, and the kinds of problems. All
//! of it comes from this server.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the documentation pages may load: only what this server sends.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PROBLEMS: &str = include_str!("docs/problems.html");

/// Mounts `/docs`, `/docs/problems` and `/openapi.json`.
pub fn mount(cfg: &mut web::ServiceConfig, document: OpenApi) {
    let page = Config::default().validator_url("none").try_it_out_enabled(false);
    cfg.route("/docs/problems", web::get().to(problems));
    cfg.route("/docs", web::get().to(to_page));
    cfg.service(SwaggerUi::new("/docs/{_:.*}").url("/openapi.json", document).config(page));
}

async fn to_page() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/docs/")).finish()
}

async fn problems() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PROBLEMS)
}

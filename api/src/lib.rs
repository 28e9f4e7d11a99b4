//! The JSON API under `/v1`: one file per resource.
//!
//! # How to add an operation
//!
//! A handler parses, makes one service call, and renders; `creditors.rs` shows each kind.
//!
//! ```text
//! /// Change a creditor.                                  (first line: the summary)
//! ///
//! /// Only what is sent changes.                          (the rest: the description)
//! #[utoipa::path(
//!     tag = "Creditors",                                  // one of those in openapi.rs
//!     params(("creditor_id" = CreditorId, Path), IfMatch),// every {x} of the path; IfMatch where a
//!                                                         // version is changed, IdempotencyKey where
//!                                                         // money moves or a person is contacted
//!     request_body(content = CreditorPatch, content_type = "application/merge-patch+json"),
//!     responses((status = 200, body = Creditor, headers(("ETag" = String)))),
//!     extensions(("x-permission" = json!("creditor:write"))),
//! )]
//! #[patch("/v1/creditors/{creditor_id}")]                 // the whole path, in plain sight
//! async fn change_creditor(…) -> Answer { … }             // the name is the operation id: unique
//! ```
//!
//! Register it in the file's `routes`, and the file in [`routes`] below: one line each. All errors
//! (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 500, 503), shared headers, security and
//! missing bounds are added to the document by [`openapi`]; `security(())` opens an operation to
//! strangers. Request structs are `deny_unknown_fields`; their texts carry `max_length`. Bodies are
//! [`body::Json`] or [`body::MergePatch`], queries `web::Query` of a `deny_unknown_fields` struct,
//! lists answer through [`page::Cursors`], versions through [`etag`]. Refusals of the service become
//! problems by `?`. A type that only a query uses needs `#[param(inline)]` there. After a change,
//! `quittance openapi > openapi/openapi.json`.

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use service::{App, Fault};
use utoipa_actix_web::service_config::ServiceConfig;

pub mod auth;
pub mod body;
mod docs;
mod download;
pub mod etag;
pub mod idempotency;
pub mod limit;
pub mod money;
pub mod openapi;
pub mod page;
pub mod problem;
mod query;
mod refusal;
pub mod request;
mod unrouted;

mod accounts;
mod adjustments;
mod agency;
mod api_keys;
mod approvals;
mod arrangement_rules;
mod assignments;
mod audit;
mod bank_statements;
mod close_runs;
mod collectors;
mod commission_schedules;
mod creditor_payments;
mod creditors;
mod credits;
mod desks;
mod gateway;
mod invoices;
mod payments;
mod payouts;
mod placements;
mod plans;
mod platform;
mod promises;
mod recovery;
mod remittances;
mod reports;
mod settlement_offers;
mod statements;
mod sweeps;
mod timeline;
mod tokens;
mod trust;
mod users;
mod worklist;

pub use openapi::document;
pub use problem::Problem;

/// What a handler answers.
pub type Answer = Result<HttpResponse, Problem>;

/// Every resource, in the order of the document.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(tokens::routes);
    cfg.configure(platform::routes);
    cfg.configure(agency::routes);
    cfg.configure(users::routes);
    cfg.configure(api_keys::routes);
    cfg.configure(creditors::routes);
    cfg.configure(payments::routes);
    cfg.configure(promises::routes);
    cfg.configure(plans::routes);
    cfg.configure(settlement_offers::routes);
    cfg.configure(arrangement_rules::routes);
    cfg.configure(commission_schedules::routes);
    cfg.configure(trust::routes);
    cfg.configure(payouts::routes);
    cfg.configure(bank_statements::routes);
    cfg.configure(gateway::routes);
    cfg.configure(accounts::routes);
    cfg.configure(timeline::routes);
    cfg.configure(desks::routes);
    cfg.configure(assignments::routes);
    cfg.configure(worklist::routes);
    cfg.configure(recovery::routes);
    cfg.configure(reports::routes);
    cfg.configure(collectors::routes);
    cfg.configure(audit::routes);
    cfg.configure(placements::routes);
    cfg.configure(statements::routes);
    cfg.configure(close_runs::routes);
    cfg.configure(remittances::routes);
    cfg.configure(invoices::routes);
    cfg.configure(creditor_payments::routes);
    cfg.configure(sweeps::routes);
    cfg.configure(adjustments::routes);
    cfg.configure(approvals::routes);
    cfg.configure(credits::routes);
}

/// What the API needs to know besides the application.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How much one caller may ask for.
    pub quotas: limit::Quotas,
    /// Peers that may say on whose behalf they call.
    pub trusted_proxies: Vec<std::net::IpAddr>,
}

/// Puts the API together; the result configures each worker and shares its counters among them.
///
/// # Errors
/// When the installation's secret cannot be used.
pub fn configure(
    app: App,
    settings: Settings,
) -> Result<impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static, Fault> {
    let document = document();
    let cursors = web::Data::new(page::Cursors::new(&app.derived_secret("api cursors")?)?);
    let limits = web::Data::new(limit::Limits::new(settings.quotas));
    let proxies = web::Data::new(request::TrustedProxies(settings.trusted_proxies));
    let table = web::Data::new(unrouted::RouteTable::of(&document));
    let app = web::Data::new(app);
    Ok(move |cfg: &mut web::ServiceConfig| {
        let scope = web::scope("")
            .app_data(app.clone())
            .app_data(cursors.clone())
            .app_data(limits.clone())
            .app_data(proxies.clone())
            .app_data(table.clone())
            .app_data(query::config())
            .app_data(query::path_config())
            .wrap(from_fn(limit::meter))
            .wrap(from_fn(request::frame))
            .configure(|cfg| routes(&mut ServiceConfig::new(cfg)))
            .configure(|cfg| docs::mount(cfg, document.clone()))
            .default_service(web::to(unrouted::refuse));
        cfg.service(scope);
    })
}

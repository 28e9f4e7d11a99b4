//! The HTML sites: debtor, client (creditors), workspace (agency).
//!
//! # How to add a page
//!
//! A page is a template, a struct that fills it, and a handler of about fifteen lines: parse, one
//! service call, render. Everything works without JavaScript; nothing is styled or scripted inline.
//!
//! ```text
//! // templates/workspace/desk.html
//! {% extends "workspace/base.html" %}
//! {% block main %}
//! <h1>{{ page.title }}</h1>
//! <form method="post" action="/desks">{{ page.seal() }}{{ name }}
//! <div class="actions"><button>Add desk</button></div></form>
//! {% endblock %}
//!
//! // src/workspace/desks.rs
//! #[derive(Template)]
//! #[template(path = "workspace/desk.html")]
//! struct DeskPage { page: Page, name: Field }            // the field `page` is always called so
//!
//! async fn new_desk(visit: Visit) -> Result<HttpResponse, Refusal> {
//!     let page = visit.page("New desk");                 // heading and title
//!     let name = page.field("name", "Name of the desk").hint("What colleagues see");
//!     Ok(show(&DeskPage { page: page.clone(), name }, &page))
//! }
//!
//! async fn add_desk(visit: Visit, form: CsrfForm<NewDesk>) -> Result<HttpResponse, Refusal> {
//!     match desks::add(visit.app(), &actor, form.fields.name.trim()).await {
//!         Ok(desk) => {
//!             visit.flash(Tone::Done, format!("{} was added", desk.name)).await?;
//!             Ok(go("/desks"))                           // 303; POST, redirect, GET
//!         }
//!         Err(Refused::NameTaken) => {                   // the page again, 422, with an error summary
//!             let page = visit.page("New desk").with(Problems::one("name", "That name is taken"));
//!             …
//!         }
//!         Err(other) => Err(refused(other)),             // see `refusal`
//!     }
//! }
//! ```
//!
//! * **Forms**: `method="post"`, `{{ page.seal() }}` first (csrf + form id), read by
//!   [`form::CsrfForm`] only. Its struct has `String` fields; parse them in the handler. The form id
//!   is the idempotency key of acts that move money. Files: multipart with the same hidden fields,
//!   checked by [`csrf::check`].
//! * **Problems**: [`page::Page::with`] before making the fields; summary, title prefix, `aria-invalid`
//!   and the words at the field follow.
//! * **Who asks**: behind the door of the client site and the workspace, take [`entry::Member`].
//! * **Refusals**: return [`refusal::Refusal`] ([`refusal::refused`] makes one of a use case's); the visit turns it into a calm page.
//!   `SignInFirst` leads to the sign-in page. Somebody else's thing is `NotFound`, never `Forbidden`.
//! * **Tables**: `<div class="scroll" role="region" aria-labelledby="…" tabindex="0"><table>` with
//!   `caption`, `scope`, class `num` on money and counts; `<p class="empty">` says what will appear
//!   and how; [`pager::Pager`] under it.
//! * **Money and dates**: `{{ page.money(row.balance) }}`, `{{ page.short_date(row.placed_on) }}`.
//! * **Charts**: [`chart`], followed by the same numbers as a table in `<details>`.
//! * **Classes**: `stack`, `row`, `grid`, `sides`, `card`, `figure`, `tag ok|warn|bad|quiet`,
//!   `notice`, `empty`, `facts` (dl), `timeline` (ul), `steps` (ol), `filters` (form), `actions`,
//!   `button second`, `as-link`, `vh` (for screen readers only), `no-print`. New ones go into
//!   `static/site.css`, in their layer.
//! * **Texts** of the debtor site: `locales/{en,es}/*.ftl`, `page.t("hub-total")`; the client site and
//!   the workspace are English and write their words in the template.

mod assets;
pub mod chart;
pub mod client;
pub mod csrf;
pub mod debtor;
pub mod entry;
mod export;
pub mod form;
pub mod locale;
pub mod page;
pub mod pager;
mod papers;
mod placing;
pub mod refusal;
mod reports;
mod stairs;
mod users;
pub mod visit;
pub mod workspace;

pub use visit::{Settings, Visit};

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use domain::agency::Site;

/// The debtor site. All three need `web::Data<service::App>` and `web::Data<Settings>`; which site
/// it is follows from the listener, which agency from the `Host` header.
pub fn debtor(config: &mut ServiceConfig) {
    config.configure(files).service(
        web::scope("")
            .wrap(from_fn(|request, next| visit::open(Site::Debtor, request, next)))
            .wrap(Compress::default())
            .configure(debtor::pages)
            .default_service(web::to(missing)),
    );
}

/// The client site.
pub fn client(config: &mut ServiceConfig) {
    config.configure(files).service(
        web::scope("")
            .wrap(from_fn(|request, next| visit::open(Site::Client, request, next)))
            .wrap(Compress::default())
            .configure(client::pages)
            .default_service(web::to(missing)),
    );
}

/// The workspace.
pub fn workspace(config: &mut ServiceConfig) {
    config.configure(files).service(
        web::scope("")
            .wrap(from_fn(|request, next| visit::open(Site::Workspace, request, next)))
            .wrap(Compress::default())
            .configure(workspace::pages)
            .default_service(web::to(missing)),
    );
}

/// Style sheet, script and icon, the same on all sites.
fn files(config: &mut ServiceConfig) {
    config
        .route("/assets/{name}", web::get().to(assets::serve))
        .route("/favicon.ico", web::get().to(assets::favicon));
}

async fn missing() -> Result<actix_web::HttpResponse, refusal::Refusal> {
    Err(refusal::Refusal::NotFound)
}

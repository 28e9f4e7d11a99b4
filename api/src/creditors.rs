//! `/v1/creditors`: the agency's clients. The example that other resources copy.

use actix_web::{HttpRequest, get, patch, post, web};
use chrono::{DateTime, Utc};
use domain::CreditorId;
use domain::agency::CreditorStatus;
use serde::{Deserialize, Serialize};
use service::App;
use service::creditors;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::{Json, MergePatch};
use crate::etag::{self, IfMatch};
use crate::page::{Cursors, Limit, Page};

mod contracts;
mod portfolios;

/// The operations on creditors.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_creditor);
    cfg.service(list_creditors);
    cfg.service(get_creditor);
    cfg.service(change_creditor);
    cfg.configure(portfolios::routes);
    cfg.configure(contracts::routes);
}

/// A creditor: a client of the agency that places debts.
#[derive(Debug, Serialize, ToSchema)]
struct Creditor {
    id: CreditorId,
    /// The creditor above it in the tree.
    #[schema(required = true)]
    parent_id: Option<CreditorId>,
    /// The agency's short name for it.
    #[schema(max_length = 40, example = "ACME")]
    code: String,
    #[schema(max_length = 200, example = "Acme Medical Group")]
    name: String,
    status: CreditorStatus,
    created_at: DateTime<Utc>,
}

/// A creditor to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditor {
    /// The agency's short name for it, unique in the agency.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[A-Za-z0-9._-]{1,40}$",
        example = "ACME"
    )]
    code: String,
    #[schema(min_length = 1, max_length = 200, example = "Acme Medical Group")]
    name: String,
    /// The creditor above it in the tree.
    parent_id: Option<CreditorId>,
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreditorPatch {
    #[schema(min_length = 1, max_length = 200, example = "Acme Health")]
    name: Option<String>,
    status: Option<CreditorStatus>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListCreditors {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Add a creditor.
#[utoipa::path(
    tag = "Creditors",
    request_body = NewCreditor,
    responses((status = 201, description = "Added.", body = Creditor,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("creditor:write"))),
)]
#[post("/v1/creditors")]
async fn create_creditor(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewCreditor>,
) -> Answer {
    let NewCreditor { code, name, parent_id } = body.value;
    let new = creditors::NewCreditor { code, name, parent: parent_id };
    let added = creditors::create(&app, &caller.0, new).await?;
    let location = format!("/v1/creditors/{}", added.id);
    Ok(etag::created(&location, added.version, &Creditor::from(added)))
}

/// List the creditors.
///
/// Oldest first. A creditor's user sees its own creditor and those below it.
#[utoipa::path(
    tag = "Creditors",
    params(ListCreditors),
    responses((status = 200, description = "A page of them.", body = Page<Creditor>)),
    extensions(("x-permission" = json!("creditor:read"))),
)]
#[get("/v1/creditors")]
async fn list_creditors(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListCreditors>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("creditors", query.cursor.as_deref(), query.limit)?;
    let rows = creditors::list(&app, &caller.0, window.after, window.one_more()).await?;
    Ok(cursors.answer(&req, "creditors", window.cut(rows), |row| row.id, Creditor::from))
}

/// Read a creditor.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Which.")),
    responses((status = 200, description = "The creditor.", body = Creditor,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("creditor:read"))),
)]
#[get("/v1/creditors/{creditor_id}")]
async fn get_creditor(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CreditorId>,
    req: HttpRequest,
) -> Answer {
    let found = creditors::find(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &Creditor::from(found)))
}

/// Change a creditor.
///
/// Only what is sent changes. A closed creditor places no more; its accounts stay.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Which."), IfMatch),
    request_body(content = CreditorPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed.", body = Creditor,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("creditor:write"))),
)]
#[patch("/v1/creditors/{creditor_id}")]
async fn change_creditor(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CreditorId>,
    seen: IfMatch,
    body: MergePatch<CreditorPatch>,
) -> Answer {
    let CreditorPatch { name, status } = body.value;
    let changed = creditors::change(&app, &caller.0, *id, seen.0, name.as_deref(), status).await?;
    Ok(etag::changed(changed.version, &Creditor::from(changed)))
}

impl From<creditors::Creditor> for Creditor {
    fn from(it: creditors::Creditor) -> Self {
        Self {
            id: it.id,
            parent_id: it.parent_id,
            code: it.code,
            name: it.name,
            status: it.status,
            created_at: it.created_at,
        }
    }
}

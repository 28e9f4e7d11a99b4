//! `/v1/placements`: files of debts handed over for collection.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::placement::{CommitPolicy, Severity};
use domain::{CreditorId, PlacementId};
use serde::Deserialize;
use service::App;
use service::placements;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag;
use crate::idempotency::{self, IdempotencyKey};
use crate::page::{Cursors, Limit, Page};

mod mappings;
mod report;
mod upload;
mod wire;

use wire::{AcknowledgedAccount, Finding, Placement};

/// The operations on placements.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(upload::create_placement);
    cfg.service(list_placements);
    cfg.service(get_placement);
    cfg.service(list_placement_findings);
    cfg.service(commit_placement);
    cfg.service(cancel_placement);
    cfg.service(list_placement_accounts);
    cfg.service(report::get_placement_acknowledgment);
    cfg.configure(mappings::routes);
}

/// What to do with bad lines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommitOrder {
    policy: CommitPolicy,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPlacements {
    /// Only those of this creditor.
    creditor_id: Option<CreditorId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListFindings {
    /// Only errors, or only warnings.
    #[param(inline)]
    severity: Option<Severity>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAccounts {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List placements.
///
/// Newest first. A creditor's user sees those of its own creditors.
#[utoipa::path(
    tag = "Placements",
    params(ListPlacements),
    responses((status = 200, description = "A page of them.", body = Page<Placement>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements")]
async fn list_placements(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPlacements>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("placements", query.cursor.as_deref(), query.limit)?;
    let (creditor, most) = (query.creditor_id, window.one_more());
    let rows = placements::list(&app, &caller.0, creditor, window.after, most).await?;
    Ok(cursors.answer(&req, "placements", window.cut(rows), |row| row.id, Placement::from))
}

/// Read a placement.
///
/// While it is being checked or committed, its progress moves.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which.")),
    responses((status = 200, description = "The placement.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}")]
async fn get_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
) -> Answer {
    let found = placements::find(&app, &caller.0, *id).await?;
    // Progress moves without a new version, so a reader is never told that nothing changed.
    Ok(etag::changed(found.version, &Placement::from(found)))
}

/// List the findings of a placement.
///
/// By line. Errors keep a line out; warnings do not.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), ListFindings),
    responses((status = 200, description = "A page of them.", body = Page<Finding>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}/findings")]
async fn list_placement_findings(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    query: web::Query<ListFindings>,
    req: HttpRequest,
) -> Answer {
    let list = format!("findings {} {:?}", *id, query.severity);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let currency = placements::find(&app, &caller.0, *id).await?.currency;
    let (severity, most) = (query.severity, window.one_more());
    let rows = placements::findings(&app, &caller.0, *id, severity, window.after, most).await?;
    let at = |row: &placements::LineFinding| (row.line_no, row.seq);
    Ok(cursors.answer(&req, &list, window.cut(rows), at, |row| Finding::of(row, currency)))
}

/// Commit a placement.
///
/// Makes the accounts of all good lines in one transaction, or none. `all_or_nothing` refuses when
/// a line is rejected or duplicate. A big file is committed in the background: read the placement
/// until its state is `committed`.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), IdempotencyKey),
    request_body = CommitOrder,
    responses((status = 200, description = "Committed, or on its way.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placements/{placement_id}/commit")]
async fn commit_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    key: IdempotencyKey,
    body: Json<CommitOrder>,
) -> Answer {
    let once = key.once(&caller.0, "commit_placement", body.canonical());
    let answer = placements::commit(&app, &caller.0, &once, *id, body.value.policy).await?;
    let mut response = HttpResponse::Ok();
    idempotency::mark(&mut response, answer.replayed);
    response.insert_header(("ETag", etag::tag(answer.value.version)));
    Ok(response.json(Placement::from(answer.value)))
}

/// Give up a placement.
///
/// One that is committed cannot be given up; recall its accounts instead.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which.")),
    responses((status = 200, description = "Given up; nothing was placed.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placements/{placement_id}/cancel")]
async fn cancel_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
) -> Answer {
    let given_up = placements::cancel(&app, &caller.0, *id).await?;
    Ok(etag::changed(given_up.version, &Placement::from(given_up)))
}

/// List the accounts that a placement made.
///
/// The account part of the acknowledgment; the placement has its counts and dollars.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), ListAccounts),
    responses((status = 200, description = "A page of them.", body = Page<AcknowledgedAccount>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}/accounts")]
async fn list_placement_accounts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    query: web::Query<ListAccounts>,
    req: HttpRequest,
) -> Answer {
    let list = format!("placed {}", *id);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let currency = placements::find(&app, &caller.0, *id).await?.currency;
    let rows = placements::accounts(&app, &caller.0, *id, window.after, window.one_more()).await?;
    let render = |row| AcknowledgedAccount::of(row, currency);
    Ok(cursors.answer(&req, &list, window.cut(rows), |row| row.id, render))
}

//! `/v1/placement-mappings`: a creditor's saved column mappings.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use domain::placement::Mapping;
use domain::{CreditorId, MappingId};
use serde::{Deserialize, Serialize};
use service::App;
use service::placements::mappings;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};
use crate::page::{Cursors, Limit, Page};

/// The operations on saved mappings.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(save_placement_mapping);
    cfg.service(list_placement_mappings);
    cfg.service(get_placement_mapping);
    cfg.service(delete_placement_mapping);
}

/// A saved mapping: how a creditor's files are to be read.
#[derive(Debug, Serialize, ToSchema)]
struct PlacementMapping {
    id: MappingId,
    creditor_id: CreditorId,
    #[schema(max_length = 100, example = "Hospital export")]
    name: String,
    mapping: Mapping,
    created_at: DateTime<Utc>,
}

/// A mapping to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPlacementMapping {
    creditor_id: CreditorId,
    /// One of a kind for the creditor; a mapping with the same name is replaced.
    #[schema(min_length = 1, max_length = 100, example = "Hospital export")]
    name: String,
    mapping: Mapping,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListMappings {
    /// Only those of this creditor.
    creditor_id: Option<CreditorId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Save a column mapping.
///
/// A mapping with the same name is replaced.
#[utoipa::path(
    tag = "Placements",
    request_body = NewPlacementMapping,
    responses((status = 201, description = "Saved.", body = PlacementMapping,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placement-mappings")]
async fn save_placement_mapping(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewPlacementMapping>,
) -> Answer {
    let NewPlacementMapping { creditor_id, name, mapping } = body.value;
    let saved = mappings::save(&app, &caller.0, creditor_id, &name, &mapping).await?;
    let location = format!("/v1/placement-mappings/{}", saved.id);
    Ok(etag::created(&location, saved.version, &PlacementMapping::from(saved)))
}

/// List saved column mappings.
#[utoipa::path(
    tag = "Placements",
    params(ListMappings),
    responses((status = 200, description = "A page of them.", body = Page<PlacementMapping>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placement-mappings")]
async fn list_placement_mappings(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListMappings>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("mappings", query.cursor.as_deref(), query.limit)?;
    let (creditor, most) = (query.creditor_id, window.one_more());
    let rows = mappings::list(&app, &caller.0, creditor, window.after, most).await?;
    Ok(cursors.answer(&req, "mappings", window.cut(rows), |row| row.id, PlacementMapping::from))
}

/// Read a saved column mapping.
#[utoipa::path(
    tag = "Placements",
    params(("mapping_id" = MappingId, Path, description = "Which.")),
    responses((status = 200, description = "The mapping.", body = PlacementMapping,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placement-mappings/{mapping_id}")]
async fn get_placement_mapping(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<MappingId>,
    req: HttpRequest,
) -> Answer {
    let found = mappings::find(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &PlacementMapping::from(found)))
}

/// Forget a saved column mapping.
#[utoipa::path(
    tag = "Placements",
    params(("mapping_id" = MappingId, Path, description = "Which."), IfMatch),
    responses((status = 204, description = "Forgotten.")),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[delete("/v1/placement-mappings/{mapping_id}")]
async fn delete_placement_mapping(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<MappingId>,
    seen: IfMatch,
) -> Answer {
    mappings::delete(&app, &caller.0, *id, seen.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<mappings::SavedMapping> for PlacementMapping {
    fn from(it: mappings::SavedMapping) -> Self {
        Self {
            id: it.id,
            creditor_id: it.creditor,
            name: it.name,
            mapping: it.mapping,
            created_at: it.created_at,
        }
    }
}

//! `/v1/api-keys`: credentials of programs.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use domain::{ApiKeyId, CreditorId, Permission, UserId};
use serde::{Deserialize, Serialize};
use service::App;
use service::api_keys;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on API keys.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_api_key);
    cfg.service(list_api_keys);
    cfg.service(get_api_key);
    cfg.service(revoke_api_key);
}

/// A key of a program. Its secret is never shown again.
#[derive(Debug, Serialize, ToSchema)]
struct ApiKey {
    id: ApiKeyId,
    #[schema(max_length = 120, example = "Nightly export")]
    name: String,
    /// What it may do.
    #[schema(max_items = 100, example = json!(["account:read"]))]
    permissions: Vec<String>,
    /// Confined to this creditor and those below it.
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    created_by: UserId,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    revoked_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeApiKey {
    key: ApiKey,
    /// Send it as `Authorization: Bearer …`. Shown only now.
    #[schema(max_length = 89, format = Password,
        example = "qtk_01kanq8zv3e8qt1wz1h5r3c9xd3v9d2k7q8m1n5p0r4s6t8w2x7y3hx1kd9f2g4j6k8m0n2p4q6r8s000000")]
    secret: String,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiKey {
    #[schema(min_length = 1, max_length = 120, example = "Nightly export")]
    name: String,
    /// Never more than your own.
    #[schema(min_items = 1, max_items = 100, example = json!(["account:read"]))]
    permissions: Vec<PermissionName>,
    /// Confines it to this creditor and those below it.
    creditor_id: Option<CreditorId>,
    expires_at: Option<DateTime<Utc>>,
}

/// The name of a permission, `noun:verb`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 40, pattern = "^[a-z_]+:[a-z]+$", example = "account:read")]
struct PermissionName(String);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListApiKeys {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Make an API key.
///
/// Only a person makes one, with at most the person's own permissions.
#[utoipa::path(
    tag = "API keys",
    request_body = NewApiKey,
    responses((status = 201, description = "Made; the secret is shown only now.", body = MadeApiKey,
        headers(("Location" = String, description = "Where the key is.")))),
    extensions(("x-permission" = json!("api_key:write"))),
)]
#[post("/v1/api-keys")]
async fn create_api_key(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewApiKey>,
) -> Answer {
    let NewApiKey { name, permissions, creditor_id, expires_at } = body.value;
    let permissions = permissions.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    let new = api_keys::NewKey { name, permissions, creditor: creditor_id, expires_at };
    let made = api_keys::create(&app, &caller.0, new).await?;
    let location = format!("/v1/api-keys/{}", made.key.id);
    Ok(HttpResponse::Created()
        .insert_header(("Location", location))
        .json(MadeApiKey { key: made.key.into(), secret: made.secret }))
}

/// List the API keys.
///
/// Oldest first, those that were revoked too.
#[utoipa::path(
    tag = "API keys",
    params(ListApiKeys),
    responses((status = 200, description = "A page of them.", body = Page<ApiKey>)),
    extensions(("x-permission" = json!("api_key:write"))),
)]
#[get("/v1/api-keys")]
async fn list_api_keys(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListApiKeys>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("api_keys", query.cursor.as_deref(), query.limit)?;
    let rows = api_keys::list(&app, &caller.0, window.after, window.one_more()).await?;
    Ok(cursors.answer(&req, "api_keys", window.cut(rows), |row| row.id, ApiKey::from))
}

/// Read an API key.
#[utoipa::path(
    tag = "API keys",
    params(("api_key_id" = ApiKeyId, Path, description = "Which.")),
    responses((status = 200, description = "The key, without its secret.", body = ApiKey)),
    extensions(("x-permission" = json!("api_key:write"))),
)]
#[get("/v1/api-keys/{api_key_id}")]
async fn get_api_key(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApiKeyId>,
) -> Answer {
    let key = api_keys::find(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(ApiKey::from(key)))
}

/// Revoke an API key.
///
/// It lets nobody in from the next request on. Revoking it again changes nothing.
#[utoipa::path(
    tag = "API keys",
    params(("api_key_id" = ApiKeyId, Path, description = "Which.")),
    responses((status = 204, description = "Revoked.")),
    extensions(("x-permission" = json!("api_key:write"))),
)]
#[delete("/v1/api-keys/{api_key_id}")]
async fn revoke_api_key(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApiKeyId>,
) -> Answer {
    api_keys::revoke(&app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn parse((at, name): (usize, &PermissionName)) -> Result<Permission, Problem> {
    Permission::parse(&name.0).ok_or_else(|| {
        let pointer = format!("/permissions/{at}");
        Problem::invalid_field(pointer, "unknown_permission", "There is no such permission.")
    })
}

impl From<api_keys::Key> for ApiKey {
    fn from(row: api_keys::Key) -> Self {
        Self {
            id: row.id,
            name: row.name,
            permissions: row.permissions,
            creditor_id: row.creditor_id,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

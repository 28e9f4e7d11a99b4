//! `/v1/platform`: the platform's administrator signs in and looks after agencies, but sees nothing
//! inside them.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use domain::agency::{AgencyStatus, Site};
use domain::{AgencyId, Currency, UserId};
use serde::{Deserialize, Serialize};
use service::App;
use service::tokens::ACCESS_LIFE;
use service::{agencies, platform, users};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::agency::Agency;
use crate::auth::Platform;
use crate::body::{Json, MergePatch};
use crate::etag::{self, IfMatch};
use crate::limit::SignInGate;
use crate::page::{Cursors, Limit, Page};

/// The operations of the platform's administrator.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_platform_token);
    cfg.service(create_agency);
    cfg.service(list_agencies);
    cfg.service(get_platform_agency);
    cfg.service(change_agency_status);
    cfg.service(invite_agency_admin);
    cfg.service(add_agency_host);
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlatformSignIn {
    #[schema(min_length = 3, max_length = 254, format = Email, example = "root@quittance.example")]
    email: String,
    #[schema(min_length = 1, max_length = 128, format = Password, example = "orchards grow quietly")]
    password: String,
}

/// The token of a platform administrator. It is not refreshed.
#[derive(Serialize, ToSchema)]
struct PlatformToken {
    #[schema(max_length = 2000, format = Password, example = "eyJhbGciOiJFZERTQSJ9.e30.c2ln")]
    access_token: String,
    #[schema(max_length = 10, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// Seconds until it ends.
    #[schema(minimum = 0, maximum = 86400, example = 600)]
    expires_in: i64,
}

/// An agency to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAgency {
    /// Short name, used at sign-in.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
        example = "northsouth"
    )]
    slug: String,
    #[schema(min_length = 1, max_length = 300, example = "North South Group")]
    display_name: String,
    /// Shown before identity is proven; must not reveal debt collection (Reg F 1006.2(j)).
    #[schema(min_length = 1, max_length = 300, example = "NSG Services")]
    consumer_name: String,
    currency: Currency,
    /// IANA name.
    #[schema(min_length = 1, max_length = 60, example = "America/New_York")]
    time_zone: String,
    #[schema(min_length = 1, max_length = 300, example = "(800) 555-0123")]
    phone: String,
    #[schema(min_length = 1, max_length = 300, example = "8am to 8pm ET, Monday to Saturday")]
    phone_hours: String,
    #[schema(min_length = 1, max_length = 300, example = "PO Box 121212, Pasadena, CA 91111")]
    postal_address: String,
}

/// Whether the agency works, and why that changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgencyStatusPatch {
    status: AgencyStatus,
    #[schema(max_length = 2000, example = "Contract ended")]
    reason: Option<String>,
}

/// The first administrator of an agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAgencyAdmin {
    #[schema(min_length = 3, max_length = 254, format = Email, example = "ada@northsouth.example")]
    email: String,
    #[schema(min_length = 1, max_length = 120, example = "Ada Admin")]
    name: String,
}

/// The one-time link of an agency's administrator; its token is shown only now.
#[derive(Debug, Serialize, ToSchema)]
struct AgencyAdminLink {
    user_id: UserId,
    #[schema(max_length = 100, format = Password,
        example = "01kanq8zv3e8qt1wz1h5r3c9xdZk1vR3l4S2tXb1Z0c2pQd0xhM0hOYzV5VWRiR2ZKaWU")]
    token: String,
}

/// A host name of one of the agency's sites.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgencyHost {
    site: Site,
    /// Lower case, with its port where that is not the usual one.
    #[schema(
        min_length = 1,
        max_length = 259,
        pattern = r"^[A-Za-z0-9.-]+(:\d{1,5})?$",
        example = "pay.northsouth.example"
    )]
    host: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAgencies {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Sign in as the platform's administrator.
#[utoipa::path(
    tag = "Platform",
    request_body = PlatformSignIn,
    responses((status = 200, description = "Signed in.", body = PlatformToken)),
    security(()),
)]
#[post("/v1/platform/tokens")]
async fn create_platform_token(
    app: web::Data<App>,
    _gate: SignInGate,
    body: Json<PlatformSignIn>,
) -> Answer {
    let grant = platform::sign_in(&app, &body.value.email, &body.value.password).await?;
    Ok(HttpResponse::Ok().json(PlatformToken {
        access_token: grant.access,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.num_seconds(),
    }))
}

/// Create an agency.
///
/// It comes with its encryption keys and a trust account. Invite its first administrator next.
#[utoipa::path(
    tag = "Platform",
    request_body = NewAgency,
    responses((status = 201, description = "Created.", body = Agency,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[post("/v1/platform/agencies")]
async fn create_agency(app: web::Data<App>, caller: Platform, body: Json<NewAgency>) -> Answer {
    let sent = body.value;
    let new = agencies::NewAgency {
        slug: sent.slug,
        display_name: sent.display_name,
        consumer_name: sent.consumer_name,
        currency: sent.currency,
        time_zone: sent.time_zone,
        phone: sent.phone,
        phone_hours: sent.phone_hours,
        postal_address: sent.postal_address,
    };
    let id = agencies::create(&app, &caller.0, new).await?;
    let created = platform::agency(&app, &caller.0, id).await?;
    let location = format!("/v1/platform/agencies/{id}");
    Ok(etag::created(&location, created.version, &Agency::from(created)))
}

/// List the agencies.
#[utoipa::path(
    tag = "Platform",
    params(ListAgencies),
    responses((status = 200, description = "A page of them.", body = Page<Agency>)),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[get("/v1/platform/agencies")]
async fn list_agencies(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Platform,
    query: web::Query<ListAgencies>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("agencies", query.cursor.as_deref(), query.limit)?;
    let rows = platform::agencies(&app, &caller.0, window.after, window.one_more()).await?;
    Ok(cursors.answer(&req, "agencies", window.cut(rows), |row| row.id, Agency::from))
}

/// Read an agency.
#[utoipa::path(
    tag = "Platform",
    params(("agency_id" = AgencyId, Path, description = "Which.")),
    responses((status = 200, description = "The agency.", body = Agency,
        headers(("ETag" = String, description = "Its version.")))),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[get("/v1/platform/agencies/{agency_id}")]
async fn get_platform_agency(
    app: web::Data<App>,
    caller: Platform,
    id: web::Path<AgencyId>,
    req: HttpRequest,
) -> Answer {
    let found = platform::agency(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &Agency::from(found)))
}

/// Suspend an agency, or let it work again.
///
/// Nobody of a suspended agency comes in, from the next request on.
#[utoipa::path(
    tag = "Platform",
    params(("agency_id" = AgencyId, Path, description = "Which."), IfMatch),
    request_body(content = AgencyStatusPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed.", body = Agency,
        headers(("ETag" = String, description = "Its new version.")))),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[patch("/v1/platform/agencies/{agency_id}")]
async fn change_agency_status(
    app: web::Data<App>,
    caller: Platform,
    id: web::Path<AgencyId>,
    seen: IfMatch,
    body: MergePatch<AgencyStatusPatch>,
) -> Answer {
    let AgencyStatusPatch { status, reason } = body.value;
    let changed = platform::set_status(&app, &caller.0, *id, seen.0, status, reason).await?;
    Ok(etag::changed(changed.version, &Agency::from(changed)))
}

/// Invite an administrator of an agency.
///
/// Give them the one-time link on a safe way; they choose their own password with it.
#[utoipa::path(
    tag = "Platform",
    params(("agency_id" = AgencyId, Path, description = "Of which.")),
    request_body = NewAgencyAdmin,
    responses((status = 201, description = "Invited.", body = AgencyAdminLink)),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[post("/v1/platform/agencies/{agency_id}/invitations")]
async fn invite_agency_admin(
    app: web::Data<App>,
    caller: Platform,
    id: web::Path<AgencyId>,
    body: Json<NewAgencyAdmin>,
) -> Answer {
    let NewAgencyAdmin { email, name } = &body.value;
    let made = users::invite_first_admin(&app, &caller.0, *id, email, name).await?;
    Ok(HttpResponse::Created().json(AgencyAdminLink { user_id: made.user, token: made.token }))
}

/// Give an agency's site a host name.
#[utoipa::path(
    tag = "Platform",
    params(("agency_id" = AgencyId, Path, description = "Whose.")),
    request_body = AgencyHost,
    responses((status = 201, description = "Given.", body = AgencyHost)),
    security(("platform" = [])),
    extensions(("x-permission" = json!("platform"))),
)]
#[post("/v1/platform/agencies/{agency_id}/hosts")]
async fn add_agency_host(
    app: web::Data<App>,
    caller: Platform,
    id: web::Path<AgencyId>,
    body: Json<AgencyHost>,
) -> Answer {
    let AgencyHost { site, host } = body.value;
    agencies::add_host(&app, &caller.0, *id, site, &host).await?;
    Ok(HttpResponse::Created().json(AgencyHost { site, host: host.to_lowercase() }))
}

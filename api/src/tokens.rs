//! `/v1/tokens`, `/v1/links`, `/v1/me` and the published keys: signing in at the API.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::{AgencyId, ClientRole, CreditorId, StaffRole};
use serde::{Deserialize, Serialize};
use service::actor::{Actor, Scope};
use service::tokens::{self, Credentials, Grant};
use service::{App, users};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::limit::SignInGate;
use crate::request::client_address;

/// The operations of signing in.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_token);
    cfg.service(refresh_token);
    cfg.service(revoke_token);
    cfg.service(accept_link);
    cfg.service(get_me);
    cfg.service(get_jwks);
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The agency's short name.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[a-z0-9-]{1,40}$",
        example = "northsouth"
    )]
    agency: String,
    #[schema(min_length = 3, max_length = 254, format = Email, example = "ada@northsouth.example")]
    email: String,
    #[schema(min_length = 1, max_length = 128, format = Password, example = "orchards grow quietly")]
    password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshToken {
    #[schema(min_length = 1, max_length = 100, format = Password,
        example = "01kanq8zv3e8qt1wz1h5r3c9xdZk1vR3l4S2tXb1Z0c2pQd0xhM0hOYzV5VWRiR2ZKaWU")]
    refresh_token: String,
}

/// A one-time link and the password chosen with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkAcceptance {
    /// The secret part of the link.
    #[schema(min_length = 1, max_length = 100, format = Password,
        example = "01kanq8zv3e8qt1wz1h5r3c9xdZk1vR3l4S2tXb1Z0c2pQd0xhM0hOYzV5VWRiR2ZKaWU")]
    token: String,
    /// 15 to 128 characters, not a usual one.
    #[schema(min_length = 15, max_length = 128, format = Password, example = "orchards grow quietly")]
    password: String,
}

/// Tokens of one sign-in.
#[derive(Serialize, ToSchema)]
struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    #[schema(max_length = 2000, format = Password, example = "eyJhbGciOiJFZERTQSJ9.e30.c2ln")]
    access_token: String,
    #[schema(max_length = 10, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(minimum = 0, maximum = 86400, example = 600)]
    expires_in: i64,
    /// Good once; used a second time, it ends the sign-in.
    #[schema(max_length = 100, format = Password,
        example = "01kanq8zv3e8qt1wz1h5r3c9xdZk1vR3l4S2tXb1Z0c2pQd0xhM0hOYzV5VWRiR2ZKaWU")]
    refresh_token: String,
    /// When the password is asked for again.
    sign_in_ends_at: DateTime<Utc>,
}

/// Who is calling, and what they may do.
#[derive(Serialize, ToSchema)]
struct Me {
    agency_id: AgencyId,
    /// `staff`, `client` or `api_key`.
    #[schema(max_length = 20, pattern = "^(staff|client|api_key)$", example = "staff")]
    kind: &'static str,
    #[schema(max_length = 120, example = "Ada Admin")]
    name: String,
    #[schema(required = true)]
    staff_role: Option<StaffRole>,
    #[schema(required = true)]
    client_role: Option<ClientRole>,
    /// The creditors it is confined to; empty means the whole agency.
    #[schema(max_items = 1000)]
    creditor_ids: Vec<CreditorId>,
    #[schema(max_items = 100, example = json!(["account:read"]))]
    permissions: Vec<&'static str>,
}

/// Public keys of access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
struct Keys {
    #[schema(max_items = 10)]
    keys: Vec<PublicKey>,
}

/// An Ed25519 key (RFC 8037).
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}))]
struct PublicKey {
    #[schema(max_length = 10)]
    kty: String,
    #[schema(max_length = 10)]
    crv: String,
    #[schema(max_length = 10)]
    alg: String,
    #[serde(rename = "use")]
    #[schema(max_length = 10)]
    purpose: String,
    #[schema(max_length = 100)]
    kid: String,
    #[schema(max_length = 100)]
    x: String,
}

/// Sign in with a password.
///
/// An unknown agency, an unknown person and a wrong password get the same answer. Ten attempts of
/// one address in 15 minutes are counted, whether anybody has it or not.
#[utoipa::path(
    tag = "Sign-in",
    request_body = SignIn,
    responses((status = 200, description = "Signed in.", body = Tokens)),
    security(()),
)]
#[post("/v1/tokens")]
async fn create_token(
    app: web::Data<App>,
    _gate: SignInGate,
    body: Json<SignIn>,
    req: HttpRequest,
) -> Answer {
    let SignIn { agency, email, password } = &body.value;
    let address = client_address(&req).to_string();
    let who = Credentials { agency, email, password, address: &address };
    let grant = tokens::sign_in(&app, who).await?;
    Ok(HttpResponse::Ok().json(Tokens::from(grant)))
}

/// Exchange a refresh token for new tokens.
///
/// Each refresh token is good once. One that comes a second time ends the whole sign-in, because
/// one of its two holders is not the one it was given to.
#[utoipa::path(
    tag = "Sign-in",
    request_body = RefreshToken,
    responses((status = 200, description = "New tokens.", body = Tokens)),
    security(()),
)]
#[post("/v1/tokens/refresh")]
async fn refresh_token(app: web::Data<App>, _gate: SignInGate, body: Json<RefreshToken>) -> Answer {
    let grant = tokens::refresh(&app, &body.value.refresh_token).await?;
    Ok(HttpResponse::Ok().json(Tokens::from(grant)))
}

/// Sign out.
///
/// Ends the sign-in that the refresh token belongs to, with its access tokens. An unknown token is
/// as good as ended.
#[utoipa::path(
    tag = "Sign-in",
    request_body = RefreshToken,
    responses((status = 204, description = "Signed out.")),
    security(()),
)]
#[post("/v1/tokens/revoke")]
async fn revoke_token(app: web::Data<App>, _gate: SignInGate, body: Json<RefreshToken>) -> Answer {
    tokens::sign_out(&app, &body.value.refresh_token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Choose a password with a one-time link.
///
/// The link comes from an invitation or from whoever may reset passwords. It is good once.
#[utoipa::path(
    tag = "Sign-in",
    request_body = LinkAcceptance,
    responses((status = 204, description = "The password is set; sign in with it.")),
    security(()),
)]
#[post("/v1/links/accept")]
async fn accept_link(app: web::Data<App>, _gate: SignInGate, body: Json<LinkAcceptance>) -> Answer {
    users::accept(&app, &body.value.token, &body.value.password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who am I?
#[utoipa::path(
    tag = "Sign-in",
    responses((status = 200, description = "Who is calling.", body = Me)),
    extensions(("x-permission" = json!("none"))),
)]
#[get("/v1/me")]
async fn get_me(caller: Authenticated) -> Answer {
    Ok(HttpResponse::Ok().json(Me::from(&caller.0)))
}

/// The keys that access tokens are signed with.
#[utoipa::path(
    tag = "Sign-in",
    responses((status = 200, description = "The public keys.", body = Keys)),
    security(()),
)]
#[get("/.well-known/jwks.json")]
async fn get_jwks(app: web::Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(service::tokens::published(&app).map_err(service::Stop::from)?))
}

impl From<Grant> for Tokens {
    fn from(grant: Grant) -> Self {
        Self {
            access_token: grant.access,
            token_type: "Bearer",
            expires_in: tokens::ACCESS_LIFE.num_seconds(),
            refresh_token: grant.refresh,
            sign_in_ends_at: grant.until,
        }
    }
}

impl From<&Actor> for Me {
    fn from(actor: &Actor) -> Self {
        let (staff_role, client_role) = match actor {
            Actor::Staff(staff) => (Some(staff.staff_role()), None),
            Actor::Client(client) => (None, Some(client.client_role())),
            Actor::ApiKey(_) => (None, None),
        };
        let all = domain::Permission::ALL.iter();
        let signature = actor.signature();
        Self {
            agency_id: actor.agency(),
            kind: signature.kind,
            name: signature.name,
            staff_role,
            client_role,
            creditor_ids: actor.creditors().to_vec(),
            permissions: all.filter(|p| actor.may(**p)).map(|p| p.name()).collect(),
        }
    }
}

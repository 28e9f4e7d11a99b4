//! `/v1/gateway-account`: the agency's account at the payment gateway; and the address to which the
//! gateway posts its events.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::GatewayAccountId;
use domain::gateway::GatewayMode;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use service::gateway_accounts::{self, GatewayAccountView, NewGatewayAccount};
use service::gateway_events::{self, EventRefused};
use service::{App, Refused};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::{Json, too_large};
use crate::problem::Problem;
use crate::{Answer, etag};

/// Bytes of an event at most.
const MOST_BYTES: usize = 1024 * 1024;

/// The operations on the gateway account, and the webhook.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(configure_gateway);
    cfg.service(get_gateway_account);
    cfg.service(receive_gateway_event);
}

/// The agency's account at the payment gateway, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
struct GatewayAccount {
    id: GatewayAccountId,
    mode: GatewayMode,
    /// The connected account, in connect mode.
    #[schema(max_length = 100, required = true)]
    provider_account: Option<String>,
    /// Where the gateway posts its events.
    #[schema(max_length = 500)]
    webhook_url: String,
    /// Until when missed events have been asked for.
    #[schema(required = true)]
    polled_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// Keys of an account at the payment gateway.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGateway {
    mode: GatewayMode,
    /// Secret or restricted key (`sk_…`, `rk_…`); it is stored encrypted and never shown again.
    #[schema(min_length = 8, max_length = 300, format = Password, example = "rk_test_…")]
    secret_key: String,
    /// The connected account (`acct_…`), in connect mode only.
    #[schema(max_length = 100)]
    provider_account: Option<String>,
    /// The secret of a webhook endpoint that you made yourself; without it one is made for you.
    #[schema(max_length = 300, format = Password)]
    webhook_secret: Option<String>,
}

/// Connect the payment gateway.
///
/// The new keys are used from now on; what was begun with the keys before is brought to its end
/// with them. Unless you give a webhook secret, the endpoint is made at the gateway.
#[utoipa::path(
    tag = "Gateway",
    request_body = NewGateway,
    responses((status = 201, description = "Connected.", body = GatewayAccount,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("gateway:write"))),
)]
#[post("/v1/gateway-account")]
async fn configure_gateway(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewGateway>,
) -> Answer {
    let NewGateway { mode, secret_key, provider_account, webhook_secret } = body.value;
    let new = NewGatewayAccount {
        mode,
        secret_key: secret_key.into(),
        provider_account,
        webhook_secret: webhook_secret.map(Into::into),
    };
    let kept = gateway_accounts::configure(&app, &caller.0, new).await?;
    Ok(etag::created("/v1/gateway-account", kept.version, &GatewayAccount::from(kept)))
}

/// Read the gateway account.
#[utoipa::path(
    tag = "Gateway",
    responses((status = 200, description = "The account in use.", body = GatewayAccount,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("gateway:write"))),
)]
#[get("/v1/gateway-account")]
async fn get_gateway_account(
    app: web::Data<App>,
    caller: Authenticated,
    req: HttpRequest,
) -> Answer {
    let found = gateway_accounts::active_view(&app, &caller.0).await?;
    Ok(etag::found(&req, found.version, &GatewayAccount::from(found)))
}

/// Take an event of the gateway in.
///
/// For the payment gateway only. An event is believed by its signature, stored as it came, and
/// processed afterwards; the same event may come any number of times.
#[utoipa::path(
    tag = "Gateway",
    params(
        ("endpoint" = String, Path, description = "The last part of the address: the agency and a secret.", max_length = 80),
        ("Stripe-Signature" = String, Header, description = "`t=…,v1=…`", max_length = 2000),
    ),
    request_body(content = serde_json::Value, content_type = "application/json", description = "The event, up to 1 MiB."),
    responses((status = 204, description = "Stored.")),
    security(()),
)]
#[post("/webhooks/stripe/{endpoint}")]
async fn receive_gateway_event(
    app: web::Data<App>,
    endpoint: web::Path<String>,
    req: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = raw(payload).await?;
    let signature = req.headers().get("stripe-signature").and_then(|value| value.to_str().ok());
    gateway_events::receive(&app, &endpoint, signature.unwrap_or_default(), &body)
        .await
        .map_err(refused)?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

/// The bytes as they came: a signature is over bytes, not over what they mean.
async fn raw(mut payload: web::Payload) -> Result<web::BytesMut, Problem> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::malformed("incomplete_body", "The body ended before it was complete.")
        })?;
        if bytes.len().saturating_add(chunk.len()) > MOST_BYTES {
            return Err(too_large(MOST_BYTES));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A posting that is not the gateway's is malformed, not invalid: 400, as the gateway expects.
fn refused(err: EventRefused) -> Problem {
    match &err {
        EventRefused::BadSignature(_) | EventRefused::NotAnEvent(_) => {
            Problem::malformed(err.code(), format!("{err}."))
        }
        EventRefused::Stop(_) => Problem::from(err),
    }
}

impl From<GatewayAccountView> for GatewayAccount {
    fn from(it: GatewayAccountView) -> Self {
        Self {
            id: it.id,
            mode: it.mode,
            provider_account: it.provider_account,
            webhook_url: it.webhook_url,
            polled_until: it.polled_until,
            created_at: it.created_at,
        }
    }
}

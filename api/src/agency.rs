//! `/v1/agency`: the caller's own agency.

use actix_web::{HttpRequest, get, patch, web};
use chrono::{DateTime, Utc};
use domain::agency::AgencyStatus;
use domain::{AgencyId, Currency};
use serde::{Deserialize, Serialize};
use service::App;
use service::agencies;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::MergePatch;
use crate::etag::{self, IfMatch};
use crate::money::WireMoney;

/// The operations on the caller's own agency.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_agency);
    cfg.service(change_agency);
}

/// An agency: the tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agency {
    id: AgencyId,
    /// Short name, used at sign-in.
    #[schema(max_length = 40, example = "northsouth")]
    slug: String,
    #[schema(max_length = 300, example = "North South Group")]
    display_name: String,
    /// Shown before identity is proven; says nothing of debts (Reg F 1006.2(j)).
    #[schema(max_length = 300, example = "NSG Services")]
    consumer_name: String,
    currency: Currency,
    /// IANA name.
    #[schema(max_length = 60, example = "America/New_York")]
    time_zone: String,
    #[schema(max_length = 300, example = "(800) 555-0123")]
    phone: String,
    #[schema(max_length = 300, example = "8am to 8pm ET, Monday to Saturday")]
    phone_hours: String,
    #[schema(max_length = 300, example = "PO Box 121212, Pasadena, CA 91111")]
    postal_address: String,
    status: AgencyStatus,
    /// Whether credit cards are refused; debit cards and banks remain.
    blocks_credit_cards: bool,
    /// The least that may be paid in part.
    min_part_payment: WireMoney,
    created_at: DateTime<Utc>,
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgencyPatch {
    #[schema(min_length = 1, max_length = 300, example = "North South Group")]
    display_name: Option<String>,
    /// Must not reveal debt collection (Reg F 1006.2(j)).
    #[schema(min_length = 1, max_length = 300, example = "NSG Services")]
    consumer_name: Option<String>,
    #[schema(min_length = 1, max_length = 300, example = "(800) 555-0123")]
    phone: Option<String>,
    #[schema(min_length = 1, max_length = 300, example = "8am to 8pm ET, Monday to Saturday")]
    phone_hours: Option<String>,
    #[schema(min_length = 1, max_length = 300, example = "PO Box 121212, Pasadena, CA 91111")]
    postal_address: Option<String>,
    blocks_credit_cards: Option<bool>,
    min_part_payment: Option<WireMoney>,
}

/// Read the agency's settings.
#[utoipa::path(
    tag = "Agency",
    responses((status = 200, description = "The agency.", body = Agency,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("agency:read"))),
)]
#[get("/v1/agency")]
async fn get_agency(app: web::Data<App>, caller: Authenticated, req: HttpRequest) -> Answer {
    let own = agencies::own(&app, &caller.0).await?;
    Ok(etag::found(&req, own.version, &Agency::from(own)))
}

/// Change the agency's settings.
#[utoipa::path(
    tag = "Agency",
    params(IfMatch),
    request_body(content = AgencyPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed.", body = Agency,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("agency:write"))),
)]
#[patch("/v1/agency")]
async fn change_agency(
    app: web::Data<App>,
    caller: Authenticated,
    seen: IfMatch,
    body: MergePatch<AgencyPatch>,
) -> Answer {
    let sent = body.value;
    let amount = |least: WireMoney| {
        least.positive(least.currency, "/min_part_payment").map(|amount| (amount, least.currency))
    };
    let change = agencies::Change {
        display_name: sent.display_name,
        consumer_name: sent.consumer_name,
        phone: sent.phone,
        phone_hours: sent.phone_hours,
        postal_address: sent.postal_address,
        blocks_credit_cards: sent.blocks_credit_cards,
        min_part_payment: sent.min_part_payment.map(amount).transpose()?,
    };
    let changed = agencies::change(&app, &caller.0, seen.0, change).await?;
    Ok(etag::changed(changed.version, &Agency::from(changed)))
}

impl From<agencies::Agency> for Agency {
    fn from(row: agencies::Agency) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            display_name: row.display_name,
            consumer_name: row.consumer_name,
            currency: row.currency,
            time_zone: row.time_zone,
            phone: row.phone,
            phone_hours: row.phone_hours,
            postal_address: row.postal_address,
            status: row.status,
            blocks_credit_cards: row.blocks_credit_cards,
            min_part_payment: WireMoney::new(row.min_part_payment, row.currency),
            created_at: row.created_at,
        }
    }
}

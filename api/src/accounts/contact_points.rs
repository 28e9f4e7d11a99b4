//! Ways to reach the parties of an account.

use actix_web::{HttpResponse, post, web};
use domain::{AccountId, ContactPointId, PartyId};
use serde::Deserialize;
use service::App;
use service::accounts::{self, Flag, Reach};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::{Account, ContactPoint};
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag;
use crate::problem::Problem;

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(add_contact_point);
    cfg.service(flag_contact_point);
}

/// A way to reach a party: exactly one of phone, e-mail and address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContactPoint {
    party_id: PartyId,
    #[schema(max_length = 40, example = "(415) 555-0123")]
    phone: Option<String>,
    /// `mobile`, `home`, `work` or `unknown`.
    #[schema(max_length = 20, example = "mobile")]
    phone_type: Option<String>,
    #[schema(max_length = 320, example = "jane@example.com")]
    email: Option<String>,
    address: Option<Address>,
    /// Whether the debtor agreed to be reached there.
    consent: Option<bool>,
    /// Where it came from.
    #[schema(max_length = 200, example = "debtor")]
    source: Option<String>,
}

/// A postal address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    #[schema(min_length = 1, max_length = 200, example = "12 Oak Street")]
    address1: String,
    #[schema(max_length = 200)]
    address2: Option<String>,
    #[schema(min_length = 1, max_length = 100, example = "Reno")]
    city: String,
    #[schema(min_length = 2, max_length = 40, example = "NV")]
    state: String,
    #[schema(min_length = 3, max_length = 12, example = "89501")]
    zip: String,
    /// The United States where none is said.
    #[schema(max_length = 40, example = "US")]
    country: Option<String>,
}

/// What was found out about a way to reach somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactPointFlag {
    /// Wrong, disconnected, returned, bounced.
    bad: bool,
}

/// Add a way to reach a party.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account.")),
    request_body = NewContactPoint,
    responses((status = 201, description = "Added.", body = ContactPoint)),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/contact-points")]
async fn add_contact_point(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    body: Json<NewContactPoint>,
) -> Answer {
    let new = read(body.value)?;
    let added = accounts::add_contact_point(&app, &caller.0, *id, new).await?;
    Ok(HttpResponse::Created().json(ContactPoint::from(added)))
}

/// Flag a way to reach a party.
///
/// Bad, or good again. An account without any good one is to be traced.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account."),
        ("contact_point_id" = ContactPointId, Path, description = "Which.")),
    request_body = ContactPointFlag,
    responses((status = 200, description = "Flagged.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/contact-points/{contact_point_id}/flags")]
async fn flag_contact_point(
    app: web::Data<App>,
    caller: Authenticated,
    ids: web::Path<(AccountId, ContactPointId)>,
    body: Json<ContactPointFlag>,
) -> Answer {
    let (account, point) = ids.into_inner();
    let flag = if body.value.bad { Flag::Bad } else { Flag::Good };
    let changed = accounts::flag_contact_point(&app, &caller.0, account, point, flag).await?;
    Ok(etag::changed(changed.version, &Account::from(changed)))
}

fn read(new: NewContactPoint) -> Result<accounts::NewContactPoint, Problem> {
    let reach = match (new.phone, new.email, new.address) {
        (Some(number), None, None) => Reach::Phone(number, new.phone_type),
        (None, Some(address), None) => Reach::Email(address),
        (None, None, Some(it)) => Reach::Address {
            address1: it.address1,
            address2: it.address2,
            city: it.city,
            state: it.state,
            zip: it.zip,
            country: it.country,
        },
        (_, _, _) => {
            let message = "Send exactly one of phone, email and address.";
            return Err(Problem::invalid_field("", "one_of", message));
        }
    };
    Ok(accounts::NewContactPoint {
        party: new.party_id,
        reach,
        consent: new.consent,
        source: new.source,
    })
}

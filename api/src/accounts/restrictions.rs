//! Restrictions on an account.

use actix_web::{post, web};
use domain::account::Restriction;
use domain::{AccountId, RestrictionId};
use serde::Deserialize;
use serde_json::json;
use service::App;
use service::accounts;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::Account;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(set_account_restriction);
    cfg.service(lift_account_restriction);
}

/// A restriction to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRestriction {
    kind: Restriction,
    /// Particulars, such as court, chapter and case number, or the attorney's name.
    #[schema(max_length = 1000, example = "Chapter 7, case 26-10442")]
    detail: Option<String>,
    #[schema(min_length = 1, max_length = 500, example = "Notice of the court")]
    reason: String,
}

/// Why a restriction is lifted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lifting {
    #[schema(min_length = 1, max_length = 500, example = "Case dismissed")]
    reason: String,
}

/// Set a restriction.
///
/// What concerns the person and not the debt (bankruptcy, death, minority, active duty) is set on
/// every open account of the packet. The status follows where the restriction names one.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "On which account."), IfMatch),
    request_body = NewRestriction,
    responses((status = 200, description = "Set.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/restrictions")]
async fn set_account_restriction(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    seen: IfMatch,
    body: Json<NewRestriction>,
) -> Answer {
    let NewRestriction { kind, detail, reason } = body.value;
    let detail = detail.map(|text| json!({ "text": text }));
    let new = accounts::NewRestriction { kind, detail, reason };
    let changed = accounts::set_restriction(&app, &caller.0, *id, Some(seen.0), new).await?;
    Ok(etag::changed(changed.version, &Account::from(changed)))
}

/// Lift a restriction.
///
/// A status that came with it goes to what the remaining restrictions say, or back to active.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account."),
        ("restriction_id" = RestrictionId, Path, description = "Which restriction.")),
    request_body = Lifting,
    responses((status = 200, description = "Lifted.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/restrictions/{restriction_id}/lifting")]
async fn lift_account_restriction(
    app: web::Data<App>,
    caller: Authenticated,
    ids: web::Path<(AccountId, RestrictionId)>,
    body: Json<Lifting>,
) -> Answer {
    let (account, restriction) = ids.into_inner();
    let reason = &body.value.reason;
    let changed = accounts::lift_restriction(&app, &caller.0, account, restriction, reason).await?;
    Ok(etag::changed(changed.version, &Account::from(changed)))
}

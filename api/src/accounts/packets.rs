//! Packets: which accounts are one person's, corrected by hand.

use actix_web::{post, web};
use domain::AccountId;
use serde::Deserialize;
use service::App;
use service::accounts;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::Account;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag;

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(link_account);
    cfg.service(unlink_account);
}

/// With whose account this one belongs together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLink {
    /// An account of the person.
    account_id: AccountId,
    #[schema(min_length = 1, max_length = 500, example = "Same person, maiden name")]
    reason: String,
}

/// Why an account does not belong to its packet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUnlink {
    #[schema(min_length = 1, max_length = 500, example = "Father and son")]
    reason: String,
}

/// Link an account with another of the same person.
///
/// It joins the packet of the other and follows to its desk; the person sees both at the portal.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which account joins.")),
    request_body = NewLink,
    responses((status = 200, description = "Linked.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/links")]
async fn link_account(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    body: Json<NewLink>,
) -> Answer {
    let NewLink { account_id, reason } = body.value;
    let linked = accounts::link(&app, &caller.0, *id, account_id, &reason).await?;
    Ok(etag::changed(linked.version, &Account::from(linked)))
}

/// Take an account out of its packet.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which account leaves.")),
    request_body = NewUnlink,
    responses((status = 200, description = "Unlinked.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/unlinks")]
async fn unlink_account(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    body: Json<NewUnlink>,
) -> Answer {
    let unlinked = accounts::unlink(&app, &caller.0, *id, &body.value.reason).await?;
    Ok(etag::changed(unlinked.version, &Account::from(unlinked)))
}

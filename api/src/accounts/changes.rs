//! Changing the status of an account, writing about it, reading what is masked.

use actix_web::{HttpResponse, post, web};
use domain::account::AccountStatus;
use domain::arrangement::OnArrangements;
use domain::{AccountId, PartyId};
use serde::{Deserialize, Serialize};
use service::App;
use service::accounts::{self, Secret};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::Account;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(change_account_status);
    cfg.service(add_account_note);
    cfg.service(reveal_party_secret);
}

/// A change of status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusChange {
    /// One of the account's `allowed_statuses`.
    status: AccountStatus,
    /// Kept in the timeline and the audit trail; the creditor reads it.
    #[schema(min_length = 1, max_length = 500, example = "Recalled by the creditor")]
    reason: String,
    /// What it does to an open promise, plan or settlement; required where there is one.
    arrangements: Option<OnArrangements>,
}

/// A note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    #[schema(min_length = 1, max_length = 4000, example = "Asked for the invoice.")]
    text: String,
    /// Whether the creditor may read it; not, unless it is said.
    client_visible: Option<bool>,
}

/// What is to be read in full, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReveal {
    secret: SecretName,
    /// Kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Court filing")]
    reason: String,
}

/// A number or date that identifies a person.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SecretName {
    Ssn,
    TaxId,
    BirthDate,
}

/// A number or date in full.
#[derive(Debug, Serialize, ToSchema)]
struct Revealed {
    /// Nine digits, or `YYYY-MM-DD`.
    #[schema(max_length = 20, example = "1980-02-29")]
    value: String,
}

/// Change the status of an account.
///
/// 409 `status_not_allowed` names the statuses that may follow in `allowed`; 409 `arrangement_open`
/// asks what happens to the open promise, plan or settlement.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which."), IfMatch),
    request_body = StatusChange,
    responses((status = 200, description = "Changed.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/status-changes")]
async fn change_account_status(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    seen: IfMatch,
    body: Json<StatusChange>,
) -> Answer {
    let StatusChange { status, reason, arrangements } = body.value;
    let change = accounts::StatusChange { status, reason, arrangements };
    let changed = accounts::change_status(&app, &caller.0, *id, Some(seen.0), change).await?;
    Ok(etag::changed(changed.version, &Account::from(changed)))
}

/// Write a note.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account.")),
    request_body = NewNote,
    responses((status = 204, description = "Written; it stands in the timeline.")),
    extensions(("x-permission" = json!("account:write"))),
)]
#[post("/v1/accounts/{account_id}/notes")]
async fn add_account_note(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    body: Json<NewNote>,
) -> Answer {
    let NewNote { text, client_visible } = body.value;
    let note = accounts::NewNote { text, client_visible: client_visible.unwrap_or(false) };
    accounts::add_note(&app, &caller.0, *id, note).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read a full number or date of birth.
///
/// Every read leaves a line in the audit trail.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account."),
        ("party_id" = PartyId, Path, description = "Of which party.")),
    request_body = NewReveal,
    responses((status = 200, description = "In full.", body = Revealed)),
    extensions(("x-permission" = json!("sensitive:read"))),
)]
#[post("/v1/accounts/{account_id}/parties/{party_id}/reveals")]
async fn reveal_party_secret(
    app: web::Data<App>,
    caller: Authenticated,
    ids: web::Path<(AccountId, PartyId)>,
    body: Json<NewReveal>,
) -> Answer {
    let secret = match body.value.secret {
        SecretName::Ssn => Secret::Ssn,
        SecretName::TaxId => Secret::TaxId,
        SecretName::BirthDate => Secret::BirthDate,
    };
    let ids = ids.into_inner();
    let value = accounts::reveal(&app, &caller.0, ids, secret, &body.value.reason).await?;
    Ok(HttpResponse::Ok().json(Revealed { value: value.to_string() }))
}

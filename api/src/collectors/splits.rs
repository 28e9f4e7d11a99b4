//! Splits: who shares the credit of an account's payments, and of accounts on nobody's desk.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::collector::Split;
use domain::{AccountId, CollectorSplitId};
use serde::{Deserialize, Serialize};
use service::App;
use service::collectors;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::ListVersions;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::page::{Cursors, Page};

pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_account_split);
    cfg.service(list_account_splits);
    cfg.service(create_default_split);
    cfg.service(list_default_splits);
}

/// One version of a split.
#[derive(Debug, Serialize, ToSchema)]
struct CreditSplit {
    id: CollectorSplitId,
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    /// Among whom; null: the usual order.
    #[schema(required = true)]
    split: Option<Split>,
    created_at: DateTime<Utc>,
}

/// A split to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditSplit {
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    /// Among whom; left out: from this day on the usual order again.
    split: Option<Split>,
}

/// Enter who shares the credit of an account's payments.
///
/// Parts total 100 %; a team may stay below. Everybody has terms in force on that day.
#[utoipa::path(
    tag = "Collectors",
    params(("account_id" = AccountId, Path, description = "Which.")),
    request_body = NewCreditSplit,
    responses((status = 201, description = "Entered.", body = CreditSplit)),
    extensions(("x-permission" = json!("collector:write"))),
)]
#[post("/v1/accounts/{account_id}/credit-splits")]
async fn create_account_split(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    body: Json<NewCreditSplit>,
) -> Answer {
    enter(&app, &caller, Some(*account), body.value).await
}

/// List who shares the credit of an account's payments.
///
/// Newest first.
#[utoipa::path(
    tag = "Collectors",
    params(("account_id" = AccountId, Path, description = "Which."), ListVersions),
    responses((status = 200, description = "A page of them.", body = Page<CreditSplit>)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/accounts/{account_id}/credit-splits")]
async fn list_account_splits(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ListVersions>,
    req: HttpRequest,
) -> Answer {
    list(&app, &cursors, &caller, Some(*account), &query, &req).await
}

/// Enter who is credited for accounts on nobody's desk.
///
/// The agency's default: it applies where an account has no split of its own, and was on no
/// collector's desk on the payment's effective date.
#[utoipa::path(
    tag = "Collectors",
    request_body = NewCreditSplit,
    responses((status = 201, description = "Entered.", body = CreditSplit)),
    extensions(("x-permission" = json!("collector:write"))),
)]
#[post("/v1/collectors/default-splits")]
async fn create_default_split(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewCreditSplit>,
) -> Answer {
    enter(&app, &caller, None, body.value).await
}

/// List who is credited for accounts on nobody's desk.
///
/// Newest first.
#[utoipa::path(
    tag = "Collectors",
    params(ListVersions),
    responses((status = 200, description = "A page of them.", body = Page<CreditSplit>)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/collectors/default-splits")]
async fn list_default_splits(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListVersions>,
    req: HttpRequest,
) -> Answer {
    list(&app, &cursors, &caller, None, &query, &req).await
}

async fn enter(
    app: &App,
    caller: &Authenticated,
    account: Option<AccountId>,
    new: NewCreditSplit,
) -> Answer {
    let new = collectors::NewSplit { account, effective_on: new.effective_on, split: new.split };
    let added = collectors::add_split(app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(CreditSplit::from(added)))
}

async fn list(
    app: &App,
    cursors: &Cursors,
    caller: &Authenticated,
    account: Option<AccountId>,
    query: &ListVersions,
    req: &HttpRequest,
) -> Answer {
    let list = "credit_splits";
    let window = cursors.window::<NaiveDate>(list, query.cursor.as_deref(), query.limit)?;
    let mut rows = collectors::splits(app, &caller.0, account).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.effective_on < after));
    Ok(cursors.answer(req, list, window.cut(rows), |row| row.effective_on, CreditSplit::from))
}

impl From<collectors::SplitVersion> for CreditSplit {
    fn from(row: collectors::SplitVersion) -> Self {
        Self {
            id: row.id,
            effective_on: row.effective_on,
            split: row.split,
            created_at: row.created_at,
        }
    }
}

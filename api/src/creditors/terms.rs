//! `/v1/creditors/{creditor_id}/portfolios` and `/contracts`.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Bucket, ContractId, CreditorId, PortfolioId};
use serde::{Deserialize, Serialize};
use service::App;
use service::creditors;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::WireRate;
use crate::page::{Cursors, Limit, Page};

/// The operations on portfolios and contract terms.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_portfolio);
    cfg.service(list_portfolios);
    cfg.service(create_contract);
    cfg.service(list_contracts);
}

/// A portfolio of a creditor: accounts that belong together.
#[derive(Debug, Serialize, ToSchema)]
struct Portfolio {
    id: PortfolioId,
    creditor_id: CreditorId,
    /// As placement files name it.
    #[schema(max_length = 40, example = "ER-2026")]
    code: String,
    #[schema(max_length = 200, example = "Emergency room 2026")]
    name: String,
    created_at: DateTime<Utc>,
}

/// A portfolio to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPortfolio {
    /// As placement files name it; kept in upper case.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[A-Za-z0-9._-]{1,40}$",
        example = "ER-2026"
    )]
    code: String,
    #[schema(min_length = 1, max_length = 200, example = "Emergency room 2026")]
    name: String,
}

/// One version of a creditor's contract terms.
#[derive(Debug, Serialize, ToSchema)]
struct Contract {
    id: ContractId,
    creditor_id: CreditorId,
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    /// The agency's share of what is collected.
    commission_rate: WireRate,
    /// The order in which a payment fills the buckets.
    #[schema(min_items = 5, max_items = 5, example = json!(["costs", "fees", "interest", "principal", "other"]))]
    allocation_order: Vec<String>,
    created_at: DateTime<Utc>,
}

/// A version of the contract terms to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContract {
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    /// The agency's share of what is collected.
    commission_rate: WireRate,
    /// Each bucket once, in the order in which a payment fills them.
    #[schema(min_items = 5, max_items = 5, example = json!(["costs", "fees", "interest", "principal", "other"]))]
    allocation_order: [Bucket; 5],
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Paging {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Add a portfolio.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose.")),
    request_body = NewPortfolio,
    responses((status = 201, description = "Added.", body = Portfolio)),
    extensions(("x-permission" = json!("creditor:write"))),
)]
#[post("/v1/creditors/{creditor_id}/portfolios")]
async fn create_portfolio(
    app: web::Data<App>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    body: Json<NewPortfolio>,
) -> Answer {
    let NewPortfolio { code, name } = body.value;
    let new = creditors::NewPortfolio { creditor: *creditor, code, name };
    let added = creditors::add_portfolio(&app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(Portfolio::from(added)))
}

/// List a creditor's portfolios.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose."), Paging),
    responses((status = 200, description = "A page of them.", body = Page<Portfolio>)),
    extensions(("x-permission" = json!("creditor:read"))),
)]
#[get("/v1/creditors/{creditor_id}/portfolios")]
async fn list_portfolios(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    query: web::Query<Paging>,
    req: HttpRequest,
) -> Answer {
    let window =
        cursors.window::<PortfolioId>("portfolios", query.cursor.as_deref(), query.limit)?;
    let mut rows = creditors::portfolios(&app, &caller.0, *creditor).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.id > after));
    Ok(cursors.answer(&req, "portfolios", window.cut(rows), |row| row.id, Portfolio::from))
}

/// Add a version of the contract terms.
///
/// Payments that are posted keep the terms they were posted under.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose.")),
    request_body = NewContract,
    responses((status = 201, description = "Added.", body = Contract)),
    extensions(("x-permission" = json!("creditor:write"))),
)]
#[post("/v1/creditors/{creditor_id}/contracts")]
async fn create_contract(
    app: web::Data<App>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    body: Json<NewContract>,
) -> Answer {
    let NewContract { effective_on, commission_rate, allocation_order } = body.value;
    let commission_rate = commission_rate.rate("/commission_rate")?;
    let new = creditors::NewContract {
        creditor: *creditor,
        effective_on,
        commission_rate,
        allocation_order,
    };
    let added = creditors::add_contract(&app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(Contract::from(added)))
}

/// List the versions of the contract terms.
///
/// Newest first.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose."), Paging),
    responses((status = 200, description = "A page of them.", body = Page<Contract>)),
    extensions(("x-permission" = json!("creditor:read"))),
)]
#[get("/v1/creditors/{creditor_id}/contracts")]
async fn list_contracts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    query: web::Query<Paging>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window::<NaiveDate>("contracts", query.cursor.as_deref(), query.limit)?;
    let mut rows = creditors::contracts(&app, &caller.0, *creditor).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.effective_on < after));
    Ok(cursors.answer(&req, "contracts", window.cut(rows), |row| row.effective_on, Contract::from))
}

impl From<creditors::Portfolio> for Portfolio {
    fn from(row: creditors::Portfolio) -> Self {
        Self {
            id: row.id,
            creditor_id: row.creditor_id,
            code: row.code,
            name: row.name,
            created_at: row.created_at,
        }
    }
}

impl From<creditors::Contract> for Contract {
    fn from(row: creditors::Contract) -> Self {
        Self {
            id: row.id,
            creditor_id: row.creditor_id,
            effective_on: row.effective_on,
            commission_rate: WireRate::new(row.commission_rate),
            allocation_order: row.allocation_order,
            created_at: row.created_at,
        }
    }
}

//! `/v1/creditors/{creditor_id}/portfolios`.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::{CreditorId, PortfolioId};
use serde::{Deserialize, Serialize};
use service::App;
use service::creditors;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::page::{Cursors, Limit, Page};

/// The operations on portfolios.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_portfolio);
    cfg.service(list_portfolios);
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

//! `/v1/sweeps`: earned fees leave trust for the agency's own account.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::{Currency, Money, SweepId, TrustAccountId};
use serde::{Deserialize, Serialize};
use service::App;
use service::sweeps::{self, Sweep as Row, Sweepable as Found};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on sweeps.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(preview_sweep);
    cfg.service(sweep_fees);
    cfg.service(list_sweeps);
}

/// Earned fees that were moved from trust to operating.
#[derive(Debug, Serialize, ToSchema)]
struct Sweep {
    id: SweepId,
    trust_account_id: TrustAccountId,
    amount: WireMoney,
    /// Of it, what was offset before: commission on direct payments, tax, advances given back.
    due: WireMoney,
    /// Of it, revenue.
    revenue: WireMoney,
    swept_at: DateTime<Utc>,
    #[schema(max_length = 200)]
    swept_by: String,
}

/// What may be swept now.
#[derive(Debug, Serialize, ToSchema)]
struct Sweepable {
    trust_account_id: TrustAccountId,
    /// The agency's share in trust.
    earned: WireMoney,
    /// Commission on payments that no closed statement shows.
    unstated: WireMoney,
    /// What trust owes operating.
    due: WireMoney,
    /// In the trust bank account.
    cash: WireMoney,
    /// What may be swept.
    amount: WireMoney,
}

/// How much to sweep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SweepOrder {
    /// A part of what may be swept; all of it unless told.
    amount: Option<WireMoney>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListSweeps {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Preview a sweep.
///
/// What the agency has earned in trust, less the commission on payments that no closed statement
/// shows yet.
#[utoipa::path(
    tag = "Receivables",
    responses((status = 200, description = "What may be swept.", body = Sweepable)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/sweeps/preview")]
async fn preview_sweep(app: web::Data<App>, caller: Authenticated) -> Answer {
    let found = sweeps::preview(&app, &caller.0).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    Ok(HttpResponse::Ok().json(Sweepable::new(found, currency)))
}

/// Sweep earned fees.
///
/// From trust to operating. A close run does it when it is finished.
#[utoipa::path(
    tag = "Receivables",
    params(IdempotencyKey),
    request_body = SweepOrder,
    responses((status = 201, description = "Swept.", body = Sweep,
        headers(("Location" = String, description = "The list of sweeps.")))),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/sweeps")]
async fn sweep_fees(
    app: web::Data<App>,
    caller: Authenticated,
    key: IdempotencyKey,
    body: Json<SweepOrder>,
) -> Answer {
    let once = key.once(&caller.0, "sweep_fees", body.canonical());
    let currency = service::books::currency(&app, &caller.0).await?;
    let amount =
        body.value.amount.map(|amount| amount.positive(currency, "/amount")).transpose()?;
    let swept = sweeps::sweep(&app, &caller.0, amount, &once).await?;
    let row = sweeps::get(&app, &caller.0, swept.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, swept.replayed);
    response.insert_header((header::LOCATION, "/v1/sweeps"));
    Ok(response.json(Sweep::new(row, currency)))
}

/// List sweeps.
///
/// Newest first.
#[utoipa::path(
    tag = "Receivables",
    params(ListSweeps),
    responses((status = 200, description = "A page of them.", body = Page<Sweep>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/sweeps")]
async fn list_sweeps(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListSweeps>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("sweeps", query.cursor.as_deref(), query.limit)?;
    let part = sweeps::list(&app, &caller.0, &window).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    let render = |row: Row| Sweep::new(row, currency);
    Ok(cursors.answer(&req, "sweeps", part, |row| row.id, render))
}

impl Sweep {
    fn new(row: Row, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            id: row.id,
            trust_account_id: row.trust_account_id,
            amount: wire(row.amount),
            due: wire(row.due),
            revenue: wire(row.revenue),
            swept_at: row.swept_at,
            swept_by: row.swept_by,
        }
    }
}

impl Sweepable {
    fn new(it: Found, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            trust_account_id: it.trust_account,
            earned: wire(it.earned),
            unstated: wire(it.unstated),
            due: wire(it.due),
            cash: wire(it.cash),
            amount: wire(it.amount),
        }
    }
}

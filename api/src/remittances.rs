//! `/v1/remittances`: what is paid to creditors for their statements.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::remittance::RemittanceState;
use domain::{CreditorId, RemittanceId, StatementId};
use serde::{Deserialize, Serialize};
use service::App;
use service::actor::Actor;
use service::once::Answer as Done;
use service::remittances::{self, NewIssue, Remittance as Row, RemittanceFilter};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on remittances.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_remittances);
    cfg.service(get_remittance);
    cfg.service(issue_remittance);
    cfg.service(void_remittance);
}

/// What is paid to a creditor for a statement.
#[derive(Debug, Serialize, ToSchema)]
struct Remittance {
    id: RemittanceId,
    statement_id: StatementId,
    #[schema(minimum = 1)]
    statement_number: i64,
    creditor_id: CreditorId,
    #[schema(max_length = 40)]
    creditor_code: String,
    #[schema(max_length = 200)]
    creditor_name: String,
    amount: WireMoney,
    state: RemittanceState,
    /// Who closed the statement, or took an earlier remittance back.
    #[schema(max_length = 200)]
    prepared_by: String,
    prepared_at: DateTime<Utc>,
    /// The second person; null before it is paid out.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
    #[schema(required = true)]
    issued_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    issued_on: Option<NaiveDate>,
    /// Check number or trace number.
    #[schema(max_length = 200, required = true)]
    reference: Option<String>,
}

/// A remittance to be paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IssueOrder {
    /// Check number or trace number.
    #[schema(max_length = 200, example = "Check 2208")]
    reference: Option<String>,
    /// The day it leaves; today unless told.
    issued_on: Option<NaiveDate>,
}

/// Why a remittance is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoidOrder {
    /// In your words; kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Check lost in the mail")]
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListRemittances {
    /// To this creditor.
    creditor_id: Option<CreditorId>,
    /// For this statement.
    statement_id: Option<StatementId>,
    /// In this state.
    #[param(inline)]
    state: Option<RemittanceState>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List remittances.
///
/// Newest first. A creditor's user sees the own ones.
#[utoipa::path(
    tag = "Statements",
    params(ListRemittances),
    responses((status = 200, description = "A page of them.", body = Page<Remittance>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/remittances")]
async fn list_remittances(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListRemittances>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("remittances", query.cursor.as_deref(), query.limit)?;
    let filter = RemittanceFilter {
        creditor: query.creditor_id,
        state: query.state,
        statement: query.statement_id,
        run: None,
    };
    let part = remittances::list(&app, &caller.0, filter, &window).await?;
    Ok(cursors.answer(&req, "remittances", part, |row| row.row.id, Remittance::from))
}

/// Read a remittance.
#[utoipa::path(
    tag = "Statements",
    params(("remittance_id" = RemittanceId, Path, description = "Which.")),
    responses((status = 200, description = "The remittance.", body = Remittance)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/remittances/{remittance_id}")]
async fn get_remittance(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<RemittanceId>,
) -> Answer {
    let row = remittances::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(Remittance::from(row)))
}

/// Pay a remittance out.
///
/// By another person than who prepared it, within that person's own limit; both names are kept. The
/// money leaves trust. Refused when the trust bank account does not hold it.
#[utoipa::path(
    tag = "Statements",
    params(("remittance_id" = RemittanceId, Path, description = "Which."), IdempotencyKey),
    request_body = IssueOrder,
    responses((status = 200, description = "Paid out.", body = Remittance)),
    extensions(("x-permission" = json!("approval:decide"))),
)]
#[post("/v1/remittances/{remittance_id}/issue")]
async fn issue_remittance(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<RemittanceId>,
    key: IdempotencyKey,
    body: Json<IssueOrder>,
) -> Answer {
    let once = key.once(&caller.0, "issue_remittance", body.canonical());
    let IssueOrder { reference, issued_on } = body.value;
    let new = NewIssue { remittance: *id, reference, issued_on };
    let done = remittances::issue(&app, &caller.0, new, &once).await?;
    shown(&app, &caller.0, HttpResponse::Ok(), done).await
}

/// Take an issued remittance back.
///
/// The check was lost or the transfer came back: the money is in trust again. It still is the
/// creditor's and is prepared anew; answers the new remittance.
#[utoipa::path(
    tag = "Statements",
    params(("remittance_id" = RemittanceId, Path, description = "Which."), IdempotencyKey),
    request_body = VoidOrder,
    responses((status = 201, description = "Taken back; what is prepared instead.", body = Remittance)),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/remittances/{remittance_id}/void")]
async fn void_remittance(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<RemittanceId>,
    key: IdempotencyKey,
    body: Json<VoidOrder>,
) -> Answer {
    let once = key.once(&caller.0, "void_remittance", body.canonical());
    let done = remittances::void(&app, &caller.0, *id, &body.value.reason, &once).await?;
    shown(&app, &caller.0, HttpResponse::Created(), done).await
}

async fn shown(
    app: &App,
    caller: &Actor,
    mut response: HttpResponseBuilder,
    done: Done<RemittanceId>,
) -> Answer {
    let row = remittances::get(app, caller, done.value).await?;
    mark(&mut response, done.replayed);
    Ok(response.json(Remittance::from(row)))
}

impl From<Row> for Remittance {
    fn from(it: Row) -> Self {
        let row = it.row;
        Self {
            id: row.id,
            statement_id: row.statement_id,
            statement_number: it.statement_number,
            creditor_id: row.creditor_id,
            creditor_code: it.creditor_code,
            creditor_name: it.creditor_name,
            amount: WireMoney::new(row.amount, it.currency),
            state: row.state,
            prepared_by: row.prepared_name,
            prepared_at: row.prepared_at,
            approved_by: row.approved_name,
            issued_at: row.issued_at,
            issued_on: row.issued_on,
            reference: row.reference,
        }
    }
}

//! `/v1/close-runs`: the month end over all creditors that are due.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::remittance::CloseRunState;
use domain::{CloseRunId, CreditorId, StatementId, SweepId};
use serde::{Deserialize, Serialize};
use service::close_runs::{self, CloseRun as Row, DueCreditor, NewRun, Outcome, Standing};
use service::{App, Refused};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::page::{Cursors, Limit, Page};
use crate::statements::wire::{Statement, StatementPreview};

mod summary;

/// The operations on close runs.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(open_close_run);
    cfg.service(list_close_runs);
    cfg.service(get_close_run);
    cfg.service(list_close_run_creditors);
    cfg.service(close_creditors);
    cfg.service(finish_close_run);
    cfg.service(summary::get_close_run_summary);
}

/// A close run.
#[derive(Debug, Serialize, ToSchema)]
struct CloseRun {
    id: CloseRunId,
    period_end: NaiveDate,
    /// What was posted later waits; the same for all its creditors.
    cutoff: DateTime<Utc>,
    state: CloseRunState,
    #[schema(max_length = 200)]
    started_by: String,
    started_at: DateTime<Utc>,
    /// Null while it is open.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
}

/// A run to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCloseRun {
    /// The last day covered; it is over.
    period_end: NaiveDate,
    /// What is posted later waits; now unless told.
    cutoff: Option<DateTime<Utc>>,
}

/// Which creditors to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseOrder {
    /// These; all that are due where none is named.
    #[serde(default)]
    #[schema(max_items = 10000)]
    creditor_ids: Vec<CreditorId>,
}

/// How to finish a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FinishOrder {
    /// Whether earned fees are swept; yes unless told.
    #[serde(default = "yes")]
    sweep: bool,
}

fn yes() -> bool {
    true
}

/// A finished run.
#[derive(Debug, Serialize, ToSchema)]
struct FinishedRun {
    close_run: CloseRun,
    /// Null where nothing was swept.
    #[schema(required = true)]
    sweep_id: Option<SweepId>,
}

/// A creditor of a run: closed, or as it would be closed.
#[derive(Debug, Serialize, ToSchema)]
struct CloseRunCreditor {
    creditor_id: CreditorId,
    #[schema(max_length = 40)]
    code: String,
    #[schema(max_length = 200)]
    name: String,
    standing: CreditorStanding,
    /// Where it is closed.
    #[schema(required = true)]
    statement: Option<Statement>,
    /// Where it is due.
    #[schema(required = true)]
    preview: Option<StatementPreview>,
    /// Where a close would be refused.
    #[schema(required = true)]
    refusal: Option<CloseRefusal>,
}

/// Where a creditor stands in a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CreditorStanding {
    /// Its statement is closed in this run.
    Closed,
    /// It would be closed.
    Due,
    /// It would be refused.
    Refused,
}

/// Why a close is refused.
#[derive(Debug, Serialize, ToSchema)]
struct CloseRefusal {
    /// The stable code, as in problems.
    #[schema(max_length = 60)]
    code: String,
    #[schema(max_length = 500)]
    message: String,
}

/// What became of one creditor.
#[derive(Debug, Serialize, ToSchema)]
struct CloseOutcome {
    creditor_id: CreditorId,
    /// Null where none was closed.
    #[schema(required = true)]
    statement_id: Option<StatementId>,
    /// Null where one was closed.
    #[schema(required = true)]
    refusal: Option<CloseRefusal>,
}

/// What became of all of them.
#[derive(Debug, Serialize, ToSchema)]
struct CloseOutcomes {
    #[schema(max_items = 10000)]
    outcomes: Vec<CloseOutcome>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListCloseRuns {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Open a close run.
///
/// For all creditors whose period ends on that day. One run a day is open at a time.
#[utoipa::path(
    tag = "Statements",
    params(IdempotencyKey),
    request_body = NewCloseRun,
    responses((status = 201, description = "Opened.", body = CloseRun,
        headers(("Location" = String, description = "Where it is.")))),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/close-runs")]
async fn open_close_run(
    app: web::Data<App>,
    caller: Authenticated,
    key: IdempotencyKey,
    body: Json<NewCloseRun>,
) -> Answer {
    let once = key.once(&caller.0, "open_close_run", body.canonical());
    let NewCloseRun { period_end, cutoff } = body.value;
    let opened = close_runs::open(&app, &caller.0, NewRun { period_end, cutoff }, &once).await?;
    let run = close_runs::get(&app, &caller.0, opened.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, opened.replayed);
    response.insert_header((header::LOCATION, format!("/v1/close-runs/{}", run.id)));
    Ok(response.json(CloseRun::from(run)))
}

/// List close runs.
///
/// Newest first.
#[utoipa::path(
    tag = "Statements",
    params(ListCloseRuns),
    responses((status = 200, description = "A page of them.", body = Page<CloseRun>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/close-runs")]
async fn list_close_runs(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListCloseRuns>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("close runs", query.cursor.as_deref(), query.limit)?;
    let part = close_runs::list(&app, &caller.0, &window).await?;
    Ok(cursors.answer(&req, "close runs", part, |row| row.id, CloseRun::from))
}

/// Read a close run.
#[utoipa::path(
    tag = "Statements",
    params(("close_run_id" = CloseRunId, Path, description = "Which.")),
    responses((status = 200, description = "The run.", body = CloseRun)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/close-runs/{close_run_id}")]
async fn get_close_run(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CloseRunId>,
) -> Answer {
    let run = close_runs::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(CloseRun::from(run)))
}

/// List the creditors of a close run.
///
/// By code: those closed in it with their statement, those due with what a close would make. Who
/// closes whenever somebody likes is not among them unless closed.
#[utoipa::path(
    tag = "Statements",
    params(("close_run_id" = CloseRunId, Path, description = "Which."), ListCloseRuns),
    responses((status = 200, description = "A page of them.", body = Page<CloseRunCreditor>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/close-runs/{close_run_id}/creditors")]
async fn list_close_run_creditors(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<CloseRunId>,
    query: web::Query<ListCloseRuns>,
    req: HttpRequest,
) -> Answer {
    let list = format!("close run {}", *id);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let part = close_runs::due(&app, &caller.0, *id, &window).await?;
    Ok(cursors.answer(&req, &list, part, |row| row.code.clone(), CloseRunCreditor::from))
}

/// Close creditors of a run.
///
/// Those named, or all that are due, each by itself: what is refused for one does not stop the
/// others. May be sent again: what is closed stays closed and is answered as `period_closed`.
#[utoipa::path(
    tag = "Statements",
    params(("close_run_id" = CloseRunId, Path, description = "Which.")),
    request_body = CloseOrder,
    responses((status = 200, description = "What became of each.", body = CloseOutcomes)),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/close-runs/{close_run_id}/statements")]
async fn close_creditors(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CloseRunId>,
    body: Json<CloseOrder>,
) -> Answer {
    let named = body.value.creditor_ids;
    let outcomes = close_runs::close(&app, &caller.0, *id, &named).await?;
    let outcomes = outcomes.into_iter().map(CloseOutcome::from).collect();
    Ok(HttpResponse::Ok().json(CloseOutcomes { outcomes }))
}

/// Finish a close run.
///
/// Nothing more is closed in it. Fees that were earned on closed statements are swept from trust to
/// operating, once. Refused with `close_run_does_not_tie_out` while the books do not tie out.
#[utoipa::path(
    tag = "Statements",
    params(("close_run_id" = CloseRunId, Path, description = "Which."), IdempotencyKey),
    request_body = FinishOrder,
    responses((status = 200, description = "Finished.", body = FinishedRun)),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/close-runs/{close_run_id}/finish")]
async fn finish_close_run(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CloseRunId>,
    key: IdempotencyKey,
    body: Json<FinishOrder>,
) -> Answer {
    let once = key.once(&caller.0, "finish_close_run", body.canonical());
    let sweep = body.value.sweep;
    let finished = close_runs::finish(&app, &caller.0, *id, sweep, &once).await?;
    let run = close_runs::get(&app, &caller.0, *id).await?;
    let mut response = HttpResponse::Ok();
    mark(&mut response, finished.replayed);
    let sweep_id = finished.value.sweep;
    Ok(response.json(FinishedRun { close_run: CloseRun::from(run), sweep_id }))
}

impl From<Row> for CloseRun {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            period_end: row.period_end,
            cutoff: row.cutoff,
            state: row.state,
            started_by: row.started_by,
            started_at: row.started_at,
            closed_at: row.closed_at,
        }
    }
}

impl From<DueCreditor> for CloseRunCreditor {
    fn from(it: DueCreditor) -> Self {
        let (standing, statement, preview, refusal) = match it.standing {
            Standing::Closed(closed) => {
                let (facts, totals) = *closed;
                (CreditorStanding::Closed, Some(Statement::new(facts, &totals)), None, None)
            }
            Standing::Due(preview) => {
                (CreditorStanding::Due, None, Some(StatementPreview::from(*preview)), None)
            }
            Standing::Refused(refused) => {
                (CreditorStanding::Refused, None, None, Some(refusal(&refused)))
            }
        };
        let (creditor_id, code, name) = (it.creditor, it.code, it.name);
        Self { creditor_id, code, name, standing, statement, preview, refusal }
    }
}

impl From<Outcome> for CloseOutcome {
    fn from(it: Outcome) -> Self {
        let (statement_id, refused) = match it.result {
            Ok(id) => (Some(id), None),
            Err(refused) => (None, Some(refusal(&refused))),
        };
        Self { creditor_id: it.creditor, statement_id, refusal: refused }
    }
}

fn refusal(refused: &service::statements::CloseRefused) -> CloseRefusal {
    CloseRefusal { code: refused.code().to_owned(), message: refused.to_string() }
}

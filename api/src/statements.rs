//! `/v1/statements`: statements of creditors, and their closing.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{CloseRunId, CreditorId, StatementId};
use serde::Deserialize;
use service::App;
use service::statements::{self, NewClose, StatementFilter};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::page::{Cursors, Limit, Page};

mod print;
pub(crate) mod wire;

use wire::{Statement, StatementLine, StatementPreview};

/// The operations on statements.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(preview_statement);
    cfg.service(close_statement);
    cfg.service(list_statements);
    cfg.service(get_statement);
    cfg.service(list_statement_lines);
    cfg.service(print::get_statement_document);
    cfg.service(print::get_statement_pdf);
    cfg.service(print::get_statement_csv);
    cfg.service(print::get_statement_workbook);
}

/// A period to be closed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStatement {
    /// The last day covered: a period of the contract ends on it, and it is over.
    period_end: NaiveDate,
    /// What is posted later waits for the next statement; now unless told.
    cutoff: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PreviewStatement {
    /// The last day covered; a period of the contract ends on it. The last one that is over unless
    /// told.
    period_end: Option<NaiveDate>,
    /// Only what was posted by then; now unless told.
    cutoff: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListStatements {
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
    /// Of this close run.
    close_run_id: Option<CloseRunId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListStatementLines {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Preview a statement.
///
/// What a close would make now, and whether it ties to the ledger. Writes nothing. A period that
/// still runs may be looked at.
#[utoipa::path(
    tag = "Statements",
    params(("creditor_id" = CreditorId, Path, description = "Whose."), PreviewStatement),
    responses((status = 200, description = "The statement as it would be closed.", body = StatementPreview)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/creditors/{creditor_id}/statements/preview")]
async fn preview_statement(
    app: web::Data<App>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    query: web::Query<PreviewStatement>,
) -> Answer {
    let (period_end, cutoff) = (query.period_end, query.cutoff);
    let made = statements::preview(&app, &caller.0, *creditor, period_end, cutoff).await?;
    Ok(HttpResponse::Ok().json(StatementPreview::from(made)))
}

/// Close a statement.
///
/// Takes every payment that is available by the last day and was posted by the cutoff, numbers the
/// statement without a gap, and prepares what is to be paid. It never changes afterwards; what comes
/// later is on the next one. Refused when it does not tie to the ledger.
#[utoipa::path(
    tag = "Statements",
    params(("creditor_id" = CreditorId, Path, description = "Whose."), IdempotencyKey),
    request_body = NewStatement,
    responses((status = 201, description = "Closed.", body = Statement,
        headers(("Location" = String, description = "Where it is.")))),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/creditors/{creditor_id}/statements")]
async fn close_statement(
    app: web::Data<App>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    key: IdempotencyKey,
    body: Json<NewStatement>,
) -> Answer {
    let once = key.once(&caller.0, "close_statement", body.canonical());
    let NewStatement { period_end, cutoff } = body.value;
    let new = NewClose { creditor: *creditor, period_end, cutoff };
    let closed = statements::close(&app, &caller.0, new, &once).await?;
    let (facts, totals) = statements::get(&app, &caller.0, closed.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, closed.replayed);
    response.insert_header((header::LOCATION, format!("/v1/statements/{}", closed.value)));
    Ok(response.json(Statement::new(facts, &totals)))
}

/// List statements.
///
/// Newest number first. A creditor's user sees the own ones.
#[utoipa::path(
    tag = "Statements",
    params(ListStatements),
    responses((status = 200, description = "A page of them.", body = Page<Statement>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements")]
async fn list_statements(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListStatements>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("statements", query.cursor.as_deref(), query.limit)?;
    let filter = StatementFilter { creditor: query.creditor_id, run: query.close_run_id };
    let part = statements::list(&app, &caller.0, filter, &window).await?;
    let position = |row: &(statements::Facts, _)| row.0.number;
    Ok(cursors.answer(&req, "statements", part, position, |(facts, totals)| {
        Statement::new(facts, &totals)
    }))
}

/// Read a statement.
///
/// Its head and sums; the lines come in pages, the whole as a document.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The statement.", body = Statement)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}")]
async fn get_statement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
) -> Answer {
    let (facts, totals) = statements::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(Statement::new(facts, &totals)))
}

/// List the lines of a statement.
///
/// In the order of the print.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which."), ListStatementLines),
    responses((status = 200, description = "A page of them.", body = Page<StatementLine>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/lines")]
async fn list_statement_lines(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<StatementId>,
    query: web::Query<ListStatementLines>,
    req: HttpRequest,
) -> Answer {
    let list = format!("statement lines {}", *id);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let (facts, _) = statements::get(&app, &caller.0, *id).await?;
    let part = statements::lines(&app, &caller.0, *id, &window).await?;
    let render = |row: statements::StatementLine| StatementLine::new(row.line, facts.currency);
    Ok(cursors.answer(&req, &list, part, |row| row.seq, render))
}

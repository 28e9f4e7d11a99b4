//! A statement whole: as JSON, CSV, XLSX and PDF, byte for byte the same whenever it is asked for.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::StatementId;
use domain::statement::Line;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use service::App;
use service::exports::Format;
use service::statements::{self, Paper, csv_heading, csv_part};
use service::stop::{Fault, Stop};

use super::wire::{Statement, StatementDocument, StatementLine};
use crate::auth::Authenticated;
use crate::download::{self, PdfDocument, Spreadsheet};
use crate::{Answer, etag};

/// Read a statement as one document.
///
/// Rendered from what was stored at the close, so that it never reads otherwise.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The document.", body = StatementDocument,
        headers(("ETag" = String, description = "Its layout; the content never changes.")))),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/document")]
pub(super) async fn get_statement_document(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
    req: HttpRequest,
) -> Answer {
    let ((facts, totals), lines) =
        statements::parts(app.get_ref().clone(), caller.0.clone(), *id).await?;
    let tag = Paper::Json.tag(*id);
    if let Some(unchanged) = etag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let currency = facts.currency;
    let empty = StatementDocument { statement: Statement::new(facts, &totals), lines: Vec::new() };
    // The lines are written between the brackets of the document as they are read.
    let mut head = serde_json::to_string(&empty).map_err(unwritten)?;
    let tail = head.split_off(head.len().saturating_sub("]}".len()));
    let mut first = true;
    let lines = lines.map(move |part| {
        let mut text = Vec::new();
        for line in part? {
            if !std::mem::take(&mut first) {
                text.push(b',');
            }
            let line = StatementLine::new(line, currency);
            serde_json::to_writer(&mut text, &line).map_err(unwritten)?;
        }
        Ok(text)
    });
    let lines = lines.chain(stream::once(std::future::ready(Ok(tail.into_bytes()))));
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, etag::quoted(&tag)))
        .streaming(whole(*id, head.into_bytes(), lines)))
}

/// Download a statement as PDF.
///
/// As the creditor gets it: PDF/A-2a for archives and PDF/UA-1 for readers that do not look. Of more
/// than 25,000 lines it has the sums and names the files that have the lines.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The document.", body = PdfDocument, content_type = "application/pdf",
        headers(("ETag" = String, description = "Its layout; the content never changes.")))),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/document.pdf")]
pub(super) async fn get_statement_pdf(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
    req: HttpRequest,
) -> Answer {
    statements::get(&app, &caller.0, *id).await?;
    let tag = Paper::Pdf.tag(*id);
    if let Some(unchanged) = etag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let file = statements::pdf(&app, &caller.0, *id).await?;
    Ok(etag::tagged(download::file(file), &tag))
}

/// Download the lines of a statement as CSV.
///
/// The same stored lines as the document's, one a row.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The lines.", content_type = "text/csv", body = String,
        headers(("ETag" = String, description = "Its layout; the content never changes.")))),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/lines.csv")]
pub(super) async fn get_statement_csv(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
    req: HttpRequest,
) -> Answer {
    let ((facts, _), lines) =
        statements::parts(app.get_ref().clone(), caller.0.clone(), *id).await?;
    let tag = Paper::Csv.tag(*id);
    if let Some(unchanged) = etag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let number = facts.number;
    let lines = lines.map(move |part: Result<Vec<Line>, Stop>| csv_part(number, &part?));
    Ok(download::begun(Format::Csv.media_type(), &format!("statement-{number}.csv"))
        .insert_header((header::ETAG, etag::quoted(&tag)))
        .streaming(whole(*id, csv_heading()?, lines)))
}

/// Download the lines of a statement as a sheet.
///
/// The same stored lines as the document's, one a row, as XLSX: amounts are numbers, days are days,
/// and no text is a formula.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The lines.", body = Spreadsheet,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers(("ETag" = String, description = "Its layout; the content never changes.")))),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/lines.xlsx")]
pub(super) async fn get_statement_workbook(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
    req: HttpRequest,
) -> Answer {
    statements::get(&app, &caller.0, *id).await?;
    let tag = Paper::Xlsx.tag(*id);
    if let Some(unchanged) = etag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let file = statements::workbook(&app, &caller.0, *id).await?;
    Ok(etag::tagged(download::file(file), &tag))
}

fn unwritten(error: serde_json::Error) -> Stop {
    Fault::from(error).into()
}

/// A body of a beginning and parts. A part that fails ends it, and the caller sees that it broke off.
fn whole(
    id: StatementId,
    head: Vec<u8>,
    parts: impl Stream<Item = Result<Vec<u8>, Stop>> + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static {
    let head = stream::once(std::future::ready(Ok(head)));
    let parts = head.chain(parts).map_ok(Bytes::from).map_err(move |stop| {
        tracing::error!(statement = %id, error = %stop, "a statement broke off");
        actix_web::error::ErrorInternalServerError("the statement broke off")
    });
    Box::pin(parts)
}

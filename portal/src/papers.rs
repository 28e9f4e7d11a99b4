//! Statements, invoices and credit notes as files. The client site and the workspace have the same
//! addresses; whose they may be, the service decides.

use crate::entry::Member;
use crate::export;
use crate::refusal::{Refusal, refused};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, web::Bytes};
use domain::{InvoiceId, StatementId};
use futures_util::{StreamExt, TryStreamExt, stream};
use service::exports::Format;
use service::statements::{self, csv_heading, csv_part};
use service::{App, invoices};

/// The files.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/statements/{statement_id}/document.pdf", web::get().to(statement_pdf))
        .route("/statements/{statement_id}/lines.xlsx", web::get().to(statement_workbook))
        .route("/statements/{statement_id}/lines.csv", web::get().to(statement_csv))
        .route("/invoices/{invoice_id}/document.pdf", web::get().to(invoice_pdf));
}

async fn statement_pdf(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = statement(&id)?;
    let file = statements::pdf(member.app(), member.actor(), id).await;
    Ok(export::file(file.map_err(|e| refused(&e))?))
}

async fn statement_workbook(
    member: Member,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = statement(&id)?;
    let file = statements::workbook(member.app(), member.actor(), id).await;
    Ok(export::file(file.map_err(|e| refused(&e))?))
}

/// The lines as they are read: a long statement begins to arrive at once.
async fn statement_csv(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = statement(&id)?;
    let (app, actor): (App, _) = (member.app().clone(), member.actor().clone());
    let parts = statements::parts(app, actor, id).await;
    let ((facts, _), lines) = parts.map_err(|e| refused(&e))?;
    let number = facts.number;
    let heading = stream::once(std::future::ready(csv_heading()));
    let body = heading
        .chain(lines.map(move |part| csv_part(number, &part?)))
        .map_ok(Bytes::from)
        .map_err(std::io::Error::other);
    let name = format!("statement-{number}.csv");
    Ok(export::begun(Format::Csv.media_type(), &name).streaming(Box::pin(body)))
}

async fn invoice_pdf(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id: InvoiceId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let (row, applied) = invoices::get(app, actor, id).await.map_err(|e| refused(&e))?;
    let file = invoices::pdf(app, actor, row, applied).await;
    Ok(export::file(file.map_err(|e| refused(&e))?))
}

fn statement(id: &str) -> Result<StatementId, Refusal> {
    id.parse().map_err(|_| Refusal::NotFound)
}

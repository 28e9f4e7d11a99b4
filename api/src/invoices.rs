//! `/v1/invoices`: invoices and credit notes to creditors, and `/v1/receivables`: how late they are.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::invoice::{AgeBand, InvoiceKind, InvoicePurpose};
use domain::{CreditorId, CreditorPaymentId, Currency, InvoiceId, Money, StatementId};
use serde::{Deserialize, Serialize};
use service::App;
use service::invoices::{self, Aging, Application, Invoice as Row, InvoiceFilter, Receivables};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::download::{self, PdfDocument};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, etag};

/// The operations on invoices.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_invoices);
    cfg.service(get_invoice);
    cfg.service(get_invoice_pdf);
    cfg.service(age_receivables);
}

/// An invoice to a creditor, or a credit note.
#[derive(Debug, Serialize, ToSchema)]
struct Invoice {
    id: InvoiceId,
    kind: InvoiceKind,
    /// Gapless for its kind within the agency.
    #[schema(minimum = 1)]
    number: i64,
    creditor_id: CreditorId,
    #[schema(required = true)]
    statement_id: Option<StatementId>,
    purpose: InvoicePurpose,
    issued_on: NaiveDate,
    due_on: NaiveDate,
    net: WireMoney,
    tax: WireMoney,
    amount: WireMoney,
    /// Not yet paid (invoice), or not yet used (credit note).
    open: WireMoney,
    created_at: DateTime<Utc>,
    /// What paid it, or what it paid; empty in lists.
    #[schema(max_items = 10000)]
    applications: Vec<InvoiceApplication>,
}

/// What paid an invoice, or what a payment or credit note paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceApplication {
    invoice_id: InvoiceId,
    #[schema(required = true)]
    creditor_payment_id: Option<CreditorPaymentId>,
    #[schema(required = true)]
    credit_note_id: Option<InvoiceId>,
    amount: WireMoney,
    applied_at: DateTime<Utc>,
}

/// Receivable aging: what is open, by how late it is.
#[derive(Debug, Serialize, ToSchema)]
struct ReceivableAging {
    /// As of which day.
    on: NaiveDate,
    #[schema(max_items = 5)]
    bands: Vec<AgedAmount>,
    invoiced: WireMoney,
    #[schema(max_items = 100000)]
    creditors: Vec<CreditorAging>,
}

/// One creditor's part.
#[derive(Debug, Serialize, ToSchema)]
struct CreditorAging {
    creditor_id: CreditorId,
    #[schema(max_length = 40)]
    code: String,
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_items = 5)]
    bands: Vec<AgedAmount>,
    invoiced: WireMoney,
    /// Credit notes that wait for the next invoice.
    credit_notes: WireMoney,
    /// Paid on account.
    on_account: WireMoney,
}

/// What is open in one band.
#[derive(Debug, Serialize, ToSchema)]
struct AgedAmount {
    band: AgeBand,
    amount: WireMoney,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListInvoices {
    /// To this creditor.
    creditor_id: Option<CreditorId>,
    /// Invoices or credit notes.
    #[param(inline)]
    kind: Option<InvoiceKind>,
    /// Only those of which something is open.
    #[serde(default)]
    open: bool,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AgeReceivables {
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
}

/// List invoices and credit notes.
///
/// Newest first. A creditor's user sees the own ones.
#[utoipa::path(
    tag = "Receivables",
    params(ListInvoices),
    responses((status = 200, description = "A page of them.", body = Page<Invoice>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/invoices")]
async fn list_invoices(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListInvoices>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("invoices", query.cursor.as_deref(), query.limit)?;
    let filter = InvoiceFilter { creditor: query.creditor_id, kind: query.kind, open: query.open };
    let part = invoices::list(&app, &caller.0, filter, &window).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    let render = |row: Row| Invoice::new(row, Vec::new(), currency);
    Ok(cursors.answer(&req, "invoices", part, |row| row.id, render))
}

/// Read an invoice or credit note.
#[utoipa::path(
    tag = "Receivables",
    params(("invoice_id" = InvoiceId, Path, description = "Which.")),
    responses((status = 200, description = "The invoice.", body = Invoice)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/invoices/{invoice_id}")]
async fn get_invoice(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<InvoiceId>,
) -> Answer {
    let (row, applications) = invoices::get(&app, &caller.0, *id).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    Ok(HttpResponse::Ok().json(Invoice::new(row, applications, currency)))
}

/// Download an invoice or credit note as PDF.
///
/// With what was paid or used of it up to now, and what is still open.
#[utoipa::path(
    tag = "Receivables",
    params(("invoice_id" = InvoiceId, Path, description = "Which.")),
    responses((status = 200, description = "The document.", body = PdfDocument, content_type = "application/pdf",
        headers(("ETag" = String, description = "Its version and layout.")))),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/invoices/{invoice_id}/document.pdf")]
async fn get_invoice_pdf(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<InvoiceId>,
    req: HttpRequest,
) -> Answer {
    let (row, applications) = invoices::get(&app, &caller.0, *id).await?;
    let tag = invoices::tag(&row);
    if let Some(unchanged) = etag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let file = invoices::pdf(&app, &caller.0, row, applications).await?;
    Ok(etag::tagged(download::file(file), &tag))
}

/// Age receivables.
///
/// Open invoices of each creditor by how late they are today, with credit notes and payments on
/// account that stand against them.
#[utoipa::path(
    tag = "Receivables",
    params(AgeReceivables),
    responses((status = 200, description = "The aging.", body = ReceivableAging)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/receivables")]
async fn age_receivables(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AgeReceivables>,
) -> Answer {
    let aging = invoices::aging(&app, &caller.0, query.creditor_id).await?;
    Ok(HttpResponse::Ok().json(ReceivableAging::from(aging)))
}

impl Invoice {
    fn new(row: Row, applications: Vec<Application>, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            id: row.id,
            kind: row.kind,
            number: row.number,
            creditor_id: row.creditor_id,
            statement_id: row.statement_id,
            purpose: row.purpose,
            issued_on: row.issued_on,
            due_on: row.due_on,
            net: wire(row.net),
            tax: wire(row.tax),
            amount: wire(row.amount),
            open: wire(row.open),
            created_at: row.created_at,
            applications: applications
                .into_iter()
                .map(|one| InvoiceApplication::new(&one, currency))
                .collect(),
        }
    }
}

impl InvoiceApplication {
    /// The wire form.
    pub(crate) fn new(row: &Application, currency: Currency) -> Self {
        Self {
            invoice_id: row.invoice_id,
            creditor_payment_id: row.creditor_payment_id,
            credit_note_id: row.credit_note_id,
            amount: WireMoney::new(row.amount, currency),
            applied_at: row.applied_at,
        }
    }
}

impl From<Receivables> for ReceivableAging {
    fn from(it: Receivables) -> Self {
        let currency = it.currency;
        Self {
            on: it.on,
            bands: bands(it.bands, currency),
            invoiced: WireMoney::new(it.invoiced, currency),
            creditors: it.creditors.into_iter().map(|one| aged(one, currency)).collect(),
        }
    }
}

fn aged(it: Aging, currency: Currency) -> CreditorAging {
    let wire = |money: Money| WireMoney::new(money, currency);
    CreditorAging {
        creditor_id: it.creditor,
        code: it.code,
        name: it.name,
        bands: bands(it.bands, currency),
        invoiced: wire(it.invoiced),
        credit_notes: wire(it.credit_notes),
        on_account: wire(it.on_account),
    }
}

fn bands(bands: Vec<(AgeBand, Money)>, currency: Currency) -> Vec<AgedAmount> {
    bands
        .into_iter()
        .map(|(band, money)| AgedAmount { band, amount: WireMoney::new(money, currency) })
        .collect()
}

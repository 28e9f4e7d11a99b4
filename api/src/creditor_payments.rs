//! `/v1/creditor-payments`: what creditors pay to the agency.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{CreditorId, CreditorPaymentId, Currency, InvoiceId, StatementId};
use serde::{Deserialize, Serialize};
use service::App;
use service::actor::Actor;
use service::creditor_payments::{
    self, CreditorPayment as Row, CreditorPaymentFilter, NewCreditorPayment as New,
};
use service::invoices::Application;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::invoices::InvoiceApplication;
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on creditors' payments.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(enter_creditor_payment);
    cfg.service(list_creditor_payments);
    cfg.service(get_creditor_payment);
    cfg.service(apply_creditor_payment);
}

/// Money that a creditor paid to the agency.
#[derive(Debug, Serialize, ToSchema)]
struct CreditorPayment {
    id: CreditorPaymentId,
    creditor_id: CreditorId,
    amount: WireMoney,
    /// On account: not applied to an invoice and not used by a statement.
    unapplied: WireMoney,
    received_on: NaiveDate,
    #[schema(max_length = 200, required = true)]
    reference: Option<String>,
    /// The statement that used what lay on account.
    #[schema(required = true)]
    statement_id: Option<StatementId>,
    entered_at: DateTime<Utc>,
    #[schema(max_length = 200)]
    entered_by: String,
    /// The invoices it paid; empty in lists.
    #[schema(max_items = 10000)]
    applications: Vec<InvoiceApplication>,
}

/// A payment to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditorPayment {
    creditor_id: CreditorId,
    amount: WireMoney,
    /// When it came; today unless told.
    received_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    #[schema(max_length = 200, example = "Check 88120")]
    reference: Option<String>,
    /// The invoices it pays, in this order; the oldest first where none is named. The rest is on
    /// account.
    #[serde(default)]
    #[schema(max_items = 1000)]
    invoice_ids: Vec<InvoiceId>,
}

/// Which invoices to pay from what lies on account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApplyOrder {
    /// In this order; the oldest first where none is named.
    #[serde(default)]
    #[schema(max_items = 1000)]
    invoice_ids: Vec<InvoiceId>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListCreditorPayments {
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Enter a creditor's payment.
///
/// It pays the invoices named, else the oldest first; the rest is on account, and the next statement
/// takes of it what a deficit needs. Where the creditor's money in trust is below zero, what trust
/// lacks follows from operating at once, as far as was paid.
#[utoipa::path(
    tag = "Receivables",
    params(IdempotencyKey),
    request_body = NewCreditorPayment,
    responses((status = 201, description = "Entered.", body = CreditorPayment,
        headers(("Location" = String, description = "Where it is.")))),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/creditor-payments")]
async fn enter_creditor_payment(
    app: web::Data<App>,
    caller: Authenticated,
    key: IdempotencyKey,
    body: Json<NewCreditorPayment>,
) -> Answer {
    let once = key.once(&caller.0, "enter_creditor_payment", body.canonical());
    let NewCreditorPayment { creditor_id, amount, received_on, reference, invoice_ids } =
        body.value;
    let currency = amount.currency;
    let new = New {
        creditor: creditor_id,
        amount: amount.positive(currency, "/amount")?,
        currency,
        received_on,
        reference,
        invoices: invoice_ids,
    };
    let entered = creditor_payments::enter(&app, &caller.0, new, &once).await?;
    let shown = shown(&app, &caller.0, entered.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, entered.replayed);
    response.insert_header((header::LOCATION, format!("/v1/creditor-payments/{}", shown.id)));
    Ok(response.json(shown))
}

/// List creditors' payments.
///
/// Newest first. A creditor's user sees the own ones.
#[utoipa::path(
    tag = "Receivables",
    params(ListCreditorPayments),
    responses((status = 200, description = "A page of them.", body = Page<CreditorPayment>)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/creditor-payments")]
async fn list_creditor_payments(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListCreditorPayments>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("creditor payments", query.cursor.as_deref(), query.limit)?;
    let filter = CreditorPaymentFilter { creditor: query.creditor_id };
    let part = creditor_payments::list(&app, &caller.0, filter, &window).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    let render = |row: Row| CreditorPayment::new(row, &[], currency);
    Ok(cursors.answer(&req, "creditor payments", part, |row| row.id, render))
}

/// Read a creditor's payment.
#[utoipa::path(
    tag = "Receivables",
    params(("creditor_payment_id" = CreditorPaymentId, Path, description = "Which.")),
    responses((status = 200, description = "The payment.", body = CreditorPayment)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/creditor-payments/{creditor_payment_id}")]
async fn get_creditor_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CreditorPaymentId>,
) -> Answer {
    Ok(HttpResponse::Ok().json(shown(&app, &caller.0, *id).await?))
}

/// Apply what lies on account to invoices.
#[utoipa::path(
    tag = "Receivables",
    params(("creditor_payment_id" = CreditorPaymentId, Path, description = "Which."), IdempotencyKey),
    request_body = ApplyOrder,
    responses((status = 200, description = "Applied.", body = CreditorPayment)),
    extensions(("x-permission" = json!("remittance:write"))),
)]
#[post("/v1/creditor-payments/{creditor_payment_id}/applications")]
async fn apply_creditor_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CreditorPaymentId>,
    key: IdempotencyKey,
    body: Json<ApplyOrder>,
) -> Answer {
    let once = key.once(&caller.0, "apply_creditor_payment", body.canonical());
    let named = body.value.invoice_ids;
    let done = creditor_payments::apply_rest(&app, &caller.0, *id, &named, &once).await?;
    let shown = shown(&app, &caller.0, done.value).await?;
    let mut response = HttpResponse::Ok();
    mark(&mut response, done.replayed);
    Ok(response.json(shown))
}

async fn shown(
    app: &App,
    caller: &Actor,
    id: CreditorPaymentId,
) -> Result<CreditorPayment, crate::Problem> {
    let (row, applications) = creditor_payments::get(app, caller, id).await?;
    let currency = service::books::currency(app, caller).await?;
    Ok(CreditorPayment::new(row, &applications, currency))
}

impl CreditorPayment {
    fn new(row: Row, applications: &[Application], currency: Currency) -> Self {
        Self {
            id: row.id,
            creditor_id: row.creditor_id,
            amount: WireMoney::new(row.amount, currency),
            unapplied: WireMoney::new(row.unapplied, currency),
            received_on: row.received_on,
            reference: row.reference,
            statement_id: row.statement_id,
            entered_at: row.entered_at,
            entered_by: row.entered_by,
            applications: applications
                .iter()
                .map(|one| InvoiceApplication::new(one, currency))
                .collect(),
        }
    }
}

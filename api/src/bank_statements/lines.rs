//! `/v1/bank-lines/{id}/…`: working what could not be matched.

use actix_web::{HttpResponse, delete, post, web};
use domain::{BankLineId, PaymentId, TxnId};
use serde::Deserialize;
use service::App;
use service::bank_statements;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};

/// The operations on lines.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(match_bank_line);
    cfg.service(unmatch_bank_line);
    cfg.service(note_bank_line);
    cfg.service(post_bank_line);
    cfg.service(assign_bank_line);
}

/// The movements that a line of the bank stands for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBankMatch {
    /// Transactions of the ledger; they sum to the line.
    #[schema(min_items = 1, max_items = 10000)]
    transactions: Vec<TxnId>,
    /// In your words.
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// Why the books have nothing for a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBankNote {
    /// In your words; kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Bank fee, refunded next month")]
    note: String,
}

/// The payment that unidentified money is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBankAssignment {
    /// A payment of the same amount that was entered for it.
    payment_id: PaymentId,
}

/// Match a bank line by hand.
///
/// With movements of trust cash that nothing is matched with and that sum to it.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_line_id" = BankLineId, Path, description = "Which.")),
    request_body = NewBankMatch,
    responses((status = 204, description = "Matched.")),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/bank-lines/{bank_line_id}/matches")]
async fn match_bank_line(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankLineId>,
    body: Json<NewBankMatch>,
) -> Answer {
    let NewBankMatch { transactions, note } = body.value;
    bank_statements::match_line(&app, &caller.0, *id, transactions, note).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Undo the match or the note of a bank line.
///
/// The line is open again. Unidentified money is not undone but assigned.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_line_id" = BankLineId, Path, description = "Which.")),
    responses((status = 204, description = "Open again.")),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[delete("/v1/bank-lines/{bank_line_id}/matches")]
async fn unmatch_bank_line(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankLineId>,
) -> Answer {
    bank_statements::unmatch(&app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mark a bank line with a note.
///
/// For what the books have nothing for: somebody says why.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_line_id" = BankLineId, Path, description = "Which.")),
    request_body = NewBankNote,
    responses((status = 204, description = "Marked.")),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/bank-lines/{bank_line_id}/notes")]
async fn note_bank_line(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankLineId>,
    body: Json<NewBankNote>,
) -> Answer {
    bank_statements::note(&app, &caller.0, *id, body.value.note).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Post a bank line as unidentified money.
///
/// For a deposit from an unknown payer: the money is in the bank, and nobody's until it is assigned.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_line_id" = BankLineId, Path, description = "Which."), IdempotencyKey),
    responses((status = 204, description = "Posted.")),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/bank-lines/{bank_line_id}/unidentified")]
async fn post_bank_line(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankLineId>,
    key: IdempotencyKey,
) -> Answer {
    let once = key.once(&caller.0, "post_bank_line", "");
    let done = bank_statements::post_unidentified(&app, &caller.0, *id, &once).await?;
    let mut response = HttpResponse::NoContent();
    mark(&mut response, done.replayed);
    Ok(response.finish())
}

/// Assign unidentified money to a payment.
///
/// The payer was found and the payment entered: the unidentified money goes, the payment stands for
/// the line of the bank.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_line_id" = BankLineId, Path, description = "Which."), IdempotencyKey),
    request_body = NewBankAssignment,
    responses((status = 204, description = "Assigned.")),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/bank-lines/{bank_line_id}/assignment")]
async fn assign_bank_line(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankLineId>,
    key: IdempotencyKey,
    body: Json<NewBankAssignment>,
) -> Answer {
    let once = key.once(&caller.0, "assign_bank_line", body.canonical());
    let payment = body.value.payment_id;
    let done = bank_statements::assign(&app, &caller.0, *id, payment, &once).await?;
    let mut response = HttpResponse::NoContent();
    mark(&mut response, done.replayed);
    Ok(response.finish())
}

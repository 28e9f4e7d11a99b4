//! `/v1/payments/{payment_id}/holding`: delaying, blocking and releasing one payment.

use actix_web::{put, web};
use domain::PaymentId;
use domain::hold::Holding;
use serde::Deserialize;
use service::App;
use service::payments;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Payment;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(hold_payment);
}

/// How a payment is held back from the creditor, beside the hold of its method.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHolding {
    /// `delayed`: it skips the first close it would be in; `blocked`: it waits until it is
    /// released; `normal`: released.
    holding: Holding,
    /// Kept in the timeline and the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "The payer's bank has asked for it")]
    reason: String,
}

/// Delay, block or release a payment.
///
/// Until then the creditor is not given it. Refused once a statement shows it.
#[utoipa::path(
    tag = "Payments",
    params(("payment_id" = PaymentId, Path, description = "Which."), IfMatch),
    request_body = NewHolding,
    responses((status = 200, description = "As asked; the payment.", body = Payment,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("payment:hold"))),
)]
#[put("/v1/payments/{payment_id}/holding")]
async fn hold_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PaymentId>,
    seen: IfMatch,
    body: Json<NewHolding>,
) -> Answer {
    let NewHolding { holding, reason } = body.value;
    payments::hold(&app, &caller.0, *id, Some(seen.0), holding, &reason).await?;
    let held = payments::get(&app, &caller.0, *id).await?;
    Ok(etag::changed(held.version, &Payment::from(held)))
}

//! `/v1/payments`: money that debtors pay, and its reversal.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::hold::Holding;
use domain::payment::{PaymentKind, PaymentMethod, PaymentState, ReversalReason};
use domain::{AccountId, Bucket, CreditorId, PaymentId, StatementId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::App;
use service::actor::Actor;
use service::approvals::Outcome;
use service::payments::{self, NewOverride, NewReversal, PaymentFilter, PaymentView};
use service::window::Part;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::approvals::{Approval, asked};
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::{WireMoney, WireRate};
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, etag};

mod commission;
mod holding;
mod own_commission;
mod packet;

use own_commission::OwnCommission;

/// The operations on payments.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(take_payment);
    cfg.service(list_payments);
    cfg.service(get_payment);
    cfg.service(reverse_payment);
    cfg.service(refund_payment);
    commission::routes(cfg);
    cfg.configure(holding::routes);
    cfg.configure(packet::routes);
}

/// A payment, or the return of one.
#[derive(Debug, Serialize, ToSchema)]
struct Payment {
    id: PaymentId,
    account_id: AccountId,
    creditor_id: CreditorId,
    kind: PaymentKind,
    method: PaymentMethod,
    state: PaymentState,
    amount: WireMoney,
    /// What reduced the debt; null before it posted.
    #[schema(required = true)]
    applied: Option<WireMoney>,
    /// What was too much and belongs to the debtor; null before it posted.
    #[schema(required = true)]
    overpaid: Option<WireMoney>,
    /// The agency's share; null before it posted.
    #[schema(required = true)]
    commission: Option<WireMoney>,
    /// A card's brand or the bank's name.
    #[schema(max_length = 200, required = true)]
    brand: Option<String>,
    /// The last four digits of the card or bank account.
    #[schema(max_length = 4, required = true)]
    last4: Option<String>,
    /// Why it did not go through, in the gateway's code.
    #[schema(max_length = 200, required = true)]
    failure_code: Option<String>,
    /// The payment that this one returns.
    #[schema(required = true)]
    reverses_id: Option<PaymentId>,
    /// Why it returns it.
    #[schema(required = true)]
    reversal_reason: Option<ReversalReason>,
    /// What was noted at entering.
    #[schema(max_length = 500, required = true)]
    memo: Option<String>,
    /// When the debtor paid.
    #[schema(required = true)]
    effective_on: Option<NaiveDate>,
    entered_at: DateTime<Utc>,
    /// Since when it counts.
    #[schema(required = true)]
    posted_at: Option<DateTime<Utc>>,
    /// When it went to the bank.
    #[schema(required = true)]
    deposited_on: Option<NaiveDate>,
    /// When it may be given on to the creditor.
    #[schema(required = true)]
    available_on: Option<NaiveDate>,
    /// Whether it is held back from the creditor, beside the hold of its method.
    holding: Holding,
    /// The statement that shows it.
    #[schema(required = true)]
    statement_id: Option<StatementId>,
    /// What the payments of one spread over a packet share.
    #[schema(required = true)]
    spread_id: Option<Uuid>,
    /// The debtor chose this debt, or how the payment was spread.
    directed: bool,
    /// Bucket by bucket; empty in lists and before it posted.
    #[schema(max_items = 5)]
    lines: Vec<PaymentLine>,
}

/// What one bucket of the debt got.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentLine {
    bucket: Bucket,
    amount: WireMoney,
    /// The rate of commission, frozen at posting; null where several slices made it.
    #[schema(required = true)]
    rate: Option<WireRate>,
    commission: WireMoney,
}

/// A payment that came by other means than the gateway.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPayment {
    account_id: AccountId,
    /// `paid_agency`, `paid_creditor` or `paid_forwarder`.
    kind: PaymentKind,
    /// `check`, `cash`, `wire` or `money_order`; `card` and `ach` only where the creditor was paid.
    method: PaymentMethod,
    amount: WireMoney,
    /// Of a `paid_forwarder`: what the forwarder kept of it.
    forwarder_fee: Option<WireMoney>,
    /// When the debtor paid; today unless told.
    effective_on: Option<NaiveDate>,
    /// When it went to the bank.
    deposited_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    #[schema(max_length = 500, example = "Check 1042")]
    memo: Option<String>,
    /// The debtor chose this debt. Without it nothing goes to a disputed one (15 USC 1692h).
    directed: Option<bool>,
    /// Another commission on this payment than the schedules give. It takes two people.
    commission: Option<OwnCommission>,
}

/// Why a payment is reversed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPaymentReversal {
    reason: ReversalReason,
    /// In your words; kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Returned unpaid by the bank")]
    note: String,
}

/// Why a payment is refunded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRefund {
    /// In your words; kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Paid twice")]
    note: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPayments {
    /// Of this account.
    account_id: Option<AccountId>,
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
    /// In this state.
    state: Option<PaymentState>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Enter a payment.
///
/// For money that came by check, cash, wire or money order, or that the creditor reports to have
/// received. It posts at once; what is more than owed belongs to the debtor. Payments by card or
/// bank debit come from the gateway by themselves. With a `commission` of its own it takes two people:
/// 202 with the request that waits for the other, and nothing is posted before.
#[utoipa::path(
    tag = "Payments",
    params(IdempotencyKey),
    request_body = NewPayment,
    responses(
        (status = 201, description = "Posted.", body = Payment,
            headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))),
        (status = 202, description = "Waits for a second person.", body = Approval,
            headers(("Location" = String, description = "Where the request is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("payment:take"))),
)]
#[post("/v1/payments")]
async fn take_payment(
    app: web::Data<App>,
    caller: Authenticated,
    key: IdempotencyKey,
    body: Json<NewPayment>,
) -> Answer {
    let once = key.once(&caller.0, "take_payment", body.canonical());
    let NewPayment {
        account_id,
        kind,
        method,
        amount,
        forwarder_fee,
        effective_on,
        deposited_on,
        memo,
        directed,
        commission,
    } = body.value;
    let currency = amount.currency;
    let new = payments::NewPayment {
        account: account_id,
        kind,
        method,
        currency,
        amount: amount.positive(currency, "/amount")?,
        forwarder_fee: forwarder_fee
            .map(|fee| fee.positive(currency, "/forwarder_fee"))
            .transpose()?,
        effective_on,
        deposited_on,
        memo,
        directed: directed.unwrap_or(false),
    };
    let Some(own) = commission else {
        let taken = payments::take_shown(&app, &caller.0, new, &once).await?;
        return Ok(entered(taken.value, taken.replayed));
    };
    let new = NewOverride { payment: new, commission: own.commission(currency)?, note: own.note };
    let taken = payments::take_with_override(&app, &caller.0, new, &once).await?;
    match taken.value {
        Outcome::Done(payment) => created(&app, &caller.0, payment, taken.replayed).await,
        Outcome::Asked(approval) => asked(&app, &caller.0, approval, taken.replayed).await,
    }
}

/// List payments.
///
/// Newest first. A creditor's user sees the payments of its own accounts.
#[utoipa::path(
    tag = "Payments",
    params(ListPayments),
    responses((status = 200, description = "A page of them.", body = Page<Payment>)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/payments")]
async fn list_payments(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPayments>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("payments", query.cursor.as_deref(), query.limit)?;
    let filter = PaymentFilter {
        account: query.account_id,
        creditor: query.creditor_id,
        state: query.state,
        after: window.after,
        limit: window.limit.into(),
    };
    let page = payments::list(&app, &caller.0, filter).await?;
    let part = Part { rows: page.rows, more: page.has_more };
    Ok(cursors.answer(&req, "payments", part, |row| row.id, Payment::from))
}

/// Read a payment.
#[utoipa::path(
    tag = "Payments",
    params(("payment_id" = PaymentId, Path, description = "Which.")),
    responses((status = 200, description = "The payment.", body = Payment,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/payments/{payment_id}")]
async fn get_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PaymentId>,
    req: HttpRequest,
) -> Answer {
    let found = payments::get(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &Payment::from(found)))
}

/// Reverse a payment.
///
/// Answers with the return: the exact mirror of the payment, with its commission. Money that the
/// gateway holds is not reversed but refunded, unless the bank has taken it back.
#[utoipa::path(
    tag = "Payments",
    params(("payment_id" = PaymentId, Path, description = "Which."), IdempotencyKey),
    request_body = NewPaymentReversal,
    responses((status = 201, description = "Reversed; the return.", body = Payment,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("payment:reverse"))),
)]
#[post("/v1/payments/{payment_id}/reversals")]
async fn reverse_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Json<NewPaymentReversal>,
) -> Answer {
    let once = key.once(&caller.0, "reverse_payment", body.canonical());
    let NewPaymentReversal { reason, note } = body.value;
    let new = NewReversal { payment: *id, reason, note };
    let reversed = payments::reverse(&app, &caller.0, new, &once).await?;
    created(&app, &caller.0, reversed.value, reversed.replayed).await
}

/// Refund a payment.
///
/// Gives the whole payment back through the gateway. It takes two people: 202 with the request that
/// waits for the other, unless the agency lets the role act alone. The payment is `reversed` once the
/// gateway has accepted; while it has not, it stays `succeeded`.
#[utoipa::path(
    tag = "Payments",
    params(("payment_id" = PaymentId, Path, description = "Which."), IdempotencyKey),
    request_body = NewRefund,
    responses(
        (status = 201, description = "Asked of the gateway; the payment.", body = Payment,
            headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))),
        (status = 202, description = "Waits for a second person.", body = Approval,
            headers(("Location" = String, description = "Where the request is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("payment:reverse"))),
)]
#[post("/v1/payments/{payment_id}/refunds")]
async fn refund_payment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Json<NewRefund>,
) -> Answer {
    let once = key.once(&caller.0, "refund_payment", body.canonical());
    let done = payments::refund(&app, &caller.0, *id, body.value.note, &once).await?;
    match done.value {
        Outcome::Done(payment) => created(&app, &caller.0, payment, done.replayed).await,
        Outcome::Asked(approval) => asked(&app, &caller.0, approval, done.replayed).await,
    }
}

async fn created(app: &App, caller: &Actor, id: PaymentId, replayed: bool) -> Answer {
    Ok(entered(payments::get(app, caller, id).await?, replayed))
}

fn entered(payment: PaymentView, replayed: bool) -> HttpResponse {
    let mut response = HttpResponse::Created();
    mark(&mut response, replayed);
    response.insert_header((header::LOCATION, format!("/v1/payments/{}", payment.id)));
    response.insert_header((header::ETAG, etag::tag(payment.version)));
    response.json(Payment::from(payment))
}

impl From<PaymentView> for Payment {
    fn from(it: PaymentView) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        Self {
            id: it.id,
            account_id: it.account,
            creditor_id: it.creditor,
            kind: it.kind,
            method: it.method,
            state: it.state,
            amount: wire(it.amount),
            applied: it.applied.map(wire),
            overpaid: it.overpaid.map(wire),
            commission: it.commission.map(wire),
            brand: it.brand,
            last4: it.last4,
            failure_code: it.failure_code,
            reverses_id: it.reverses,
            reversal_reason: it.reversal_reason,
            memo: it.memo,
            effective_on: it.effective_on,
            entered_at: it.entered_at,
            posted_at: it.posted_at,
            deposited_on: it.deposited_on,
            available_on: it.available_on,
            holding: it.holding,
            statement_id: it.statement,
            spread_id: it.spread,
            directed: it.direction.is_some_and(|said| said.get("directed") == Some(&json!(true))),
            lines: it
                .lines
                .into_iter()
                .map(|line| PaymentLine {
                    bucket: line.bucket,
                    amount: wire(line.amount),
                    rate: line.rate.map(WireRate::new),
                    commission: wire(line.commission),
                })
                .collect(),
        }
    }
}

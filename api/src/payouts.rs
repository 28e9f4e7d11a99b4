//! `/v1/payouts`: the processor's money reaches the trust bank account.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Currency, PaymentId, PayoutFindingId, PayoutId, TrustAccountId};
use serde::{Deserialize, Serialize};
use service::App;
use service::payouts::{self, Finding, PaidOut, PayoutView};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on payouts.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(enter_payout);
    cfg.service(list_payouts);
    cfg.service(list_payout_findings);
    cfg.service(get_payout);
}

/// A payout of the processor.
#[derive(Debug, Serialize, ToSchema)]
struct Payout {
    id: PayoutId,
    trust_account_id: TrustAccountId,
    /// The processor's own id of it.
    #[schema(max_length = 200, required = true)]
    provider_id: Option<String>,
    /// The payments less returns.
    gross: WireMoney,
    /// The processor's fees on them.
    fees: WireMoney,
    /// Fees that no payment bears, such as those on disputes.
    dispute_fees: WireMoney,
    /// What reached the bank; below zero: taken from it.
    net: WireMoney,
    arrived_on: NaiveDate,
    posted_at: DateTime<Utc>,
    /// When the bank sent it back.
    #[schema(required = true)]
    failed_at: Option<DateTime<Utc>>,
    /// Why, in the processor's code.
    #[schema(max_length = 200, required = true)]
    failure_code: Option<String>,
    /// The payments and returns in it; empty in lists.
    #[schema(max_items = 100000)]
    payments: Vec<PaymentId>,
}

/// A payout to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPayout {
    /// Into which account; the usual one unless told.
    trust_account_id: Option<TrustAccountId>,
    /// The processor's own id of it: the same payout is entered once.
    #[schema(min_length = 1, max_length = 200, example = "po_1Q0000")]
    provider_id: Option<String>,
    arrived_on: NaiveDate,
    /// The payments it brought, and the returns it took.
    #[schema(min_items = 1, max_items = 10000)]
    payments: Vec<NewPayoutPayment>,
    /// Fees that no payment bears, such as those on disputes: the agency's expense.
    dispute_fees: Option<WireMoney>,
    /// What reached the bank; below zero: what the processor took from it.
    net: WireMoney,
}

/// A payment of a payout.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPayoutPayment {
    payment_id: PaymentId,
    /// The processor's fee on it; what the gateway told with the payment unless given.
    fee: Option<WireMoney>,
}

/// A line of a payout that nothing in the books stands for.
#[derive(Debug, Serialize, ToSchema)]
struct PayoutFinding {
    id: PayoutFindingId,
    /// The payout at the processor: it waits until somebody enters it.
    #[schema(max_length = 200)]
    provider_id: String,
    /// The processor's id of the line; the payout's own where it does not add up.
    #[schema(max_length = 200)]
    line_id: String,
    /// The processor's word for it, such as `charge` or `dispute`.
    #[schema(max_length = 100)]
    kind: String,
    /// What caused it at the processor.
    #[schema(max_length = 200, required = true)]
    source: Option<String>,
    amount: WireMoney,
    fee: WireMoney,
    /// What is wrong with it.
    #[schema(max_length = 500)]
    reason: String,
    found_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPayouts {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Enter a payout.
///
/// For a processor that does not tell, or a payout of the gateway that waits because nothing in the
/// books stands for one of its lines. The fee on each payment is borne as its contract says: out of
/// the agency's share, or by operating, so that the gross amount is in trust.
#[utoipa::path(
    tag = "Payouts",
    params(IdempotencyKey),
    request_body = NewPayout,
    responses((status = 201, description = "Posted.", body = Payout,
        headers(("Location" = String, description = "Where it is.")))),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/payouts")]
async fn enter_payout(
    app: web::Data<App>,
    caller: Authenticated,
    key: IdempotencyKey,
    body: Json<NewPayout>,
) -> Answer {
    let once = key.once(&caller.0, "enter_payout", body.canonical());
    let currency = service::books::currency(&app, &caller.0).await?;
    let NewPayout { trust_account_id, provider_id, arrived_on, payments, dispute_fees, net } =
        body.value;
    let mut paid = Vec::new();
    for (at, one) in payments.iter().enumerate() {
        let pointer = format!("/payments/{at}/fee");
        let fee = one.fee.as_ref().map(|fee| fee.any(currency, &pointer)).transpose()?;
        paid.push(PaidOut { payment: one.payment_id, fee });
    }
    let fees = dispute_fees.map(|fees| fees.any(currency, "/dispute_fees")).transpose()?;
    let new = payouts::NewPayout {
        trust_account: trust_account_id,
        provider_id,
        arrived_on,
        payments: paid,
        dispute_fees: fees.unwrap_or(domain::Money::ZERO),
        net: net.any(currency, "/net")?,
    };
    let entered = payouts::enter(&app, &caller.0, new, &once).await?;
    let found = payouts::get(&app, &caller.0, entered.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, entered.replayed);
    response.insert_header((header::LOCATION, format!("/v1/payouts/{}", entered.value)));
    Ok(response.json(Payout::from(found)))
}

/// List payouts.
///
/// Newest first.
#[utoipa::path(
    tag = "Payouts",
    params(ListPayouts),
    responses((status = 200, description = "A page of them.", body = Page<Payout>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/payouts")]
async fn list_payouts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPayouts>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("payouts", query.cursor.as_deref(), query.limit)?;
    let part = payouts::list(&app, &caller.0, window).await?;
    Ok(cursors.answer(&req, "payouts", part, |it| it.row.id, Payout::from))
}

/// List what is wanting in payouts.
///
/// Lines of the gateway's payouts that nothing in the books stands for, oldest first. Their payouts
/// are not posted until somebody enters them.
#[utoipa::path(
    tag = "Payouts",
    params(ListPayouts),
    responses((status = 200, description = "A page of them.", body = Page<PayoutFinding>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/payout-findings")]
async fn list_payout_findings(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPayouts>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("payout findings", query.cursor.as_deref(), query.limit)?;
    let (currency, part) = payouts::findings(&app, &caller.0, window).await?;
    Ok(cursors.answer(&req, "payout findings", part, |it| it.id, |it| finding(it, currency)))
}

/// Read a payout.
#[utoipa::path(
    tag = "Payouts",
    params(("payout_id" = PayoutId, Path, description = "Which.")),
    responses((status = 200, description = "The payout.", body = Payout)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/payouts/{payout_id}")]
async fn get_payout(app: web::Data<App>, caller: Authenticated, id: web::Path<PayoutId>) -> Answer {
    let found = payouts::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(Payout::from(found)))
}

fn finding(it: Finding, currency: Currency) -> PayoutFinding {
    PayoutFinding {
        id: it.id,
        provider_id: it.provider_id,
        line_id: it.line_id,
        kind: it.kind,
        source: it.source,
        amount: WireMoney::new(it.amount, currency),
        fee: WireMoney::new(it.fee, currency),
        reason: it.reason,
        found_at: it.found_at,
    }
}

impl From<PayoutView> for Payout {
    fn from(it: PayoutView) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        Self {
            id: it.row.id,
            trust_account_id: it.row.trust_account_id,
            provider_id: it.row.provider_id,
            gross: wire(it.row.gross),
            fees: wire(it.row.fees),
            dispute_fees: wire(it.row.dispute_fees),
            net: wire(it.row.net),
            arrived_on: it.row.arrived_on,
            posted_at: it.row.posted_at,
            failed_at: it.row.failed_at,
            failure_code: it.row.failure_code,
            payments: it.payments,
        }
    }
}

//! `/v1/approvals`: what waits for a second person.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::approval::{ApprovalState, Deed};
use domain::{
    AccountId, ApprovalId, CreditUseId, CreditorId, Currency, DebtEntryId, PaymentId,
    SettlementOfferId,
};
use serde::{Deserialize, Serialize};
use service::App;
use service::actor::Actor;
use service::adjustments::{Adjustment, Terms};
use service::approvals::{self, ApprovalFilter, ApprovalView, Request};
use service::credits::{Refund, RefundBy};
use service::payments::OwnCommission;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::accounts::wire::{WireBuckets, buckets};
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::{WireMoney, WireRate};
use crate::page::{Cursors, Limit, Page};

mod authority;

/// The operations on approvals.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_approvals);
    cfg.service(get_approval);
    cfg.service(approve_request);
    cfg.service(decline_request);
    cfg.service(withdraw_request);
    cfg.configure(authority::routes);
}

/// Something that one person asked for and another decides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approval {
    id: ApprovalId,
    deed: Deed,
    state: ApprovalState,
    #[schema(required = true)]
    account_id: Option<AccountId>,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    /// What limits look at.
    amount: WireMoney,
    terms: ApprovalTerms,
    /// Who asked: a member of the staff, or an API key.
    #[schema(max_length = 200)]
    requested_name: String,
    requested_at: DateTime<Utc>,
    /// Why.
    #[schema(max_length = 500)]
    note: String,
    /// Who decided.
    #[schema(max_length = 200, required = true)]
    decided_name: Option<String>,
    #[schema(required = true)]
    decided_at: Option<DateTime<Utc>>,
    /// Why.
    #[schema(max_length = 500, required = true)]
    decision_note: Option<String>,
    /// What it made: the payment, the entry or the use of a credit.
    #[schema(max_length = 40, required = true, example = "dent_01kanq8zv3e8qt1wz1h5r3c9xd")]
    result_id: Option<String>,
}

/// What will be done, exactly as it was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct ApprovalTerms {
    what: ApprovalWhat,
    /// The payment that goes back, or through which a credit does.
    #[schema(required = true)]
    payment_id: Option<PaymentId>,
    /// The entry that is undone.
    #[schema(required = true)]
    entry_id: Option<DebtEntryId>,
    /// How much of each bucket is taken off or charged.
    #[schema(required = true)]
    amounts: Option<WireBuckets>,
    #[schema(required = true)]
    effective_on: Option<NaiveDate>,
    /// The check's number.
    #[schema(max_length = 100, required = true)]
    reference: Option<String>,
    /// For how much the debt is settled.
    #[schema(required = true)]
    settled_for: Option<WireMoney>,
    /// In how many parts it is settled.
    #[schema(required = true, maximum = 1000)]
    parts: Option<u32>,
    /// The rate of the commission of this payment alone.
    #[schema(required = true)]
    commission_rate: Option<WireRate>,
    /// The commission of this payment alone.
    #[schema(required = true)]
    commission: Option<WireMoney>,
}

/// What kind of request it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ApprovalWhat {
    /// A whole payment goes back through the gateway.
    PaymentRefund,
    /// A credit goes back by check.
    CreditRefundByCheck,
    /// A credit goes back through the gateway.
    CreditRefundThroughGateway,
    /// Less is owed.
    Decrease,
    /// A cost or fee is added.
    Charge,
    /// An entry is undone.
    Reversal,
    /// A debt is settled for less than its tier allows.
    SettlementBelowFloor,
    /// A payment is entered with its own commission.
    PaymentWithOwnCommission,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDecision {
    /// In your words; kept in the audit trail.
    #[schema(max_length = 500, example = "Seen the bank's letter")]
    note: Option<String>,
}

/// A decision that has to say why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRefusal {
    /// In your words; kept in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "The court fee was never paid")]
    note: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListApprovals {
    /// In this state.
    #[param(inline)]
    state: Option<ApprovalState>,
    /// Of this deed.
    #[param(inline)]
    deed: Option<Deed>,
    /// On this account.
    account_id: Option<AccountId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List what waits for a second person, and what was decided.
///
/// Newest first.
#[utoipa::path(
    tag = "Approvals",
    params(ListApprovals),
    responses((status = 200, description = "A page of them.", body = Page<Approval>)),
    extensions(("x-permission" = json!("approval:read"))),
)]
#[get("/v1/approvals")]
async fn list_approvals(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListApprovals>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("approvals", query.cursor.as_deref(), query.limit)?;
    let filter = ApprovalFilter { state: query.state, deed: query.deed, account: query.account_id };
    let part = approvals::list(&app, &caller.0, filter, window).await?;
    Ok(cursors.answer(&req, "approvals", part, |row| row.id, Approval::from))
}

/// Read a request.
///
/// Whoever may decide reads all of them; who asked reads the own ones.
#[utoipa::path(
    tag = "Approvals",
    params(("approval_id" = ApprovalId, Path, description = "Which.")),
    responses((status = 200, description = "The request.", body = Approval,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("approval:read"))),
)]
#[get("/v1/approvals/{approval_id}")]
async fn get_approval(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApprovalId>,
    req: HttpRequest,
) -> Answer {
    let found = approvals::get(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &Approval::from(found)))
}

/// Approve a request.
///
/// What was asked for is done at once, as it was asked. The requester cannot approve, nor can a
/// program; the approver's own limit applies. When the deed itself is refused, its problem is the
/// answer, nothing is done, and the request stays pending.
#[utoipa::path(
    tag = "Approvals",
    params(("approval_id" = ApprovalId, Path, description = "Which."), IdempotencyKey),
    request_body = NewDecision,
    responses((status = 200, description = "Approved and done.", body = Approval,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("approval:decide"))),
)]
#[post("/v1/approvals/{approval_id}/approval")]
async fn approve_request(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApprovalId>,
    key: IdempotencyKey,
    body: Json<NewDecision>,
) -> Answer {
    let once = key.once(&caller.0, "approve_request", body.canonical());
    let done = approvals::approve(&app, &caller.0, *id, body.value.note, &once).await?;
    let mut response = HttpResponse::Ok();
    mark(&mut response, done.replayed);
    response.insert_header((header::ETAG, etag::tag(done.value.version)));
    Ok(response.json(Approval::from(done.value)))
}

/// Decline a request.
///
/// Nothing is done.
#[utoipa::path(
    tag = "Approvals",
    params(("approval_id" = ApprovalId, Path, description = "Which.")),
    request_body = NewRefusal,
    responses((status = 200, description = "Declined.", body = Approval,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("approval:decide"))),
)]
#[post("/v1/approvals/{approval_id}/refusal")]
async fn decline_request(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApprovalId>,
    body: Json<NewRefusal>,
) -> Answer {
    let done = approvals::decline(&app, &caller.0, *id, &body.value.note).await?;
    Ok(etag::changed(done.version, &Approval::from(done)))
}

/// Withdraw a request.
///
/// Only who asked takes it back.
#[utoipa::path(
    tag = "Approvals",
    params(("approval_id" = ApprovalId, Path, description = "Which.")),
    request_body = NewDecision,
    responses((status = 200, description = "Withdrawn.", body = Approval,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("account:read"))),
)]
#[post("/v1/approvals/{approval_id}/withdrawal")]
async fn withdraw_request(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ApprovalId>,
    body: Json<NewDecision>,
) -> Answer {
    let done = approvals::withdraw(&app, &caller.0, *id, body.value.note).await?;
    Ok(etag::changed(done.version, &Approval::from(done)))
}

/// 202: it waits for a second person; the request, and where it is.
pub(crate) async fn asked(app: &App, caller: &Actor, id: ApprovalId, replayed: bool) -> Answer {
    let approval = approvals::get(app, caller, id).await?;
    let mut response = HttpResponse::Accepted();
    mark(&mut response, replayed);
    response.insert_header((header::LOCATION, format!("/v1/approvals/{id}")));
    response.insert_header((header::ETAG, etag::tag(approval.version)));
    Ok(response.json(Approval::from(approval)))
}

impl From<ApprovalView> for Approval {
    fn from(it: ApprovalView) -> Self {
        let result_id = it.result.map(|id| match &it.request {
            Request::Refund(Refund::Payment { .. }) => PaymentId(id).to_string(),
            Request::Refund(Refund::Credit(_)) => CreditUseId(id).to_string(),
            Request::Adjustment(_) => DebtEntryId(id).to_string(),
            Request::SettlementBelowFloor(_) => SettlementOfferId(id).to_string(),
            Request::FeeOverride(_) => PaymentId(id).to_string(),
        });
        Self {
            id: it.id,
            deed: it.deed,
            state: it.state,
            account_id: it.account,
            creditor_id: it.creditor,
            amount: WireMoney::new(it.amount, it.currency),
            terms: ApprovalTerms::of(it.request, it.currency),
            requested_name: it.requested_name,
            requested_at: it.requested_at,
            note: it.note,
            decided_name: it.decided_name,
            decided_at: it.decided_at,
            decision_note: it.decision_note,
            result_id,
        }
    }
}

impl ApprovalTerms {
    fn of(request: Request, currency: Currency) -> Self {
        let empty = |what| Self {
            what,
            payment_id: None,
            entry_id: None,
            amounts: None,
            effective_on: None,
            reference: None,
            settled_for: None,
            parts: None,
            commission_rate: None,
            commission: None,
        };
        let changes = |what, terms: Terms| Self {
            amounts: Some(buckets(&terms.amounts, currency)),
            effective_on: terms.effective_on,
            ..empty(what)
        };
        match request {
            Request::Refund(Refund::Payment { payment, .. }) => {
                Self { payment_id: Some(payment), ..empty(ApprovalWhat::PaymentRefund) }
            }
            Request::Refund(Refund::Credit(terms)) => match terms.by {
                RefundBy::Check { reference } => {
                    Self { reference, ..empty(ApprovalWhat::CreditRefundByCheck) }
                }
                RefundBy::Gateway { payment } => Self {
                    payment_id: Some(payment),
                    ..empty(ApprovalWhat::CreditRefundThroughGateway)
                },
            },
            Request::Adjustment(Adjustment::Decrease(terms)) => {
                changes(ApprovalWhat::Decrease, terms)
            }
            Request::Adjustment(Adjustment::Charge(terms)) => changes(ApprovalWhat::Charge, terms),
            Request::Adjustment(Adjustment::Reversal { entry, .. }) => {
                Self { entry_id: Some(entry), ..empty(ApprovalWhat::Reversal) }
            }
            Request::SettlementBelowFloor(terms) => Self {
                settled_for: Some(WireMoney::new(terms.total, currency)),
                parts: Some(terms.parts),
                ..empty(ApprovalWhat::SettlementBelowFloor)
            },
            Request::FeeOverride(terms) => {
                let what = Self {
                    effective_on: Some(terms.effective_on),
                    ..empty(ApprovalWhat::PaymentWithOwnCommission)
                };
                match terms.commission {
                    OwnCommission::Rate { rate } => {
                        Self { commission_rate: Some(WireRate::new(rate)), ..what }
                    }
                    OwnCommission::Amount { amount } => {
                        Self { commission: Some(WireMoney::new(amount, currency)), ..what }
                    }
                }
            }
        }
    }
}

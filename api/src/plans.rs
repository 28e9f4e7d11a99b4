//! `/v1/accounts/{account_id}/plans` and `/v1/plans`: payment plans.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::{AccountId, PlanId};
use serde::Deserialize;
use service::actor::Actor;
use service::plans::{self, Changed, InstallmentPayment};
use service::{App, books};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};
use crate::idempotency::{IdempotencyKey, mark};
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

pub(crate) mod wire;

use wire::{
    NewPlan, NewPlanPayment, Plan, PlanCancellation, PlanPause, PlanPayments, PlanPreview,
    PlanSkip, PlanTweak,
};

/// The operations on plans.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(preview_plan);
    cfg.service(make_plan);
    cfg.service(list_plans);
    cfg.service(get_plan);
    cfg.service(tweak_plan);
    cfg.service(skip_installment);
    cfg.service(pause_plan);
    cfg.service(cancel_plan);
    cfg.service(pay_plan);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPlans {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Preview a plan.
///
/// The whole schedule, the limits that apply, and every limit that it does not keep. Nothing is
/// stored.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account.")),
    request_body = NewPlan,
    responses((status = 200, description = "What the plan would be.", body = PlanPreview)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[post("/v1/accounts/{account_id}/plan-previews")]
async fn preview_plan(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    body: Json<NewPlan>,
) -> Answer {
    let currency = books::currency(&app, &caller.0).await?;
    let new = body.value.wanted(*account, currency)?;
    let preview = plans::preview(&app, &caller.0, &new).await?;
    Ok(HttpResponse::Ok().json(PlanPreview::from(preview)))
}

/// Make a plan.
///
/// Under the caller's limits; 422 names every limit that is not kept, with its numbers. Pending
/// promises of its accounts are replaced.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), IdempotencyKey),
    request_body = NewPlan,
    responses((status = 201, description = "Made.", body = Plan,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/accounts/{account_id}/plans")]
async fn make_plan(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewPlan>,
) -> Answer {
    let once = key.once(&caller.0, "make_plan", body.canonical());
    let currency = books::currency(&app, &caller.0).await?;
    let new = body.value.wanted(*account, currency)?;
    let made = plans::make(&app, &caller.0, new, &once).await?;
    let plan = plans::get(&app, &caller.0, made.value).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, made.replayed);
    response.insert_header((header::LOCATION, format!("/v1/plans/{}", made.value)));
    response.insert_header((header::ETAG, etag::tag(plan.plan.version)));
    Ok(response.json(Plan::from(plan)))
}

/// List the plans of an account.
///
/// Newest first. A creditor's user sees a plan where all its accounts are the creditor's.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), ListPlans),
    responses((status = 200, description = "A page of them.", body = Page<Plan>)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/accounts/{account_id}/plans")]
async fn list_plans(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ListPlans>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window::<PlanId>("plans", query.cursor.as_deref(), query.limit)?;
    let mut rows = plans::list(&app, &caller.0, *account).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.plan.id < after));
    Ok(cursors.answer(&req, "plans", window.cut(rows), |row| row.plan.id, Plan::from))
}

/// Read a plan.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which.")),
    responses((status = 200, description = "The plan with its schedule.", body = Plan,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/plans/{plan_id}")]
async fn get_plan(app: web::Data<App>, caller: Authenticated, id: web::Path<PlanId>) -> Answer {
    // Always whole: payments mark its installments without a new version.
    shown(&app, &caller.0, *id).await
}

/// Change one installment.
///
/// Its day, or its amount, for which the last installment compensates.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which."), IfMatch),
    request_body = PlanTweak,
    responses((status = 200, description = "Changed.", body = Plan,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/plans/{plan_id}/tweaks")]
async fn tweak_plan(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlanId>,
    seen: IfMatch,
    body: Json<PlanTweak>,
) -> Answer {
    let currency = books::currency(&app, &caller.0).await?;
    let PlanTweak { number, move_days, amount, reason } = body.value;
    let changed = match (move_days, amount) {
        (Some(days), None) => Changed::Moved { number, days },
        (None, Some(amount)) => {
            Changed::Amount { number, amount: amount.positive(currency, "/amount")? }
        }
        (None, None) | (Some(_), Some(_)) => {
            let text = "Give move_days or amount, one of the two.";
            return Err(Problem::invalid_field("/move_days", "one_change", text));
        }
    };
    plans::change(&app, &caller.0, *id, Some(seen.0), (changed, &reason)).await?;
    shown(&app, &caller.0, *id).await
}

/// Leave one installment out.
///
/// The last installment carries its amount.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which."), IfMatch),
    request_body = PlanSkip,
    responses((status = 200, description = "Left out.", body = Plan,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/plans/{plan_id}/skips")]
async fn skip_installment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlanId>,
    seen: IfMatch,
    body: Json<PlanSkip>,
) -> Answer {
    let PlanSkip { number, reason } = body.value;
    let changed = Changed::Skipped { number };
    plans::change(&app, &caller.0, *id, Some(seen.0), (changed, &reason)).await?;
    shown(&app, &caller.0, *id).await
}

/// Pause a plan.
///
/// Once, for hardship: every installment that is not paid moves by so many days.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which."), IfMatch),
    request_body = PlanPause,
    responses((status = 200, description = "Paused.", body = Plan,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/plans/{plan_id}/pauses")]
async fn pause_plan(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlanId>,
    seen: IfMatch,
    body: Json<PlanPause>,
) -> Answer {
    let PlanPause { days, reason } = body.value;
    let changed = Changed::Paused { days };
    plans::change(&app, &caller.0, *id, Some(seen.0), (changed, &reason)).await?;
    shown(&app, &caller.0, *id).await
}

/// Cancel a plan.
///
/// What was paid stays paid; its accounts are active again.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which."), IfMatch),
    request_body = PlanCancellation,
    responses((status = 200, description = "Canceled.", body = Plan,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/plans/{plan_id}/cancellations")]
async fn cancel_plan(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlanId>,
    seen: IfMatch,
    body: Json<PlanCancellation>,
) -> Answer {
    plans::cancel(&app, &caller.0, *id, Some(seen.0), &body.value.reason).await?;
    shown(&app, &caller.0, *id).await
}

/// Enter a payment for a plan.
///
/// For money that came by check, cash, wire or money order. It is divided over the plan's accounts by
/// what each owes now, the cents left to the largest remainders, and posts on all of them or on none.
#[utoipa::path(
    tag = "Arrangements",
    params(("plan_id" = PlanId, Path, description = "Which."), IdempotencyKey),
    request_body = NewPlanPayment,
    responses((status = 201, description = "Posted.", body = PlanPayments)),
    extensions(("x-permission" = json!("payment:take"))),
)]
#[post("/v1/plans/{plan_id}/payments")]
async fn pay_plan(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlanId>,
    key: IdempotencyKey,
    body: Json<NewPlanPayment>,
) -> Answer {
    let once = key.once(&caller.0, "pay_plan", body.canonical());
    let NewPlanPayment { amount, method, effective_on, memo } = body.value;
    let currency = amount.currency;
    let new = InstallmentPayment {
        plan: *id,
        method,
        amount: amount.positive(currency, "/amount")?,
        currency,
        effective_on,
        memo,
    };
    let paid = plans::pay(&app, &caller.0, new, &once).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, paid.replayed);
    Ok(response.json(PlanPayments { payment_ids: paid.value }))
}

async fn shown(app: &App, caller: &Actor, id: PlanId) -> Answer {
    let plan = plans::get(app, caller, id).await?;
    Ok(etag::changed(plan.plan.version, &Plan::from(plan)))
}

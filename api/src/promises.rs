//! `/v1/accounts/{account_id}/promises` and `/v1/promises`: promises to pay.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::arrangement::Channel;
use domain::payment::PaymentMethod;
use domain::promise::PromiseState;
use domain::{AccountId, Currency, PromiseId, UserId};
use serde::{Deserialize, Serialize};
use service::promises;
use service::{App, books};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem, etag};

/// The operations on promises.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(take_promises);
    cfg.service(list_promises);
    cfg.service(get_promise);
    cfg.service(cancel_promise);
}

/// A promise to pay.
#[derive(Debug, Serialize, ToSchema)]
struct Promise {
    id: PromiseId,
    account_id: AccountId,
    amount: WireMoney,
    due_on: NaiveDate,
    method: PaymentMethod,
    channel: Channel,
    state: PromiseState,
    /// What came for it within its window.
    counted: WireMoney,
    taken_at: DateTime<Utc>,
    /// Who took it.
    #[schema(max_length = 200)]
    taken_by: String,
    /// The supervisor under whose limits it was taken.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
    /// Since when it is on hold, because an earlier one was broken.
    #[schema(required = true)]
    held_at: Option<DateTime<Utc>>,
    /// Since when its days do not count.
    #[schema(required = true)]
    suspended_at: Option<DateTime<Utc>>,
    /// Why it was canceled.
    #[schema(max_length = 500, required = true)]
    end_reason: Option<String>,
}

/// Promises to be taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPromises {
    /// The first first.
    #[schema(min_items = 1, max_items = 250)]
    promises: Vec<PromisedPayment>,
    /// How the debtor means to pay.
    method: PaymentMethod,
    /// How the promise was given.
    channel: Channel,
    /// The colleague who spoke with the debtor; for a supervisor who takes over under the own limits.
    colleague_id: Option<UserId>,
}

/// One promised payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PromisedPayment {
    amount: WireMoney,
    due_on: NaiveDate,
}

/// What was taken.
#[derive(Debug, Serialize, ToSchema)]
struct TakenPromises {
    #[schema(max_items = 250)]
    promises: Vec<Promise>,
}

/// Why something ends or changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PromiseCancellation {
    /// Kept in the timeline and the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Pays by plan instead")]
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPromises {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Take promises.
///
/// Under the caller's limits; 422 names every limit that is not kept, with its numbers.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "On which account."), IdempotencyKey),
    request_body = NewPromises,
    responses((status = 201, description = "Taken.", body = TakenPromises)),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/accounts/{account_id}/promises")]
async fn take_promises(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewPromises>,
) -> Answer {
    let once = key.once(&caller.0, "take_promises", body.canonical());
    let NewPromises { promises, method, channel, colleague_id } = body.value;
    let currency = books::currency(&app, &caller.0).await?;
    let promises: Result<Vec<_>, Problem> = promises
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let pointer = format!("/promises/{at}/amount");
            Ok((one.amount.positive(currency, &pointer)?, one.due_on))
        })
        .collect();
    let new = promises::NewPromises {
        account: *account,
        promises: promises?,
        currency,
        method,
        channel,
        colleague: colleague_id,
    };
    let taken = promises::take(&app, &caller.0, new, &once).await?;
    let mut all = promises::list(&app, &caller.0, *account).await?;
    all.retain(|row| taken.value.contains(&row.id));
    all.sort_by_key(|row| row.due_on);
    let mut response = HttpResponse::Created();
    mark(&mut response, taken.replayed);
    let promises = all.into_iter().map(|row| Promise::of(row, currency)).collect();
    Ok(response.json(TakenPromises { promises }))
}

/// List the promises of an account.
///
/// The latest due first.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), ListPromises),
    responses((status = 200, description = "A page of them.", body = Page<Promise>)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/accounts/{account_id}/promises")]
async fn list_promises(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ListPromises>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window::<(NaiveDate, PromiseId)>(
        "promises",
        query.cursor.as_deref(),
        query.limit,
    )?;
    let mut rows = promises::list(&app, &caller.0, *account).await?;
    rows.retain(|row| window.after.is_none_or(|after| (row.due_on, row.id) < after));
    let currency = books::currency(&app, &caller.0).await?;
    let place = |row: &promises::Promise| (row.due_on, row.id);
    let wire = |row| Promise::of(row, currency);
    Ok(cursors.answer(&req, "promises", window.cut(rows), place, wire))
}

/// Read a promise.
#[utoipa::path(
    tag = "Arrangements",
    params(("promise_id" = PromiseId, Path, description = "Which.")),
    responses((status = 200, description = "The promise.", body = Promise,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/promises/{promise_id}")]
async fn get_promise(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PromiseId>,
    req: HttpRequest,
) -> Answer {
    let (row, currency) = promises::get(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, row.version, &Promise::of(row, currency)))
}

/// Cancel a promise.
///
/// Only while it is pending. The account is active again when none is left.
#[utoipa::path(
    tag = "Arrangements",
    params(("promise_id" = PromiseId, Path, description = "Which.")),
    request_body = PromiseCancellation,
    responses((status = 200, description = "Canceled.", body = Promise,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/promises/{promise_id}/cancellations")]
async fn cancel_promise(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PromiseId>,
    body: Json<PromiseCancellation>,
) -> Answer {
    let row = promises::cancel(&app, &caller.0, *id, &body.value.reason).await?;
    let currency = books::currency(&app, &caller.0).await?;
    Ok(etag::changed(row.version, &Promise::of(row, currency)))
}

impl Promise {
    fn of(row: promises::Promise, currency: Currency) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            amount: WireMoney::new(row.amount, currency),
            due_on: row.due_on,
            method: row.method,
            channel: row.channel,
            state: row.state,
            counted: WireMoney::new(row.counted, currency),
            taken_at: row.taken_at,
            taken_by: row.taken_by_name,
            approved_by: row.approved_by_name,
            held_at: row.held_at,
            suspended_at: row.suspended_at,
            end_reason: row.end_reason,
        }
    }
}

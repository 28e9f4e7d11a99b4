//! `/v1/accounts/{account_id}/payoff`: what pays an account, on a day and through another.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::{AccountId, Bucket};
use serde::{Deserialize, Serialize};
use service::App;
use service::interest::{self, Asked};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::WireMoney;

/// The operations on payoffs.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_payoff);
    cfg.service(fix_payoff);
}

/// What pays an account.
#[derive(Debug, Serialize, ToSchema)]
struct Payoff {
    account_id: AccountId,
    /// The day for which it was asked.
    as_of: NaiveDate,
    /// What is owed by the books, bucket by bucket.
    #[schema(max_items = 5)]
    buckets: Vec<PayoffBucket>,
    /// Interest up to and including `valid_through` that is not in the buckets.
    interest_accrued: WireMoney,
    /// What pays the account up to and including `valid_through`.
    total: WireMoney,
    /// The last day on which the total suffices.
    valid_through: NaiveDate,
    /// What each day after it adds, four decimals.
    #[schema(max_length = 24, pattern = r"^[0-9]{1,18}\.[0-9]{4}$", example = "0.9742")]
    per_diem: String,
    /// The last day of that per diem, as far as is known today; null: it stays.
    #[schema(required = true)]
    per_diem_through: Option<NaiveDate>,
    /// Interest is posted up to this day; null: none was yet.
    #[schema(required = true)]
    interest_posted_on: Option<NaiveDate>,
    /// Whether the account bears interest: contract, rate and authority are there.
    accrues: bool,
}

/// What one bucket holds.
#[derive(Debug, Serialize, ToSchema)]
struct PayoffBucket {
    bucket: Bucket,
    amount: WireMoney,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GetPayoff {
    /// The day; today unless told.
    as_of: Option<NaiveDate>,
    /// The last day on which the total has to suffice; `as_of` unless told.
    valid_through: Option<NaiveDate>,
}

/// A payoff to be fixed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FixPayoff {
    /// The last day on which the total has to suffice; today unless told.
    valid_through: Option<NaiveDate>,
}

/// Compute a payoff.
///
/// Nothing is written: interest is computed for any day from what was posted up to now.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which."), GetPayoff),
    responses((status = 200, description = "The quote.", body = Payoff)),
    extensions(("x-permission" = json!("account:read"))),
)]
#[get("/v1/accounts/{account_id}/payoff")]
async fn get_payoff(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    query: web::Query<GetPayoff>,
) -> Answer {
    let GetPayoff { as_of, valid_through } = query.into_inner();
    let asked = Asked { as_of, valid_through };
    let found = interest::payoff(&app, &caller.0, *id, asked).await?;
    Ok(HttpResponse::Ok().json(Payoff::from(found)))
}

/// Fix a payoff.
///
/// Posts the interest up to today, so that the buckets hold it, and answers the quote from there.
/// Fixed again on the same day, nothing more is posted.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which.")),
    request_body = FixPayoff,
    responses((status = 201, description = "Posted; the quote.", body = Payoff)),
    extensions(("x-permission" = json!("adjustment:write"))),
)]
#[post("/v1/accounts/{account_id}/payoffs")]
async fn fix_payoff(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    body: Json<FixPayoff>,
) -> Answer {
    let fixed = interest::fix(&app, &caller.0, *id, body.value.valid_through).await?;
    Ok(HttpResponse::Created().json(Payoff::from(fixed)))
}

impl From<interest::Payoff> for Payoff {
    fn from(it: interest::Payoff) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        let quote = it.quote;
        Self {
            account_id: it.account,
            as_of: quote.as_of,
            buckets: Bucket::ALL
                .into_iter()
                .map(|bucket| PayoffBucket { bucket, amount: wire(quote.buckets.get(bucket)) })
                .collect(),
            interest_accrued: wire(quote.interest_accrued_unposted),
            total: wire(quote.total),
            valid_through: quote.valid_through,
            per_diem: quote.per_diem.to_string(),
            per_diem_through: quote.per_diem_through,
            interest_posted_on: it.interest_posted_on,
            accrues: it.accrues,
        }
    }
}

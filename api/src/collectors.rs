//! `/v1/collectors`: collectors' terms, who shares credit, what each earned.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::collector::{CollectorRates, CreditBase, CreditKind};
use domain::{AccountId, CollectorTermsId, CreditorId, Currency, Money, PaymentId, UserId};
use serde::{Deserialize, Serialize};
use service::App;
use service::collectors::{self, CreditLine, MonthStatement};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::{WireMoney, WireRate};
use crate::page::{Cursors, Limit, Page};

mod bonus;
mod splits;
mod staff;

use bonus::Bonus;

/// The operations on collectors.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(staff::routes);
    cfg.service(create_collector_terms);
    cfg.service(list_collector_terms);
    cfg.service(get_collector_statement);
    cfg.service(list_collector_credits);
    cfg.configure(splits::routes);
}

/// One version of a collector's terms.
#[derive(Debug, Serialize, ToSchema)]
struct CollectorTerms {
    id: CollectorTermsId,
    user_id: UserId,
    /// The first effective date of a payment that they apply to.
    effective_on: NaiveDate,
    /// What the rates are of: payments, or the agency's commission on them.
    base: CreditBase,
    rates: CollectorRates,
    /// The bonus plan; null: none.
    #[schema(required = true)]
    bonus: Option<Bonus>,
    /// What a month is measured against; null: no goal.
    #[schema(required = true)]
    goal: Option<WireMoney>,
    created_at: DateTime<Utc>,
}

/// A version of a collector's terms to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCollectorTerms {
    /// The first effective date of a payment that they apply to.
    effective_on: NaiveDate,
    /// What the rates are of: payments, or the agency's commission on them.
    base: CreditBase,
    rates: CollectorRates,
    /// The bonus plan.
    bonus: Option<Bonus>,
    /// What a month is measured against, above zero.
    goal: Option<WireMoney>,
}

/// A collector's month.
#[derive(Debug, Serialize, ToSchema)]
struct CollectorMonth {
    user_id: UserId,
    #[schema(max_length = 120)]
    name: String,
    /// The first day of the month.
    month: NaiveDate,
    /// Payments credited and returns taken back.
    lines: usize,
    /// The collector's part of what the rates are of, returns taken off.
    base: WireMoney,
    /// Earned on payments.
    commission: WireMoney,
    /// Taken back for returns of this month, zero or below.
    claw_backs: WireMoney,
    /// The month's goal; null: none.
    #[schema(required = true)]
    goal: Option<WireMoney>,
    /// What the bonus was multiplied by for the goal.
    #[schema(max_length = 12, pattern = r"^\d{1,3}(\.\d{1,6})?$", example = "1")]
    multiplier: String,
    /// The bonus, multiplied.
    bonus: WireMoney,
    /// Commission, claw-backs and bonus.
    total: WireMoney,
}

/// What was earned on a payment, or taken back for its return.
#[derive(Debug, Serialize, ToSchema)]
struct CollectorCredit {
    payment_id: PaymentId,
    account_id: AccountId,
    creditor_id: CreditorId,
    kind: CreditKind,
    /// The collector's part of what the rate is of.
    base: WireMoney,
    rate: WireRate,
    amount: WireMoney,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfMonth {
    /// Any day of the month; the present month unless told.
    month: Option<NaiveDate>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListCredits {
    /// Any day of the month; the present month unless told.
    month: Option<NaiveDate>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListVersions {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Enter a version of a collector's terms.
///
/// Payments that are posted keep what they earned.
#[utoipa::path(
    tag = "Collectors",
    params(("user_id" = UserId, Path, description = "Whose.")),
    request_body = NewCollectorTerms,
    responses((status = 201, description = "Entered.", body = CollectorTerms)),
    extensions(("x-permission" = json!("collector:write"))),
)]
#[post("/v1/collectors/{user_id}/terms")]
async fn create_collector_terms(
    app: web::Data<App>,
    caller: Authenticated,
    user: web::Path<UserId>,
    body: Json<NewCollectorTerms>,
) -> Answer {
    let new = body.value;
    let currency = service::recovery::currency(&app, &caller.0).await?;
    let bonus = new.bonus.map(|bonus| bonus.plan(currency)).transpose()?;
    let goal = new.goal.map(|goal| goal.any(currency, "/goal")).transpose()?;
    let new = collectors::NewTerms {
        collector: *user,
        effective_on: new.effective_on,
        base: new.base,
        rates: new.rates,
        bonus,
        goal,
    };
    let added = collectors::add_terms(&app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(CollectorTerms::new(added, currency)))
}

/// List the versions of a collector's terms.
///
/// Newest first. A collector may read the own ones.
#[utoipa::path(
    tag = "Collectors",
    params(("user_id" = UserId, Path, description = "Whose."), ListVersions),
    responses((status = 200, description = "A page of them.", body = Page<CollectorTerms>)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/collectors/{user_id}/terms")]
async fn list_collector_terms(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    user: web::Path<UserId>,
    query: web::Query<ListVersions>,
    req: HttpRequest,
) -> Answer {
    let list = "collector_terms";
    let window = cursors.window::<NaiveDate>(list, query.cursor.as_deref(), query.limit)?;
    let mut rows = collectors::terms(&app, &caller.0, *user).await?;
    let currency = service::recovery::currency(&app, &caller.0).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.effective_on < after));
    let shown = |row| CollectorTerms::new(row, currency);
    Ok(cursors.answer(&req, list, window.cut(rows), |row| row.effective_on, shown))
}

/// Read a collector's statement of a month.
///
/// What was earned on payments posted in the month, what returns of the month took back, and the
/// bonus. A collector may read the own one.
#[utoipa::path(
    tag = "Collectors",
    params(("user_id" = UserId, Path, description = "Whose."), OfMonth),
    responses((status = 200, description = "The statement.", body = CollectorMonth)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/collectors/{user_id}/statement")]
async fn get_collector_statement(
    app: web::Data<App>,
    caller: Authenticated,
    user: web::Path<UserId>,
    query: web::Query<OfMonth>,
) -> Answer {
    let statement = collectors::statement(&app, &caller.0, *user, query.month).await?;
    Ok(HttpResponse::Ok().json(CollectorMonth::from(statement)))
}

/// List a collector's credits of a month.
///
/// By payment: what was earned, and what was taken back for a return.
#[utoipa::path(
    tag = "Collectors",
    params(("user_id" = UserId, Path, description = "Whose."), ListCredits),
    responses((status = 200, description = "A page of them.", body = Page<CollectorCredit>)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/collectors/{user_id}/credits")]
async fn list_collector_credits(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    user: web::Path<UserId>,
    query: web::Query<ListCredits>,
    req: HttpRequest,
) -> Answer {
    let list = "collector_credits";
    let window = cursors.window::<PaymentId>(list, query.cursor.as_deref(), query.limit)?;
    let page = (window.after, window.one_more());
    let (rows, currency) = collectors::credits(&app, &caller.0, *user, query.month, page).await?;
    let shown = |row| CollectorCredit::new(&row, currency);
    Ok(cursors.answer(&req, list, window.cut(rows), |row| row.credit.payment, shown))
}

impl CollectorTerms {
    fn new(row: collectors::Terms, currency: Currency) -> Self {
        Self {
            id: row.id,
            user_id: row.collector,
            effective_on: row.effective_on,
            base: row.base,
            rates: row.rates,
            bonus: row.bonus.map(|plan| Bonus::new(plan, currency)),
            goal: row.goal.map(|goal| WireMoney::new(goal, currency)),
            created_at: row.created_at,
        }
    }
}

impl From<MonthStatement> for CollectorMonth {
    fn from(it: MonthStatement) -> Self {
        let money = |money: Money| WireMoney::new(money, it.currency);
        let statement = it.statement;
        Self {
            user_id: statement.collector,
            name: it.name,
            month: statement.month.first(),
            lines: statement.lines.len(),
            base: money(statement.base),
            commission: money(statement.commission),
            claw_backs: money(statement.claw_backs),
            goal: it.terms.and_then(|terms| terms.goal).map(money),
            multiplier: statement.multiplier.normalize().to_string(),
            bonus: money(statement.bonus),
            total: money(statement.total),
        }
    }
}

impl CollectorCredit {
    fn new(line: &CreditLine, currency: Currency) -> Self {
        let credit = line.credit;
        Self {
            payment_id: credit.payment,
            account_id: line.account,
            creditor_id: line.creditor,
            kind: credit.kind,
            base: WireMoney::new(credit.base, currency),
            rate: WireRate::new(credit.rate),
            amount: WireMoney::new(credit.amount, currency),
        }
    }
}

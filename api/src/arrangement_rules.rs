//! `/v1/arrangement-limits`, `/v1/settlement-tiers` and what applies to an account.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::limits::{Explained, Level};
use domain::{AccountId, ArrangementLimitId, CreditorId, PortfolioId, SettlementTierId, StaffRole};
use serde::{Deserialize, Serialize};
use service::arrangement_rules::{self as rules, Place};
use service::{App, books};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::WireRate;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

mod wire;

use wire::{Limits, Tier};

/// The operations on the rules of arrangements.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(set_arrangement_limits);
    cfg.service(list_arrangement_limits);
    cfg.service(set_settlement_tiers);
    cfg.service(list_settlement_tiers);
    cfg.service(explain_arrangement_rules);
}

/// At which level a rule stands: none of the four is the agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewArrangementLimits {
    role: Option<StaffRole>,
    creditor_id: Option<CreditorId>,
    portfolio_id: Option<PortfolioId>,
    account_id: Option<AccountId>,
    /// The first day on which agreements are made under it; today or later.
    effective_on: NaiveDate,
    /// What is left out says nothing at this level.
    limits: Limits,
}

/// Settlement tiers, or a creditor's blanket floor, or both; none of the three ids is the agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSettlementTiers {
    creditor_id: Option<CreditorId>,
    portfolio_id: Option<PortfolioId>,
    account_id: Option<AccountId>,
    /// The first day on which offers are made under it; today or later.
    effective_on: NaiveDate,
    /// Each balance and day in exactly one of them; an empty list settles nothing.
    #[schema(max_items = 200)]
    tiers: Option<Vec<Tier>>,
    /// The share of the balance below which no tier may go.
    client_floor: Option<WireRate>,
}

/// A version of limits at one level.
#[derive(Debug, Serialize, ToSchema)]
struct ArrangementLimits {
    id: ArrangementLimitId,
    #[schema(inline)]
    level: Level,
    #[schema(required = true)]
    role: Option<StaffRole>,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(required = true)]
    portfolio_id: Option<PortfolioId>,
    #[schema(required = true)]
    account_id: Option<AccountId>,
    effective_on: NaiveDate,
    limits: Limits,
    #[schema(max_length = 200)]
    created_by: String,
    created_at: DateTime<Utc>,
}

/// A version of settlement tiers at one level.
#[derive(Debug, Serialize, ToSchema)]
struct SettlementTiers {
    id: SettlementTierId,
    #[schema(inline)]
    level: Level,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(required = true)]
    portfolio_id: Option<PortfolioId>,
    #[schema(required = true)]
    account_id: Option<AccountId>,
    effective_on: NaiveDate,
    #[schema(max_items = 200, required = true)]
    tiers: Option<Vec<Tier>>,
    #[schema(required = true)]
    client_floor: Option<WireRate>,
    #[schema(max_length = 200)]
    created_by: String,
    created_at: DateTime<Utc>,
}

/// What applies to an account today.
#[derive(Debug, Serialize, ToSchema)]
struct ArrangementRules {
    role: StaffRole,
    on: NaiveDate,
    /// Each limit that applies, and the level that set it.
    #[schema(max_items = 30)]
    limits: Vec<ExplainedLimit>,
    /// The level whose tiers apply; null: none has a table, and nothing is settled.
    #[schema(required = true, inline)]
    tiers_level: Option<Level>,
    #[schema(max_items = 200)]
    tiers: Vec<Tier>,
    #[schema(required = true)]
    client_floor: Option<WireRate>,
}

/// One limit and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedLimit {
    #[schema(max_length = 100)]
    field: String,
    /// An amount `25.00`, a share `0.1`, a count, a list.
    #[schema(max_length = 4000)]
    value: String,
    #[schema(inline)]
    level: Level,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListRules {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExplainRules {
    /// Of whoever agrees; a collector unless told.
    #[param(inline)]
    role: Option<StaffRole>,
}

/// Set the limits of promises and plans.
///
/// At one level from a day on. Levels are merged field by field: account, portfolio, creditor, role,
/// agency, preset; the first that says something decides.
#[utoipa::path(
    tag = "Arrangements",
    request_body = NewArrangementLimits,
    responses((status = 201, description = "Set.", body = ArrangementLimits)),
    extensions(("x-permission" = json!("arrangement:rules"))),
)]
#[post("/v1/arrangement-limits")]
async fn set_arrangement_limits(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewArrangementLimits>,
) -> Answer {
    let new = body.value;
    let place = place(new.role, new.creditor_id, new.portfolio_id, new.account_id)?;
    let currency = books::currency(&app, &caller.0).await?;
    let limits = new.limits.read(currency)?;
    let row = rules::set_limits(&app, &caller.0, place, new.effective_on, limits).await?;
    Ok(HttpResponse::Created().json(limits_row(row, currency)?))
}

/// List the limits of promises and plans.
///
/// All versions of all levels, newest first.
#[utoipa::path(
    tag = "Arrangements",
    params(ListRules),
    responses((status = 200, description = "A page of them.", body = Page<ArrangementLimits>)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/arrangement-limits")]
async fn list_arrangement_limits(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListRules>,
    req: HttpRequest,
) -> Answer {
    let (cursor, limit) = (query.cursor.as_deref(), query.limit);
    let window = cursors.window::<ArrangementLimitId>("arrangement_limits", cursor, limit)?;
    let (mut rows, currency) = rules::limits(&app, &caller.0).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.id < after));
    let rows: Result<Vec<_>, Problem> =
        rows.into_iter().map(|row| limits_row(row, currency)).collect();
    let part = window.cut(rows?);
    Ok(cursors.answer(&req, "arrangement_limits", part, |row| row.id, |row| row))
}

/// Set settlement tiers.
///
/// At one level from a day on. The nearest level that has a table decides; the strictest floor of any
/// level holds. Ranges that overlap or leave gaps are refused.
#[utoipa::path(
    tag = "Arrangements",
    request_body = NewSettlementTiers,
    responses((status = 201, description = "Set.", body = SettlementTiers)),
    extensions(("x-permission" = json!("arrangement:rules"))),
)]
#[post("/v1/settlement-tiers")]
async fn set_settlement_tiers(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewSettlementTiers>,
) -> Answer {
    let new = body.value;
    let place = place(None, new.creditor_id, new.portfolio_id, new.account_id)?;
    let currency = books::currency(&app, &caller.0).await?;
    let tiers = new.tiers.map(|tiers| wire::tiers(tiers, currency)).transpose()?;
    let floor = new.client_floor.map(|floor| floor.rate("/client_floor")).transpose()?;
    let row = rules::set_tiers(&app, &caller.0, place, new.effective_on, (tiers, floor)).await?;
    Ok(HttpResponse::Created().json(tiers_row(row, currency)?))
}

/// List settlement tiers.
///
/// All versions of all levels, newest first.
#[utoipa::path(
    tag = "Arrangements",
    params(ListRules),
    responses((status = 200, description = "A page of them.", body = Page<SettlementTiers>)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/settlement-tiers")]
async fn list_settlement_tiers(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListRules>,
    req: HttpRequest,
) -> Answer {
    let (cursor, limit) = (query.cursor.as_deref(), query.limit);
    let window = cursors.window::<SettlementTierId>("settlement_tiers", cursor, limit)?;
    let (mut rows, currency) = rules::tiers(&app, &caller.0).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.id < after));
    let rows: Result<Vec<_>, Problem> =
        rows.into_iter().map(|row| tiers_row(row, currency)).collect();
    let part = window.cut(rows?);
    Ok(cursors.answer(&req, "settlement_tiers", part, |row| row.id, |row| row))
}

/// Explain the rules of an account.
///
/// What applies today to whoever has this role: each limit with its value and the level that set it,
/// and the tiers.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), ExplainRules),
    responses((status = 200, description = "What applies.", body = ArrangementRules)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/accounts/{account_id}/arrangement-rules")]
async fn explain_arrangement_rules(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ExplainRules>,
) -> Answer {
    let role = query.role.unwrap_or(StaffRole::Collector);
    let found = rules::explain(&app, &caller.0, *account, role).await?;
    let (tiers_level, tiers) = match found.rules.tiers {
        Some((level, tiers)) => (Some(level), tiers),
        None => (None, domain::settlement::Tiers::default()),
    };
    let limits = found.rules.merged.explained.into_iter().map(ExplainedLimit::from);
    Ok(HttpResponse::Ok().json(ArrangementRules {
        role: found.role,
        on: found.on,
        limits: limits.collect(),
        tiers_level,
        tiers: tiers.0.into_iter().map(|tier| Tier::of(tier, found.currency)).collect(),
        client_floor: found.rules.client_floor.map(WireRate::new),
    }))
}

impl From<Explained> for ExplainedLimit {
    fn from(it: Explained) -> Self {
        Self { field: it.field.name().to_owned(), value: it.value, level: it.level }
    }
}

fn place(
    role: Option<StaffRole>,
    creditor: Option<CreditorId>,
    portfolio: Option<PortfolioId>,
    account: Option<AccountId>,
) -> Result<Place, Problem> {
    match (role, creditor, portfolio, account) {
        (None, None, None, None) => Ok(Place::Agency),
        (Some(role), None, None, None) => Ok(Place::Role(role)),
        (None, Some(id), None, None) => Ok(Place::Creditor(id)),
        (None, None, Some(id), None) => Ok(Place::Portfolio(id)),
        (None, None, None, Some(id)) => Ok(Place::Account(id)),
        (_, _, _, _) => Err(Problem::invalid_field(
            "/creditor_id",
            "one_level",
            "Give one of role, creditor, portfolio and account, or none for the agency.",
        )),
    }
}

fn limits_row(
    row: rules::LimitVersion,
    currency: domain::Currency,
) -> Result<ArrangementLimits, Problem> {
    let limits = serde_json::from_value(row.limits).map_err(|_| Problem::internal())?;
    Ok(ArrangementLimits {
        id: row.id,
        level: row.level,
        role: row.role,
        creditor_id: row.creditor_id,
        portfolio_id: row.portfolio_id,
        account_id: row.account_id,
        effective_on: row.effective_on,
        limits: Limits::of(limits, currency),
        created_by: row.created_by,
        created_at: row.created_at,
    })
}

fn tiers_row(
    row: rules::TierVersion,
    currency: domain::Currency,
) -> Result<SettlementTiers, Problem> {
    let tiers: Option<domain::settlement::Tiers> =
        row.tiers.map(serde_json::from_value).transpose().map_err(|_| Problem::internal())?;
    Ok(SettlementTiers {
        id: row.id,
        level: row.level,
        creditor_id: row.creditor_id,
        portfolio_id: row.portfolio_id,
        account_id: row.account_id,
        effective_on: row.effective_on,
        tiers: tiers
            .map(|tiers| tiers.0.into_iter().map(|tier| Tier::of(tier, currency)).collect()),
        client_floor: row.client_floor.map(WireRate::new),
        created_by: row.created_by,
        created_at: row.created_at,
    })
}

//! `/v1/commission-schedules`: what the agency keeps, by level, one version after another.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::commission::{Level, Schedule};
use domain::{AccountId, CreditorId, PortfolioId, ScheduleId};
use serde::{Deserialize, Serialize};
use service::App;
use service::commission_schedules::{self, ScheduleVersion, Subject};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on commission schedules.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_commission_schedule);
    cfg.service(list_commission_schedules);
    cfg.service(get_commission_schedule);
}

/// One version of a commission schedule.
#[derive(Debug, Serialize, ToSchema)]
struct CommissionScheduleVersion {
    id: ScheduleId,
    level: Level,
    /// The creditor; null at the agency's level.
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    /// The portfolio, at its level.
    #[schema(required = true)]
    portfolio_id: Option<PortfolioId>,
    /// The account, at its level.
    #[schema(required = true)]
    account_id: Option<AccountId>,
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    schedule: Schedule,
    /// Who wrote it.
    #[schema(max_length = 200)]
    created_by: String,
    created_at: DateTime<Utc>,
}

/// A version to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCommissionSchedule {
    /// Of this creditor; leave out all three for the agency's default.
    creditor_id: Option<CreditorId>,
    /// Of this portfolio.
    portfolio_id: Option<PortfolioId>,
    /// Of this account.
    account_id: Option<AccountId>,
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    schedule: Schedule,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListCommissionSchedules {
    /// Of this level alone; the agency's default has no id to ask for.
    #[param(inline)]
    level: Option<AgencyLevel>,
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
    /// Of this portfolio.
    portfolio_id: Option<PortfolioId>,
    /// Of this account.
    account_id: Option<AccountId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// The level that is asked for by its name.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AgencyLevel {
    /// The agency's default.
    Agency,
}

/// Add a version of a commission schedule.
///
/// Of the agency, a creditor, a portfolio or an account. It applies to payments with an effective
/// date from `effective_on` on; those posted keep their commission. Everything that is wrong with a
/// schedule is listed at once, in `errors`, and with its numbers in `problems`.
#[utoipa::path(
    tag = "Commission",
    request_body = NewCommissionSchedule,
    responses((status = 201, description = "Added.", body = CommissionScheduleVersion,
        headers(("Location" = String, description = "Where it is.")))),
    extensions(("x-permission" = json!("commission:write"))),
)]
#[post("/v1/commission-schedules")]
async fn create_commission_schedule(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewCommissionSchedule>,
) -> Answer {
    let NewCommissionSchedule { creditor_id, portfolio_id, account_id, effective_on, schedule } =
        body.value;
    let subject = subject(creditor_id, portfolio_id, account_id)
        .map_err(|at| two_subjects(&format!("/{at}")))?
        .unwrap_or(Subject::Agency);
    let new = commission_schedules::NewSchedule { subject, effective_on, schedule };
    let added = commission_schedules::add(&app, &caller.0, new).await?;
    let place = format!("/v1/commission-schedules/{}", added.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .json(CommissionScheduleVersion::from(added)))
}

/// List versions of commission schedules.
///
/// The last added first: of one subject, or of all.
#[utoipa::path(
    tag = "Commission",
    params(ListCommissionSchedules),
    responses((status = 200, description = "A page of them.", body = Page<CommissionScheduleVersion>)),
    extensions(("x-permission" = json!("commission:read"))),
)]
#[get("/v1/commission-schedules")]
async fn list_commission_schedules(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListCommissionSchedules>,
    req: HttpRequest,
) -> Answer {
    let list = "commission_schedules";
    let window = cursors.window(list, query.cursor.as_deref(), query.limit)?;
    let named = subject(query.creditor_id, query.portfolio_id, query.account_id)
        .map_err(|at| two_subjects(&format!("?{at}")))?;
    let agency = query.level.map(|AgencyLevel::Agency| Subject::Agency);
    if agency.is_some() && named.is_some() {
        return Err(two_subjects("?level"));
    }
    let part = commission_schedules::list(&app, &caller.0, named.or(agency), window).await?;
    Ok(cursors.answer(&req, list, part, |row| row.id, CommissionScheduleVersion::from))
}

/// Read a version of a commission schedule.
#[utoipa::path(
    tag = "Commission",
    params(("schedule_id" = ScheduleId, Path, description = "Which.")),
    responses((status = 200, description = "The version.", body = CommissionScheduleVersion)),
    extensions(("x-permission" = json!("commission:read"))),
)]
#[get("/v1/commission-schedules/{schedule_id}")]
async fn get_commission_schedule(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<ScheduleId>,
) -> Answer {
    let found = commission_schedules::find(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(CommissionScheduleVersion::from(found)))
}

/// The one subject that is named; the name of the second where there are two.
fn subject(
    creditor: Option<CreditorId>,
    portfolio: Option<PortfolioId>,
    account: Option<AccountId>,
) -> Result<Option<Subject>, &'static str> {
    match (creditor, portfolio, account) {
        (None, None, None) => Ok(None),
        (Some(id), None, None) => Ok(Some(Subject::Creditor(id))),
        (None, Some(id), None) => Ok(Some(Subject::Portfolio(id))),
        (None, None, Some(id)) => Ok(Some(Subject::Account(id))),
        (_, _, Some(_)) => Err("account_id"),
        (_, Some(_), None) => Err("portfolio_id"),
    }
}

fn two_subjects(pointer: &str) -> Problem {
    Problem::invalid_field(
        pointer,
        "schedule_subject",
        "Name one of creditor, portfolio and account, or none of them for the agency.",
    )
}

impl From<ScheduleVersion> for CommissionScheduleVersion {
    fn from(it: ScheduleVersion) -> Self {
        Self {
            id: it.id,
            level: it.level,
            creditor_id: it.creditor,
            portfolio_id: it.portfolio,
            account_id: it.account,
            effective_on: it.effective_on,
            schedule: it.schedule,
            created_by: it.created_by,
            created_at: it.created_at,
        }
    }
}

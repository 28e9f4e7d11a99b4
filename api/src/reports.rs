//! `/v1/reports`: reports on money. Each answers its figures together with what they mean.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use domain::recovery::{Denominator, StepBasis, StepMeasure};
use domain::{CreditorId, PortfolioId};
use serde::Deserialize;
use service::App;
use service::exports::Format;
use service::recovery::{Of, Reading};
use service::reports::{self, Asked, Name, Table};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::download::{self, Spreadsheet};
use crate::query::within;

mod wire;

use wire::{Report, ReportDefinition, ReportIndex};

/// The operations on reports.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_reports);
    cfg.service(get_daily_cash_report);
    cfg.service(get_deposit_report);
    cfg.service(get_held_funds_report);
    cfg.service(get_debtor_credits_report);
    cfg.service(get_creditor_analysis_report);
    cfg.service(get_commission_revenue_report);
    cfg.service(get_trial_balance_report);
    cfg.service(get_collector_productivity_report);
    cfg.service(get_stair_step_report);
}

/// In which form a report is answered.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportFormat {
    /// `application/json`
    #[default]
    Json,
    /// `text/csv`: the same figures, a line a row.
    Csv,
    /// The same figures as a sheet (XLSX), the totals bold.
    Xlsx,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AskReport {
    /// Only of this creditor.
    creditor_id: Option<CreditorId>,
    /// Only of this portfolio.
    portfolio_id: Option<PortfolioId>,
    /// The first day; the first of the month of `to` unless told.
    from: Option<NaiveDate>,
    /// The last day; today unless told.
    to: Option<NaiveDate>,
    /// JSON unless told.
    #[param(inline)]
    format: Option<ReportFormat>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AskStairs {
    /// Only of this creditor.
    creditor_id: Option<CreditorId>,
    /// Only of this portfolio.
    portfolio_id: Option<PortfolioId>,
    /// Calendar months unless told.
    #[param(inline)]
    basis: Option<StepBasis>,
    /// Cumulative unless told.
    #[param(inline)]
    measure: Option<StepMeasure>,
    /// What the percentages of the cells are of; gross placed unless told.
    #[param(inline)]
    denominator: Option<Denominator>,
    /// Only what was paid on principal; else on all buckets.
    principal_only: Option<bool>,
    /// Months of placement that it goes back, the present one included; 12 unless told.
    #[param(minimum = 1, maximum = 600)]
    months: Option<u32>,
    /// JSON unless told.
    #[param(inline)]
    format: Option<ReportFormat>,
}

/// List the reports.
///
/// Those that the caller may read, and what each answers.
#[utoipa::path(
    tag = "Reports",
    responses((status = 200, description = "The reports.", body = ReportIndex)),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports")]
async fn list_reports(caller: Authenticated) -> Answer {
    let reports = reports::index(&caller.0)?;
    let reports = reports.into_iter().map(ReportDefinition::of).collect();
    Ok(HttpResponse::Ok().json(ReportIndex { reports }))
}

/// Read the daily cash.
///
/// What came and went each day, by method and trust account.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/daily-cash")]
async fn get_daily_cash_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::DailyCash, &query).await
}

/// Read the deposits.
///
/// Every movement of the trust bank account, day by day, as the bank shows it.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/deposit")]
async fn get_deposit_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::Deposit, &query).await
}

/// Read the held and unremitted funds.
///
/// What is the creditors' and on no statement yet, and why.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/held-funds")]
async fn get_held_funds_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::HeldFunds, &query).await
}

/// Read the debtors' credits.
///
/// Overpayments that belong to debtors.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/debtor-credits")]
async fn get_debtor_credits_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::DebtorCredits, &query).await
}

/// Read the creditor analysis.
///
/// Month by month what was placed, collected and cancelled, and by whom.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/creditor-analysis")]
async fn get_creditor_analysis_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::CreditorAnalysis, &query).await
}

/// Read the commission revenue.
///
/// What was earned each month, and what of it is revenue.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/commission-revenue")]
async fn get_commission_revenue_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::CommissionRevenue, &query).await
}

/// Read the trial balance.
///
/// Every ledger of the trust and operating books at the end of `to`.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/trial-balance")]
async fn get_trial_balance_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::TrialBalance, &query).await
}

/// Read the collectors' productivity.
///
/// What each collector was credited with, earned, and had taken back.
#[utoipa::path(
    tag = "Reports",
    params(AskReport),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/collector-productivity")]
async fn get_collector_productivity_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskReport>,
) -> Answer {
    answer(&app, &caller, Name::CollectorProductivity, &query).await
}

/// Read the stair-step.
///
/// Collected on the accounts of each month of placement, by the months or days since; totals and
/// age-weighted averages last.
#[utoipa::path(
    tag = "Reports",
    params(AskStairs),
    responses((status = 200, description = "The report.",
               content(
                   (Report = "application/json"),
                   (String = "text/csv"),
                   (Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
               ))),
    extensions(("x-permission" = json!("report:read"))),
)]
#[get("/v1/reports/stair-step")]
async fn get_stair_step_report(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<AskStairs>,
) -> Answer {
    let usual = Reading::default();
    let reading = Reading {
        basis: query.basis.unwrap_or(usual.basis),
        measure: query.measure.unwrap_or(usual.measure),
        denominator: query.denominator.unwrap_or(usual.denominator),
        principal_only: query.principal_only.unwrap_or(usual.principal_only),
        months: within("months", query.months, 1..=600)?.unwrap_or(usual.months),
    };
    let of = Of { creditor: query.creditor_id, portfolio: query.portfolio_id };
    let asked = Asked { of, ..Asked::default() };
    let table = reports::table(&app, &caller.0, Name::StairStep, asked, reading).await?;
    shown(table, query.format).await
}

async fn answer(app: &App, caller: &Authenticated, name: Name, query: &AskReport) -> Answer {
    let of = Of { creditor: query.creditor_id, portfolio: query.portfolio_id };
    let asked = Asked { of, from: query.from, to: query.to };
    let table = reports::table(app, &caller.0, name, asked, Reading::default()).await?;
    shown(table, query.format).await
}

/// A report in the form that was asked for.
async fn shown(table: Table, format: Option<ReportFormat>) -> Answer {
    let format = match format.unwrap_or_default() {
        ReportFormat::Json => return Ok(HttpResponse::Ok().json(Report::of(&table))),
        ReportFormat::Csv => Format::Csv,
        ReportFormat::Xlsx => Format::Xlsx,
    };
    Ok(download::file(reports::file(table, format).await?))
}

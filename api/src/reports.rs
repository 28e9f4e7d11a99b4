//! `/v1/reports`: reports on money. Each answers its figures together with what they mean.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use domain::recovery::{Denominator, StepBasis, StepMeasure};
use domain::{CreditorId, Currency, PortfolioId};
use serde::{Deserialize, Serialize};
use service::App;
use service::recovery::{Of, Reading};
use service::reports::{self, Asked, Cell, ColumnKind, Name, Table};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;

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

/// A report, and how its figures come about.
#[derive(Debug, Serialize, ToSchema)]
struct ReportDefinition {
    /// The last part of its address.
    #[schema(max_length = 40, example = "stair-step")]
    name: String,
    #[schema(max_length = 100)]
    title: String,
    /// The question that it answers.
    #[schema(max_length = 300)]
    answers: String,
    /// How the figures are computed.
    #[schema(max_length = 1000)]
    formula: String,
    /// What its percentages are of; null: it has none.
    #[schema(required = true, max_length = 300)]
    denominator: Option<String>,
    /// What is counted up to when, and by which date.
    #[schema(max_length = 500)]
    cut_off: String,
}

/// The reports that the caller may read.
#[derive(Debug, Serialize, ToSchema)]
struct ReportIndex {
    #[schema(max_items = 20)]
    reports: Vec<ReportDefinition>,
}

/// What a column holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportColumnKind {
    Text,
    Date,
    Count,
    Money,
    Percent,
}

/// A column: its name is the member of each row.
#[derive(Debug, Serialize, ToSchema)]
struct ReportColumn {
    #[schema(max_length = 60, example = "collected")]
    name: String,
    /// Its heading. That of a percentage says what it is of.
    #[schema(max_length = 100, example = "Collected")]
    label: String,
    kind: ReportColumnKind,
}

/// A share, with what it is of.
#[derive(Debug, Serialize, ToSchema)]
struct ReportShare {
    /// To four decimals: `0.0741` is 7.41 %.
    #[schema(max_length = 24, pattern = r"^-?\d{1,18}\.\d{4}$", example = "0.0741")]
    share: String,
    /// What it is of: `gross_placed`, `net_placed`, `collected`, `goal`.
    #[schema(max_length = 20, example = "gross_placed")]
    of: String,
    /// The amount that it is of.
    amount: WireMoney,
}

/// One figure: text, a day, a count, money, or a share.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum ReportCell {
    /// Text, or a day as `2026-11-30`.
    Text(String),
    /// A whole number.
    Count(i64),
    /// An amount.
    Money(WireMoney),
    /// A percentage.
    Share(ReportShare),
}

/// A row: a member a column, null where there is no figure (which is not zero).
type ReportRow = BTreeMap<String, Option<ReportCell>>;

/// A report.
#[derive(Debug, Serialize, ToSchema)]
struct Report {
    definition: ReportDefinition,
    /// What was chosen of it: what the columns count, what percentages are of; null: nothing is to be
    /// chosen.
    #[schema(required = true, max_length = 300)]
    reading: Option<String>,
    /// The day of the figures, where the agency is.
    as_of: NaiveDate,
    /// The first day that it covers; null: it is about one moment.
    #[schema(required = true)]
    from: Option<NaiveDate>,
    /// The last day that it covers.
    #[schema(required = true)]
    to: Option<NaiveDate>,
    currency: Currency,
    #[schema(max_items = 60)]
    columns: Vec<ReportColumn>,
    #[schema(max_items = 1_000_000)]
    rows: Vec<ReportRow>,
    /// The last lines: totals, then averages where there are some.
    #[schema(max_items = 2)]
    footer: Vec<ReportRow>,
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
               content((Report = "application/json"), (String = "text/csv")))),
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
        months: query.months.unwrap_or(usual.months).clamp(1, 600),
    };
    let of = Of { creditor: query.creditor_id, portfolio: query.portfolio_id };
    let asked = Asked { of, ..Asked::default() };
    let table = reports::table(&app, &caller.0, Name::StairStep, asked, reading).await?;
    Ok(shown(&table, query.format))
}

async fn answer(app: &App, caller: &Authenticated, name: Name, query: &AskReport) -> Answer {
    let of = Of { creditor: query.creditor_id, portfolio: query.portfolio_id };
    let asked = Asked { of, from: query.from, to: query.to };
    let table = reports::table(app, &caller.0, name, asked, Reading::default()).await?;
    Ok(shown(&table, query.format))
}

/// A report in the form that was asked for; another form is one more arm here.
fn shown(table: &Table, format: Option<ReportFormat>) -> HttpResponse {
    let slug = table.definition.name.slug();
    match format.unwrap_or_default() {
        ReportFormat::Json => HttpResponse::Ok().json(Report::of(table)),
        ReportFormat::Csv => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((
                "Content-Disposition",
                format!("attachment; filename=\"{slug}-{}.csv\"", table.as_of),
            ))
            .body(reports::csv(table)),
    }
}

impl ReportDefinition {
    fn of(name: Name) -> Self {
        let it = name.definition();
        Self {
            name: name.slug().to_owned(),
            title: it.title.to_owned(),
            answers: it.answers.to_owned(),
            formula: it.formula.to_owned(),
            denominator: it.denominator.map(str::to_owned),
            cut_off: it.cut_off.to_owned(),
        }
    }
}

impl Report {
    fn of(table: &Table) -> Self {
        let row = |cells: &Vec<Cell>| {
            let cell = |cell| ReportCell::of(cell, table.currency);
            let names = table.columns.iter().map(|column| column.name.clone());
            names.zip(cells.iter().map(cell)).collect()
        };
        Self {
            definition: ReportDefinition::of(table.definition.name),
            reading: table.reading.clone(),
            as_of: table.as_of,
            from: table.period.map(|(from, _)| from),
            to: table.period.map(|(_, to)| to),
            currency: table.currency,
            columns: table
                .columns
                .iter()
                .map(|column| ReportColumn {
                    name: column.name.clone(),
                    label: column.label.clone(),
                    kind: column.kind.into(),
                })
                .collect(),
            rows: table.rows.iter().map(row).collect(),
            footer: table.footer.iter().map(row).collect(),
        }
    }
}

impl ReportCell {
    fn of(cell: &Cell, currency: Currency) -> Option<Self> {
        match cell {
            Cell::Text(words, _) => Some(Self::Text(words.clone())),
            Cell::Date(day) => Some(Self::Text(day.to_string())),
            Cell::Count(count) => Some(Self::Count(*count)),
            Cell::Money(money) => Some(Self::Money(WireMoney::new(*money, currency))),
            Cell::Percent(share) => Some(Self::Share(ReportShare {
                share: cell.plain(),
                of: share.of.name().to_owned(),
                amount: WireMoney::new(share.amount, currency),
            })),
            Cell::Blank => None,
        }
    }
}

impl From<ColumnKind> for ReportColumnKind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text,
            ColumnKind::Date => Self::Date,
            ColumnKind::Count => Self::Count,
            ColumnKind::Money => Self::Money,
            ColumnKind::Percent => Self::Percent,
        }
    }
}

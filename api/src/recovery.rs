//! `/v1/recovery`: placed, collected, and the liquidation with its denominator named.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use domain::recovery::Denominator;
use domain::{CreditorId, Currency, PortfolioId};
use serde::{Deserialize, Serialize};
use service::App;
use service::recovery::{self, Figures, Of, PortfolioFigures, Summary};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on recovery.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_recovery_summary);
    cfg.service(list_recovery_portfolios);
    cfg.service(get_portfolio_recovery);
}

/// A share to four decimals, such as `0.0741` for 7.41 %. More than 1 when interest came on top of
/// what was placed, below 0 when more was returned than paid.
#[derive(Debug, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 24, pattern = r"^-?\d{1,18}(\.\d{1,4})?$", example = "0.0741")]
struct Share(String);

/// The share collected, by each denominator; null where nothing was placed.
#[derive(Debug, Serialize, ToSchema)]
struct Liquidation {
    /// Of all that was placed.
    #[schema(required = true)]
    of_gross_placed: Option<Share>,
    /// Of what was placed, less what the creditor took back.
    #[schema(required = true)]
    of_net_placed: Option<Share>,
}

/// Counts and money of some accounts.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryFigures {
    /// Accounts placed.
    accounts: i64,
    /// All that was placed.
    placed: WireMoney,
    /// Of it, what the creditor took back: recalled, placed in error, duplicates, adjusted.
    withdrawn: WireMoney,
    /// Accounts that are open.
    open_accounts: i64,
    /// What is owed on them.
    open_owed: WireMoney,
    /// Accounts paid or settled in full.
    paid_accounts: i64,
    /// Accounts that the creditor took back.
    recalled_accounts: i64,
    /// Accounts closed otherwise.
    closed_accounts: i64,
    /// What payments took off the debts, less returns.
    collected: WireMoney,
    /// The agency's commission on it.
    commission: WireMoney,
    /// Collected in the present calendar month.
    collected_this_month: WireMoney,
    /// The same in the month before.
    collected_last_month: WireMoney,
    liquidation: Liquidation,
}

/// What was collected in one calendar month.
#[derive(Debug, Serialize, ToSchema)]
struct MonthCollected {
    /// Its first day.
    month: NaiveDate,
    collected: WireMoney,
}

/// The figures of one moment.
#[derive(Debug, Serialize, ToSchema)]
struct RecoverySummary {
    /// The day, where the agency is.
    as_of: NaiveDate,
    #[serde(flatten)]
    figures: RecoveryFigures,
    /// The last twelve months, oldest first.
    #[schema(max_items = 12)]
    months: Vec<MonthCollected>,
}

/// The figures of one portfolio.
#[derive(Debug, Serialize, ToSchema)]
struct PortfolioRecovery {
    portfolio_id: PortfolioId,
    creditor_id: CreditorId,
    /// The creditor's short name for it.
    #[schema(max_length = 40, example = "MAIN")]
    code: String,
    #[schema(max_length = 200, example = "Main")]
    name: String,
    #[serde(flatten)]
    figures: RecoveryFigures,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfCreditor {
    /// Only of this creditor.
    creditor_id: Option<CreditorId>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPortfolioRecovery {
    /// Only of this creditor.
    creditor_id: Option<CreditorId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Read the recovery in sum.
///
/// Placed, collected and liquidation of all accounts within reach, or of one creditor's.
#[utoipa::path(
    tag = "Recovery",
    params(OfCreditor),
    responses((status = 200, description = "The figures.", body = RecoverySummary)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/recovery/summary")]
async fn get_recovery_summary(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<OfCreditor>,
) -> Answer {
    let of = Of { creditor: query.creditor_id, portfolio: None };
    let summary = recovery::summary(&app, &caller.0, of).await?;
    Ok(HttpResponse::Ok().json(RecoverySummary::from(summary)))
}

/// List the recovery by portfolio.
///
/// In the order in which the portfolios were made.
#[utoipa::path(
    tag = "Recovery",
    params(ListPortfolioRecovery),
    responses((status = 200, description = "A page of them.", body = Page<PortfolioRecovery>)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/recovery/portfolios")]
async fn list_recovery_portfolios(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPortfolioRecovery>,
    req: HttpRequest,
) -> Answer {
    let list = "recovery.portfolios";
    let window = cursors.window(list, query.cursor.as_deref(), query.limit)?;
    let of = Of { creditor: query.creditor_id, portfolio: None };
    let rows = recovery::portfolios(&app, &caller.0, of, window.after, window.one_more()).await?;
    let currency = recovery::currency(&app, &caller.0).await?;
    let shown = |row| PortfolioRecovery::new(row, currency);
    Ok(cursors.answer(&req, list, window.cut(rows), |row| row.id, shown))
}

/// Read the recovery of a portfolio.
#[utoipa::path(
    tag = "Recovery",
    params(("portfolio_id" = PortfolioId, Path, description = "Which.")),
    responses((status = 200, description = "The figures.", body = RecoverySummary)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/portfolios/{portfolio_id}/recovery")]
async fn get_portfolio_recovery(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PortfolioId>,
) -> Answer {
    let of = Of { creditor: None, portfolio: Some(*id) };
    let summary = recovery::summary(&app, &caller.0, of).await?;
    Ok(HttpResponse::Ok().json(RecoverySummary::from(summary)))
}

impl From<Summary> for RecoverySummary {
    fn from(it: Summary) -> Self {
        let collected = |money| WireMoney::new(money, it.currency);
        Self {
            as_of: it.as_of,
            figures: RecoveryFigures::new(&it.figures, it.currency),
            months: it
                .months
                .iter()
                .map(|(month, sum)| MonthCollected {
                    month: month.first(),
                    collected: collected(*sum),
                })
                .collect(),
        }
    }
}

impl RecoveryFigures {
    fn new(it: &Figures, currency: Currency) -> Self {
        let money = |money| WireMoney::new(money, currency);
        let share = |of| it.liquidation(of).map(|share| Share(share.to_string()));
        Self {
            accounts: it.accounts,
            placed: money(it.placed),
            withdrawn: money(it.withdrawn),
            open_accounts: it.open_accounts,
            open_owed: money(it.open_owed),
            paid_accounts: it.paid_accounts,
            recalled_accounts: it.recalled_accounts,
            closed_accounts: it.closed_accounts,
            commission: money(it.commission),
            collected: money(it.collected),
            collected_this_month: money(it.collected_this_month),
            collected_last_month: money(it.collected_last_month),
            liquidation: Liquidation {
                of_gross_placed: share(Denominator::GrossPlaced),
                of_net_placed: share(Denominator::NetPlaced),
            },
        }
    }
}

impl PortfolioRecovery {
    fn new(it: PortfolioFigures, currency: Currency) -> Self {
        Self {
            portfolio_id: it.id,
            creditor_id: it.creditor,
            code: it.code,
            name: it.name,
            figures: RecoveryFigures::new(&it.figures, currency),
        }
    }
}

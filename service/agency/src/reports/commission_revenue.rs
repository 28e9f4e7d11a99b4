//! Commission revenue: what was earned, and what of it is revenue (money rule 13).

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::Money;
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::CommissionRevenue,
    title: "Commission revenue",
    answers: "What commission did we earn each month, and what of it has become revenue?",
    formula: "Earned in trust: AGENCY_EARNED of payments and returns. Earned as a receivable: COMMISSION_REVENUE of \
        payments and returns (PC, gross contracts); revenue at once. Swept: COMMISSION_REVENUE of sweeps. Revenue: every \
        credit less debit of COMMISSION_REVENUE; it ties to the trial balance.",
    denominator: None,
    cut_off: "By the month of posting, in the agency's time zone. Sweeps belong to no creditor and are left out where \
        one is asked for.",
};

/// One month.
#[derive(Debug, Clone, FromQueryResult)]
pub struct RevenueRow {
    /// The first day of the month.
    pub month: NaiveDate,
    /// Commission on payments into trust, less that of returns.
    pub in_trust: Money,
    /// Commission that creditors owe, less that of returns.
    pub receivable: Money,
    /// What sweeps made revenue.
    pub swept: Money,
    /// All that became revenue.
    pub revenue: Money,
}

impl RevenueRow {
    /// Earned in the month, revenue or not yet.
    pub fn earned(&self) -> Money {
        self.in_trust.plus(self.receivable).unwrap_or(Money::ZERO)
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn commission_revenue(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<RevenueRow>, ReportRefused> {
    let report = open(app, actor, Name::CommissionRevenue, asked).await?;
    let Reach { agency, creditor, every, portfolios, .. } = report.reach.clone();
    let (begins, ends, zone) = (report.begins, report.ends, report.books.zone.as_str());
    let rows = RevenueRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH moved AS (
               SELECT date_trunc('month', x.posted_at AT TIME ZONE {zone})::date AS month, x.source_type,
                      CASE WHEN 'agency_earned' IN (x.debit_ledger, x.credit_ledger) THEN 'agency_earned'
                           ELSE 'commission_revenue' END AS ledger,
                      CASE WHEN x.credit_ledger IN ('agency_earned', 'commission_revenue') THEN x.amount
                           ELSE -x.amount END AS amount
               FROM transfer x
               WHERE x.agency_id = {agency} AND x.posted_at >= {begins} AND x.posted_at < {ends}
                 AND (x.debit_ledger IN ('agency_earned', 'commission_revenue')
                      OR x.credit_ledger IN ('agency_earned', 'commission_revenue'))
                 AND ({creditor}::uuid IS NULL OR x.creditor_id = {creditor})
                 AND ({every} OR EXISTS (SELECT FROM account a WHERE a.agency_id = {agency} AND a.id = x.account_id
                                         AND a.portfolio_id IN ({..portfolios}))))
           SELECT month,
                  coalesce(sum(amount) FILTER (WHERE ledger = 'agency_earned' AND source_type = 'payment'), 0)::bigint AS in_trust,
                  coalesce(sum(amount) FILTER (WHERE ledger = 'commission_revenue' AND source_type = 'payment'), 0)::bigint AS receivable,
                  coalesce(sum(amount) FILTER (WHERE ledger = 'commission_revenue' AND source_type = 'sweep'), 0)::bigint AS swept,
                  coalesce(sum(amount) FILTER (WHERE ledger = 'commission_revenue'), 0)::bigint AS revenue
           FROM moved GROUP BY 1 ORDER BY 1"#
    ))
    .all(&report.tx)
    .await?;
    let total = RevenueRow {
        month: report.to,
        in_trust: sum(&rows, |row| row.in_trust),
        receivable: sum(&rows, |row| row.receivable),
        swept: sum(&rows, |row| row.swept),
        revenue: sum(&rows, |row| row.revenue),
    };
    report.over_period(Name::CommissionRevenue, rows, Some(total)).await
}

impl Row for RevenueRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("month", "Month", Kind::Date),
            Column::new("in_trust", "Earned in trust", Kind::Money),
            Column::new("receivable", "Earned as receivable", Kind::Money),
            Column::new("earned", "Earned", Kind::Money),
            Column::new("swept", "Swept", Kind::Money),
            Column::new("revenue", "Revenue", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Date(self.month),
            Cell::Money(self.in_trust),
            Cell::Money(self.receivable),
            Cell::Money(self.earned()),
            Cell::Money(self.swept),
            Cell::Money(self.revenue),
        ]
    }
}

//! Daily cash: what came and went each day, by method and trust account.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::Money;
use domain::payment::PaymentMethod;
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::DailyCash,
    title: "Daily cash",
    answers: "What did we take in and give back each day, and how did it come?",
    formula: "Received: what reached trust (PU in full, PA less what the forwarder kept). Returned: what \
        left it again by a return. Net: received less returned. Direct: payments to the creditor (PC) less \
        their returns; no cash of ours.",
    denominator: None,
    cut_off: "Payments by the day they were posted, in the agency's time zone; later changes are postings of \
        their own day.",
};

/// One day, method and trust account.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CashRow {
    /// The day of posting.
    pub day: NaiveDate,
    /// How it came; none in the totals.
    pub method: Option<PaymentMethod>,
    /// The trust account; none for payments to the creditor.
    pub trust_account: Option<String>,
    /// Payments.
    pub payments: i64,
    /// Returns.
    pub returns: i64,
    /// What reached trust.
    pub received: Money,
    /// What left it by returns.
    pub returned: Money,
    /// Paid to the creditor, less returns.
    pub direct: Money,
}

impl CashRow {
    /// Received less returned.
    pub fn net(&self) -> Money {
        self.received.minus(self.returned).unwrap_or(Money::ZERO)
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn daily_cash(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<CashRow>, ReportRefused> {
    let report = open(app, actor, Name::DailyCash, asked).await?;
    let Reach { agency, creditor, every, portfolios, .. } = report.reach.clone();
    let (begins, ends, zone) = (report.begins, report.ends, report.books.zone.as_str());
    let rows = CashRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT (p.posted_at AT TIME ZONE {zone})::date AS day, p.method, t.name AS trust_account,
                  count(*) FILTER (WHERE p.kind NOT LIKE '%_return') AS payments,
                  count(*) FILTER (WHERE p.kind LIKE '%_return') AS returns,
                  coalesce(sum(m.came) FILTER (WHERE p.kind NOT LIKE '%_return'), 0)::bigint AS received,
                  coalesce(sum(m.went) FILTER (WHERE p.kind LIKE '%_return'), 0)::bigint AS returned,
                  coalesce(sum(CASE p.kind WHEN 'paid_creditor' THEN p.amount
                                           WHEN 'paid_creditor_return' THEN -p.amount END), 0)::bigint AS direct
           FROM payment p
           LEFT JOIN LATERAL (
               SELECT x.trust_account_id,
                      sum(x.amount) FILTER (WHERE x.debit_ledger IN ('trust_cash', 'processor_clearing')) AS came,
                      sum(x.amount) FILTER (WHERE x.credit_ledger IN ('trust_cash', 'processor_clearing')) AS went
               FROM transfer x
               WHERE x.agency_id = {agency} AND x.payment_id = p.id AND x.trust_account_id IS NOT NULL
                 AND x.source_type = 'payment'
               GROUP BY 1) m ON true
           LEFT JOIN trust_account t ON t.agency_id = p.agency_id AND t.id = m.trust_account_id
           WHERE p.agency_id = {agency} AND p.posted_at >= {begins} AND p.posted_at < {ends}
             AND ({creditor}::uuid IS NULL OR p.creditor_id = {creditor})
             AND ({every} OR EXISTS (SELECT FROM account a WHERE a.agency_id = {agency} AND a.id = p.account_id
                                     AND a.portfolio_id IN ({..portfolios})))
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"#
    ))
    .all(&report.tx)
    .await?;
    let total = CashRow {
        day: report.to,
        method: None,
        trust_account: None,
        payments: rows.iter().map(|row| row.payments).sum(),
        returns: rows.iter().map(|row| row.returns).sum(),
        received: sum(&rows, |row| row.received),
        returned: sum(&rows, |row| row.returned),
        direct: sum(&rows, |row| row.direct),
    };
    report.over_period(Name::DailyCash, rows, Some(total)).await
}

impl Row for CashRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("day", "Posted", Kind::Date),
            Column::new("method", "Method", Kind::Text),
            Column::new("trust_account", "Trust account", Kind::Text),
            Column::new("payments", "Payments", Kind::Count),
            Column::new("returns", "Returns", Kind::Count),
            Column::new("received", "Received", Kind::Money),
            Column::new("returned", "Returned", Kind::Money),
            Column::new("net", "Net", Kind::Money),
            Column::new("direct", "Direct to creditor", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Date(self.day),
            self.method.map_or(Cell::Blank, |method| Cell::text(method.words())),
            self.trust_account.clone().map_or(Cell::Blank, Cell::named),
            Cell::Count(self.payments),
            Cell::Count(self.returns),
            Cell::Money(self.received),
            Cell::Money(self.returned),
            Cell::Money(self.net()),
            Cell::Money(self.direct),
        ]
    }
}

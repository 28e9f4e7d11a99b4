//! Deposits: every movement of the trust bank account, day by day, as the bank shows it.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::Money;
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::Deposit,
    title: "Deposits",
    answers: "What went into and out of the trust bank account each day, so that it ties to the bank?",
    formula: "Transfers that debit TRUST_CASH are deposits, those that credit it withdrawals; the net total is the \
        change of the book balance over the period.",
    denominator: None,
    cut_off: "By the day of deposit where one was entered, else by the effective date.",
};

/// One day, trust account and source.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DepositRow {
    /// The day of deposit.
    pub day: NaiveDate,
    /// The trust account; none in the totals.
    pub trust_account: Option<String>,
    /// What caused it: `payment`, `payout`, `remittance`, `sweep`, `advance` and so on; for payments the
    /// method follows.
    pub source: String,
    /// Transfers that came together: one a payment, payout and so on.
    pub items: i64,
    /// Paid in.
    pub deposited: Money,
    /// Taken out.
    pub withdrawn: Money,
}

impl DepositRow {
    /// Paid in less taken out.
    pub fn net(&self) -> Money {
        self.deposited.minus(self.withdrawn).unwrap_or(Money::ZERO)
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn deposit(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<DepositRow>, ReportRefused> {
    let report = open(app, actor, Name::Deposit, asked).await?;
    let Reach { agency, creditor, .. } = report.reach.clone();
    let (from, to) = (report.from, report.to);
    let rows = DepositRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT coalesce(x.deposited_on, x.effective_on) AS day, t.name AS trust_account,
                  x.source_type || coalesce(' ' || p.method, '') AS source,
                  count(DISTINCT x.txn_id) AS items,
                  coalesce(sum(x.amount) FILTER (WHERE x.debit_ledger = 'trust_cash'), 0)::bigint AS deposited,
                  coalesce(sum(x.amount) FILTER (WHERE x.credit_ledger = 'trust_cash'), 0)::bigint AS withdrawn
           FROM transfer x
           JOIN trust_account t ON t.agency_id = x.agency_id AND t.id = x.trust_account_id
           LEFT JOIN payment p ON p.agency_id = x.agency_id AND p.id = x.payment_id
           WHERE x.agency_id = {agency} AND (x.debit_ledger = 'trust_cash' OR x.credit_ledger = 'trust_cash')
             AND coalesce(x.deposited_on, x.effective_on) BETWEEN {from} AND {to}
             AND ({creditor}::uuid IS NULL OR x.creditor_id = {creditor})
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"#
    ))
    .all(&report.tx)
    .await?;
    let total = DepositRow {
        day: to,
        trust_account: None,
        source: String::new(),
        items: rows.iter().map(|row| row.items).sum(),
        deposited: sum(&rows, |row| row.deposited),
        withdrawn: sum(&rows, |row| row.withdrawn),
    };
    report.over_period(Name::Deposit, rows, Some(total)).await
}

impl Row for DepositRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("day", "Deposited", Kind::Date),
            Column::new("trust_account", "Trust account", Kind::Text),
            Column::new("source", "Source", Kind::Text),
            Column::new("items", "Items", Kind::Count),
            Column::new("deposited", "In", Kind::Money),
            Column::new("withdrawn", "Out", Kind::Money),
            Column::new("net", "Net", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Date(self.day),
            self.trust_account.clone().map_or(Cell::Blank, Cell::named),
            Cell::text(self.source.replace('_', " ")),
            Cell::Count(self.items),
            Cell::Money(self.deposited),
            Cell::Money(self.withdrawn),
            Cell::Money(self.net()),
        ]
    }
}

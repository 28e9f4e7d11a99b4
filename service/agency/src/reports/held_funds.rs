//! Held and unremitted funds: what is the creditors' and on no statement yet, and why.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::{CreditorId, Money};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{DeriveActiveEnum, EnumIter, FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::HeldFunds,
    title: "Held and unremitted funds",
    answers: "Which money has arrived for a creditor and is on no statement yet, and when will it be?",
    formula: "Payments into trust less returns that no closed statement has. On hold: available after today. Delayed: \
        skips the next close. Blocked: waits until released. Available: on the next statement. The creditor's part is \
        the amount, on a net contract less the commission.",
    denominator: None,
    cut_off: "As of now; a payment is available from its available-on day.",
};

/// Why it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Waiting {
    /// It is available after today.
    OnHold,
    /// It skips the next close.
    Delayed,
    /// It waits until it is released.
    Blocked,
    /// It will be on the next statement.
    Available,
}

impl Waiting {
    /// In plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OnHold => "on hold",
            Self::Delayed => "delayed",
            Self::Blocked => "blocked",
            Self::Available => "available",
        }
    }
}

/// One creditor, reason and day.
#[derive(Debug, Clone, FromQueryResult)]
pub struct HeldRow {
    /// Whose.
    pub creditor_id: Option<CreditorId>,
    /// The creditor's name.
    pub creditor: String,
    /// Why it waits; none in the totals.
    pub waiting: Option<Waiting>,
    /// From which day it is available.
    pub available_on: NaiveDate,
    /// Payments and returns.
    pub items: i64,
    /// What was paid on the debts, less returns.
    pub amount: Money,
    /// The agency's commission on it.
    pub commission: Money,
    /// The creditor's part of what is in trust.
    pub share: Money,
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn held_funds(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<HeldRow>, ReportRefused> {
    let report = open(app, actor, Name::HeldFunds, asked).await?;
    let Reach { agency, all, creditors, creditor, every, portfolios, .. } = report.reach.clone();
    let today = report.books.today;
    let rows = HeldRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT c.id AS creditor_id, c.name AS creditor,
                  CASE WHEN p.holding <> 'normal' THEN p.holding
                       WHEN p.available_on > {today} THEN 'on_hold' ELSE 'available' END AS waiting,
                  greatest(p.available_on, {today}) AS available_on, count(*) AS items,
                  sum(s.sign * p.applied)::bigint AS amount, sum(s.sign * p.commission)::bigint AS commission,
                  sum(s.sign * (p.applied - CASE WHEN p.commission_basis = 'gross' THEN coalesce(p.forwarder_fee, 0)
                                                 ELSE p.commission END))::bigint AS share
           FROM payment p
           JOIN creditor c ON c.agency_id = p.agency_id AND c.id = p.creditor_id
           CROSS JOIN LATERAL (SELECT CASE WHEN p.kind LIKE '%_return' THEN -1 ELSE 1 END AS sign) s
           WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL AND p.statement_id IS NULL
             AND p.kind NOT IN ('paid_creditor', 'paid_creditor_return')
             AND ({all} OR p.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR p.creditor_id = {creditor})
             AND ({every} OR EXISTS (SELECT FROM account a WHERE a.agency_id = {agency} AND a.id = p.account_id
                                     AND a.portfolio_id IN ({..portfolios})))
           GROUP BY 1, 2, 3, 4 ORDER BY 2, 1, 4, 3"#
    ))
    .all(&report.tx)
    .await?;
    let total = HeldRow {
        creditor_id: None,
        creditor: String::new(),
        waiting: None,
        available_on: today,
        items: rows.iter().map(|row| row.items).sum(),
        amount: sum(&rows, |row| row.amount),
        commission: sum(&rows, |row| row.commission),
        share: sum(&rows, |row| row.share),
    };
    report.of_now(Name::HeldFunds, rows, Some(total)).await
}

impl Row for HeldRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("creditor", "Creditor", Kind::Text),
            Column::new("waiting", "Why it waits", Kind::Text),
            Column::new("available_on", "Available on", Kind::Date),
            Column::new("items", "Items", Kind::Count),
            Column::new("amount", "Amount", Kind::Money),
            Column::new("commission", "Commission", Kind::Money),
            Column::new("share", "Creditor's part", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::named(&self.creditor),
            self.waiting.map_or(Cell::Blank, |why| Cell::text(why.words())),
            if self.creditor_id.is_some() { Cell::Date(self.available_on) } else { Cell::Blank },
            Cell::Count(self.items),
            Cell::Money(self.amount),
            Cell::Money(self.commission),
            Cell::Money(self.share),
        ]
    }
}

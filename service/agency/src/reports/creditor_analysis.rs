//! Creditor analysis: month by month what was placed, collected, cancelled, and by whom.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::recovery::{Percentage, effective_fee};
use domain::{CreditorId, Money};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::CreditorAnalysis,
    title: "Creditor analysis",
    answers: "What did each creditor place, what did we collect and earn on it, and what was cancelled by whom?",
    formula: "Placed: accounts by the month of placement. Collected: PU, PC and PA less returns, by the month of effect, \
        whenever the account was placed. Cancelled by the creditor: recalled, placed in error, duplicate; by the agency: \
        closed for any other reason but payment; each with what was owed. Average age: days from service to placement.",
    denominator: Some("Effective fee: commission of collected, in the same month."),
    cut_off: "Whole months that touch the period, everything posted up to now.",
};

/// One creditor and month.
#[derive(Debug, Clone, FromQueryResult)]
pub struct AnalysisRow {
    /// Whose; none in the totals.
    pub creditor_id: Option<CreditorId>,
    /// The creditor's name.
    pub creditor: String,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Accounts placed.
    pub accounts: i64,
    /// What was placed.
    pub placed: Money,
    /// Days from service to placement, on average, of those; none where nothing was placed.
    pub age: Option<i64>,
    /// Collected less returns.
    pub collected: Money,
    /// The agency's commission on it.
    pub commission: Money,
    /// Accounts that the creditor cancelled.
    pub recalled: i64,
    /// What was owed on them.
    pub recalled_owed: Money,
    /// Accounts that the agency closed unpaid.
    pub closed: i64,
    /// What was owed on them.
    pub closed_owed: Money,
    /// Accounts paid or settled in full.
    pub paid: i64,
}

impl AnalysisRow {
    /// Commission of collected.
    pub fn effective_fee(&self) -> Option<Percentage> {
        effective_fee(self.commission, self.collected)
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn creditor_analysis(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<AnalysisRow>, ReportRefused> {
    let report = open(app, actor, Name::CreditorAnalysis, asked).await?;
    let Reach { agency, all, creditors, creditor, every, portfolios, rolled_to } =
        report.reach.clone();
    let (begins, from, to) = (report.begins, report.from, report.to);
    let zone = report.books.zone.as_str();
    // An account was made, and its status set, on its day of placement or later: the index by
    // the last change of status finds all that were placed or closed since.
    let rows = AnalysisRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH span AS (
               SELECT date_trunc('month', {from}::timestamp)::date AS first,
                      (date_trunc('month', {to}::timestamp) + interval '1 month')::date AS next),
           touched AS (
               SELECT s.creditor_id, s.portfolio_id, s.placed_in, s.standing, s.placed, s.owed, a.service_on, s.placed_on,
                      date_trunc('month', a.closed_at AT TIME ZONE {zone})::date AS closed_in
               FROM account_standing s JOIN account a ON a.agency_id = s.agency_id AND a.id = s.account_id, span
               WHERE s.agency_id = {agency}
                 AND (a.placed_on >= span.first AND a.placed_on < span.next
                      OR a.status_changed_at >= least({begins}::timestamptz, span.first::timestamp AT TIME ZONE {zone})
                         AND a.closed_at IS NOT NULL)),
           gathered AS (
               SELECT creditor_id, portfolio_id, collected_in, collected, commission
               FROM cohort_collection WHERE agency_id = {agency}
               UNION ALL
               SELECT creditor_id, portfolio_id, collected_in, collected, commission
               FROM payment_collected WHERE agency_id = {agency} AND posted_at >= {rolled_to}),
           part AS (
               SELECT creditor_id, portfolio_id, placed_in AS month, 1 AS accounts, placed, placed_on - service_on AS age,
                      0 AS collected, 0 AS commission, 0 AS recalled, 0 AS recalled_owed, 0 AS closed, 0 AS closed_owed,
                      0 AS paid
               FROM touched, span WHERE placed_in >= span.first AND placed_in < span.next
               UNION ALL
               SELECT creditor_id, portfolio_id, closed_in, 0, 0, NULL, 0, 0, (standing = 'recalled')::int,
                      CASE WHEN standing = 'recalled' THEN owed ELSE 0 END, (standing = 'closed')::int,
                      CASE WHEN standing = 'closed' THEN owed ELSE 0 END, (standing = 'paid')::int
               FROM touched, span WHERE closed_in >= span.first AND closed_in < span.next
               UNION ALL
               SELECT creditor_id, portfolio_id, collected_in, 0, 0, NULL, collected, commission, 0, 0, 0, 0, 0
               FROM gathered, span WHERE collected_in >= span.first AND collected_in < span.next)
           SELECT c.id AS creditor_id, c.name AS creditor, part.month, sum(accounts)::bigint AS accounts,
                  sum(placed)::bigint AS placed, round(avg(age))::bigint AS age, sum(collected)::bigint AS collected,
                  sum(commission)::bigint AS commission, sum(recalled)::bigint AS recalled,
                  sum(recalled_owed)::bigint AS recalled_owed, sum(closed)::bigint AS closed,
                  sum(closed_owed)::bigint AS closed_owed, sum(paid)::bigint AS paid
           FROM part JOIN creditor c ON c.agency_id = {agency} AND c.id = part.creditor_id
           WHERE ({all} OR part.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR part.creditor_id = {creditor})
             AND ({every} OR part.portfolio_id IN ({..portfolios}))
           GROUP BY 1, 2, 3 ORDER BY 2, 1, 3"#
    ))
    .all(&report.tx)
    .await?;
    let count = |of: fn(&AnalysisRow) -> i64| rows.iter().map(of).sum();
    let total = AnalysisRow {
        creditor_id: None,
        creditor: String::new(),
        month: to,
        accounts: count(|row| row.accounts),
        placed: sum(&rows, |row| row.placed),
        age: None,
        collected: sum(&rows, |row| row.collected),
        commission: sum(&rows, |row| row.commission),
        recalled: count(|row| row.recalled),
        recalled_owed: sum(&rows, |row| row.recalled_owed),
        closed: count(|row| row.closed),
        closed_owed: sum(&rows, |row| row.closed_owed),
        paid: count(|row| row.paid),
    };
    report.over_period(Name::CreditorAnalysis, rows, Some(total)).await
}

impl Row for AnalysisRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("creditor", "Creditor", Kind::Text),
            Column::new("month", "Month", Kind::Date),
            Column::new("accounts", "Accounts placed", Kind::Count),
            Column::new("placed", "Placed", Kind::Money),
            Column::new("average_age", "Average age, days", Kind::Count),
            Column::new("collected", "Collected", Kind::Money),
            Column::new("commission", "Commission", Kind::Money),
            Column::new("effective_fee", "Fee, % of collected", Kind::Percent),
            Column::new("recalled", "Cancelled by creditor", Kind::Count),
            Column::new("recalled_owed", "Owed on them", Kind::Money),
            Column::new("closed", "Cancelled by agency", Kind::Count),
            Column::new("closed_owed", "Owed on those", Kind::Money),
            Column::new("paid", "Paid or settled in full", Kind::Count),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::named(&self.creditor),
            if self.creditor_id.is_some() { Cell::Date(self.month) } else { Cell::Blank },
            Cell::Count(self.accounts),
            Cell::Money(self.placed),
            self.age.map_or(Cell::Blank, Cell::Count),
            Cell::Money(self.collected),
            Cell::Money(self.commission),
            Cell::share(self.effective_fee()),
            Cell::Count(self.recalled),
            Cell::Money(self.recalled_owed),
            Cell::Count(self.closed),
            Cell::Money(self.closed_owed),
            Cell::Count(self.paid),
        ]
    }
}

//! Collectors' productivity, the money part: what each was credited, earned, and had taken back.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use crate::collectors;
use chrono::NaiveDate;
use domain::recovery::{Month, PercentOf, Percentage};
use domain::{Money, UserId};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::CollectorProductivity,
    title: "Collectors' productivity",
    answers: "What was each collector credited with, what did it earn, and how does it stand against the goal?",
    formula: "Credited: the collector's part of what the rates are of (payments, or the commission on them), returns of \
        the month taken off. Earned: the part at the collector's rate. Claw-backs: for returns of the month. Bonus: by the \
        plan in force on the month's last day. Total: earned, claw-backs and bonus.",
    denominator: Some("Of the goal: credited in the month, of the month's goal."),
    cut_off: "Whole months that touch the period, by the month of posting and of the return.",
};

/// One collector and month.
#[derive(Debug, Clone)]
pub struct ProductivityRow {
    /// Who; none in the totals.
    pub collector: Option<UserId>,
    /// The collector's name.
    pub name: String,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Payments credited.
    pub payments: i64,
    /// Returns taken back.
    pub returns: i64,
    /// The collector's part of what the rates are of, returns taken off.
    pub credited: Money,
    /// Earned on payments.
    pub earned: Money,
    /// Taken back, zero or below.
    pub claw_backs: Money,
    /// The bonus.
    pub bonus: Money,
    /// All of it.
    pub total: Money,
    /// The month's goal.
    pub goal: Option<Money>,
}

impl ProductivityRow {
    /// Credited, of the goal.
    pub fn of_goal(&self) -> Option<Percentage> {
        self.goal.and_then(|goal| Percentage::new(self.credited, PercentOf::Goal, goal))
    }
}

#[derive(FromQueryResult)]
struct Counted {
    user_id: UserId,
    name: String,
    month: NaiveDate,
    payments: i64,
    returns: i64,
}

/// Makes the report. A creditor or portfolio does not narrow it: a bonus is of the whole month.
///
/// # Errors
/// [`ReportRefused`].
pub async fn collector_productivity(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<ProductivityRow>, ReportRefused> {
    let report = open(app, actor, Name::CollectorProductivity, asked).await?;
    let Reach { agency, .. } = report.reach.clone();
    let (from, to) = (Month::of(report.from).first(), Month::of(report.to).first());
    let counted = Counted::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT c.user_id, u.name, c.month, count(*) FILTER (WHERE c.kind = 'earned') AS payments,
                  count(*) FILTER (WHERE c.kind = 'claw_back') AS returns
           FROM collector_credit c JOIN app_user u ON u.agency_id = c.agency_id AND u.id = c.user_id
           WHERE c.agency_id = {agency} AND c.month BETWEEN {from} AND {to}
           GROUP BY 1, 2, 3 ORDER BY 3, 2, 1"#
    ))
    .all(&report.tx)
    .await?;
    let mut rows = Vec::with_capacity(counted.len());
    for one in counted {
        let (statement, terms) =
            collectors::month_of(&report.tx, one.user_id, Month::of(one.month)).await?;
        rows.push(ProductivityRow {
            collector: Some(one.user_id),
            name: one.name,
            month: one.month,
            payments: one.payments,
            returns: one.returns,
            credited: statement.base,
            earned: statement.commission,
            claw_backs: statement.claw_backs,
            bonus: statement.bonus,
            total: statement.total,
            goal: terms.and_then(|terms| terms.goal),
        });
    }
    let total = ProductivityRow {
        collector: None,
        name: String::new(),
        month: to,
        payments: rows.iter().map(|row| row.payments).sum(),
        returns: rows.iter().map(|row| row.returns).sum(),
        credited: sum(&rows, |row| row.credited),
        earned: sum(&rows, |row| row.earned),
        claw_backs: sum(&rows, |row| row.claw_backs),
        bonus: sum(&rows, |row| row.bonus),
        total: sum(&rows, |row| row.total),
        goal: None,
    };
    report.over_period(Name::CollectorProductivity, rows, Some(total)).await
}

impl Row for ProductivityRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("collector", "Collector", Kind::Text),
            Column::new("month", "Month", Kind::Date),
            Column::new("payments", "Payments", Kind::Count),
            Column::new("returns", "Returns", Kind::Count),
            Column::new("credited", "Credited", Kind::Money),
            Column::new("earned", "Earned", Kind::Money),
            Column::new("claw_backs", "Claw-backs", Kind::Money),
            Column::new("bonus", "Bonus", Kind::Money),
            Column::new("total", "Total", Kind::Money),
            Column::new("goal", "Goal", Kind::Money),
            Column::new("of_goal", "Credited, % of goal", Kind::Percent),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::named(&self.name),
            if self.collector.is_some() { Cell::Date(self.month) } else { Cell::Blank },
            Cell::Count(self.payments),
            Cell::Count(self.returns),
            Cell::Money(self.credited),
            Cell::Money(self.earned),
            Cell::Money(self.claw_backs),
            Cell::Money(self.bonus),
            Cell::Money(self.total),
            self.goal.map_or(Cell::Blank, Cell::Money),
            Cell::share(self.of_goal()),
        ]
    }
}

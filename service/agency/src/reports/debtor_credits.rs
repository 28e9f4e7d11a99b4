//! Debtors' credits: overpayments that belong to debtors.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use chrono::NaiveDate;
use domain::{DebtorId, Money};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::DebtorCredits,
    title: "Debtors' credits",
    answers: "Which debtors paid too much, how much is theirs, and since when?",
    formula: "Credits less debits of DEBTOR_CREDIT per debtor; debtors at zero are left out. Below zero: a credit was \
        refunded and its payment came back.",
    denominator: None,
    cut_off: "Everything posted up to now.",
};

/// One debtor.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CreditRow {
    /// The debtor; none in the totals.
    pub debtor_id: Option<DebtorId>,
    /// The debtor's name on the latest account.
    pub debtor: String,
    /// The reference of that account.
    pub reference: String,
    /// Accounts of the debtor.
    pub accounts: i64,
    /// The day of the first movement.
    pub since: NaiveDate,
    /// What is the debtor's.
    pub credit: Money,
}

/// Makes the report.
///
/// # Errors
/// [`ReportRefused`].
pub async fn debtor_credits(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<CreditRow>, ReportRefused> {
    let report = open(app, actor, Name::DebtorCredits, asked).await?;
    let Reach { agency, creditor, every, portfolios, .. } = report.reach.clone();
    let rows = CreditRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH credit AS (
               SELECT x.debtor_id, min(x.effective_on) AS since,
                      sum(CASE WHEN x.credit_ledger = 'debtor_credit' THEN x.amount ELSE -x.amount END)::bigint AS credit
               FROM transfer x
               WHERE x.agency_id = {agency} AND (x.debit_ledger = 'debtor_credit' OR x.credit_ledger = 'debtor_credit')
               GROUP BY 1)
           SELECT credit.debtor_id, a.debtor_name AS debtor, a.reference, n.accounts, credit.since, credit.credit
           FROM credit
           JOIN LATERAL (SELECT debtor_name, reference FROM account
                         WHERE agency_id = {agency} AND debtor_id = credit.debtor_id
                           AND ({creditor}::uuid IS NULL OR creditor_id = {creditor})
                           AND ({every} OR portfolio_id IN ({..portfolios}))
                         ORDER BY id DESC LIMIT 1) a ON true
           JOIN LATERAL (SELECT count(*) AS accounts FROM account
                         WHERE agency_id = {agency} AND debtor_id = credit.debtor_id) n ON true
           WHERE credit.credit <> 0
           ORDER BY credit.since, credit.debtor_id"#
    ))
    .all(&report.tx)
    .await?;
    let total = CreditRow {
        debtor_id: None,
        debtor: String::new(),
        reference: String::new(),
        accounts: rows.iter().map(|row| row.accounts).sum(),
        since: report.books.today,
        credit: sum(&rows, |row| row.credit),
    };
    report.of_now(Name::DebtorCredits, rows, Some(total)).await
}

impl Row for CreditRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("debtor", "Debtor", Kind::Text),
            Column::new("reference", "Latest account", Kind::Text),
            Column::new("accounts", "Accounts", Kind::Count),
            Column::new("since", "Since", Kind::Date),
            Column::new("credit", "Credit", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::named(&self.debtor),
            Cell::text(&self.reference),
            Cell::Count(self.accounts),
            if self.debtor_id.is_some() { Cell::Date(self.since) } else { Cell::Blank },
            Cell::Money(self.credit),
        ]
    }
}

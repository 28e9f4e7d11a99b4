//! The trial balance: every ledger of the trust and operating books.

use super::table::{Cell, Column, Kind, Row, sum};
use super::{Asked, Definition, Name, Report, ReportRefused, open};
use domain::ledger::{Book, Ledger, Side};
use domain::{Money, TrustAccountId};
use kernel::actor::Actor;
use kernel::app::App;
use ledger::recovery::Reach;
use sea_orm::{FromQueryResult, raw_sql};

pub(super) const DEFINITION: Definition = Definition {
    name: Name::TrialBalance,
    title: "Trial balance",
    answers: "Do debits equal credits, and what does each ledger hold?",
    formula: "Debits and credits of each ledger, trust by trust account; the balance is debits less credits for assets \
        and expenses, credits less debits for liabilities and revenue. Within each book debits equal credits.",
    denominator: None,
    cut_off: "Everything posted up to the end of the last day, in the agency's time zone.",
};

/// One ledger.
#[derive(Debug, Clone)]
pub struct BalanceRow {
    /// The ledger; none in the totals.
    pub ledger: Option<Ledger>,
    /// The trust account, for the ledgers of the trust book.
    pub trust_account: Option<(TrustAccountId, String)>,
    /// Its debits.
    pub debits: Money,
    /// Its credits.
    pub credits: Money,
}

impl BalanceRow {
    /// Debits less credits, for an asset; credits less debits for a liability.
    pub fn balance(&self) -> Money {
        let (one, two) = match self.ledger.map(Ledger::side) {
            Some(Side::Liability) => (self.credits, self.debits),
            Some(Side::Asset) | None => (self.debits, self.credits),
        };
        one.minus(two).unwrap_or(Money::ZERO)
    }

    fn book(&self) -> &'static str {
        match self.ledger.map(Ledger::book) {
            Some(Book::Trust) => "trust",
            Some(Book::Operating) => "operating",
            Some(Book::Memorandum) => "memorandum",
            None => "",
        }
    }
}

#[derive(FromQueryResult)]
struct Sums {
    ledger: Ledger,
    trust_account_id: Option<TrustAccountId>,
    trust_account: Option<String>,
    debits: Money,
    credits: Money,
}

/// Makes the report: the books as they stood at the end of the last day asked for. Creditor and
/// portfolio do not narrow it: a part of the books does not balance.
///
/// # Errors
/// [`ReportRefused`].
pub async fn trial_balance(
    app: &App,
    actor: &Actor,
    asked: Asked,
) -> Result<Report<BalanceRow>, ReportRefused> {
    let report = open(app, actor, Name::TrialBalance, asked).await?;
    let Reach { agency, .. } = report.reach.clone();
    let ends = report.ends;
    let sums = Sums::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH pair AS (
               SELECT debit_ledger, credit_ledger, trust_account_id, sum(amount) AS amount
               FROM transfer
               WHERE agency_id = {agency} AND posted_at < {ends}
                 AND debit_ledger NOT IN ('debt', 'debt_paid', 'debt_adjusted', 'debt_accrued')
               GROUP BY 1, 2, 3),
           side AS (
               SELECT debit_ledger AS ledger, trust_account_id, amount AS debits, 0 AS credits FROM pair
               UNION ALL
               SELECT credit_ledger, trust_account_id, 0, amount FROM pair)
           SELECT s.ledger, s.trust_account_id, t.name AS trust_account, sum(s.debits)::bigint AS debits,
                  sum(s.credits)::bigint AS credits
           FROM side s LEFT JOIN trust_account t ON t.agency_id = {agency} AND t.id = s.trust_account_id
           GROUP BY 1, 2, 3"#
    ))
    .all(&report.tx)
    .await?;
    let mut rows: Vec<BalanceRow> = sums
        .into_iter()
        .map(|row| BalanceRow {
            ledger: Some(row.ledger),
            trust_account: row.trust_account_id.zip(row.trust_account),
            debits: row.debits,
            credits: row.credits,
        })
        .collect();
    let place = |row: &BalanceRow| Ledger::ALL.into_iter().position(|one| Some(one) == row.ledger);
    rows.sort_by_key(|row| (row.trust_account.is_none(), row.trust_account.clone(), place(row)));
    let total = BalanceRow {
        ledger: None,
        trust_account: None,
        debits: sum(&rows, |row| row.debits),
        credits: sum(&rows, |row| row.credits),
    };
    report.over_period(Name::TrialBalance, rows, Some(total)).await
}

impl Row for BalanceRow {
    fn columns() -> Vec<Column> {
        vec![
            Column::new("book", "Book", Kind::Text),
            Column::new("trust_account", "Trust account", Kind::Text),
            Column::new("ledger", "Ledger", Kind::Text),
            Column::new("debits", "Debits", Kind::Money),
            Column::new("credits", "Credits", Kind::Money),
            Column::new("balance", "Balance", Kind::Money),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(self.book()),
            self.trust_account.clone().map_or(Cell::Blank, |(_, name)| Cell::named(name)),
            self.ledger.map_or(Cell::Blank, |ledger| Cell::text(ledger.name())),
            Cell::Money(self.debits),
            Cell::Money(self.credits),
            Cell::Money(self.balance()),
        ]
    }
}

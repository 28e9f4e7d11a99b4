//! The three-way reconciliation (domain rule 2.8, invariant 6): for each day that a bank statement
//! covers, what the bank says, what the book says, and what the sub-ledgers sum to; with what is under
//! way between bank and book.

use crate::findings::{Check, Finding};
use chrono::NaiveDate;
use domain::bank_statement::LineState;
use domain::{Currency, Money, Permission, TrustAccountId};
use entity::{agency, bank_line};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, raw_sql};

/// One day of one trust account.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Day {
    /// Which account.
    pub trust_account_id: TrustAccountId,
    /// Which day.
    pub day: NaiveDate,
    /// The bank's balance at its end.
    pub bank: Money,
    /// Trust cash in the book at its end, by days of deposit and disbursement.
    pub book: Money,
    /// What is owed to all owners less what is with the processor, by the same days.
    pub sub_ledgers: Money,
    /// In the book and not at the bank by that day: deposits on their way, less checks not cashed.
    pub under_way: Money,
    /// At the bank and not in the book by that day: to be worked, or explained by a note.
    pub bank_only: Money,
    /// Of it, what a person has explained.
    pub noted: Money,
    /// What is left unexplained: bank and under way, less what is at the bank only, less book.
    pub difference: Money,
}

impl Day {
    /// Whether all three agree but for what is under way or explained.
    pub fn reconciled(&self) -> bool {
        self.difference.is_zero() && self.book == self.sub_ledgers && self.bank_only == self.noted
    }
}

/// The days of one trust account between two days that a statement covers, oldest first; at most 366.
pub async fn report(
    app: &App,
    actor: &Actor,
    trust: TrustAccountId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(Currency, Vec<Day>), Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let days = days(&tx, Some(trust), from, to).await?;
    tx.commit().await?;
    Ok((agency.currency, days))
}

/// Every covered day between two, of one account or of all; the book's movements are counted by the
/// day on which the bank should see them.
async fn days(
    tx: &Tx,
    trust: Option<TrustAccountId>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Day>, Stop> {
    let agency = tx.agency();
    let days = Day::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH covered AS (
               SELECT s.trust_account_id, s.id, s.opening, d::date AS day
               FROM bank_statement s
               CROSS JOIN LATERAL generate_series(greatest(s.from_on, {from}), least(s.to_on, {to}), interval '1 day') AS d
               WHERE s.agency_id = {agency} AND ({trust}::uuid IS NULL OR s.trust_account_id = {trust}::uuid)
                 AND s.from_on <= {to} AND s.to_on >= {from}),
           first AS (
               SELECT trust_account_id, min(from_on) AS day FROM bank_statement
               WHERE agency_id = {agency} GROUP BY trust_account_id),
           bank AS (
               SELECT trust_account_id, bank_statement_id, id, booked_on, amount, state FROM bank_line
               WHERE agency_id = {agency} AND booked_on <= {to}),
           moved AS (
               SELECT t.trust_account_id, t.txn_id, min(coalesce(t.deposited_on, t.effective_on)) AS day,
                   sum(CASE WHEN t.debit_ledger = 'trust_cash' THEN t.amount
                            WHEN t.credit_ledger = 'trust_cash' THEN -t.amount ELSE 0 END)::bigint AS cash,
                   sum(CASE WHEN t.debit_ledger IN ('trust_cash', 'processor_clearing') THEN 0 ELSE -t.amount END
                     + CASE WHEN t.credit_ledger IN ('trust_cash', 'processor_clearing') THEN 0 ELSE t.amount END
                     - CASE WHEN t.debit_ledger = 'processor_clearing' THEN t.amount ELSE 0 END
                     + CASE WHEN t.credit_ledger = 'processor_clearing' THEN t.amount ELSE 0 END)::bigint AS owed,
                   (SELECT min(b.booked_on) FROM bank_match m JOIN bank b ON b.id = m.bank_line_id
                    WHERE m.agency_id = {agency} AND m.trust_account_id = t.trust_account_id
                      AND m.txn_id = t.txn_id) AS seen_on
               FROM transfer t
               WHERE t.agency_id = {agency} AND t.trust_account_id IN (SELECT trust_account_id FROM covered)
               GROUP BY t.trust_account_id, t.txn_id),
           matched AS (
               SELECT m.bank_line_id, max(x.day) AS day, sum(x.cash)::bigint AS cash
               FROM bank_match m JOIN moved x ON x.txn_id = m.txn_id AND x.trust_account_id = m.trust_account_id
               WHERE m.agency_id = {agency} GROUP BY m.bank_line_id),
           summed AS (
               SELECT c.trust_account_id, c.day,
                   (c.opening + coalesce((SELECT sum(b.amount) FROM bank b
                       WHERE b.bank_statement_id = c.id AND b.booked_on <= c.day), 0))::bigint AS bank,
                   coalesce((SELECT sum(x.cash) FROM moved x
                       WHERE x.trust_account_id = c.trust_account_id AND x.day <= c.day), 0)::bigint AS book,
                   coalesce((SELECT sum(x.owed) FROM moved x
                       WHERE x.trust_account_id = c.trust_account_id AND x.day <= c.day), 0)::bigint AS sub_ledgers,
                   coalesce((SELECT sum(x.cash) FROM moved x
                       WHERE x.trust_account_id = c.trust_account_id AND x.day <= c.day AND x.day >= f.day
                         AND (x.seen_on IS NULL OR x.seen_on > c.day)), 0)::bigint AS under_way,
                   coalesce((SELECT sum(b.amount) FROM bank b LEFT JOIN matched m ON m.bank_line_id = b.id
                       WHERE b.trust_account_id = c.trust_account_id AND b.booked_on <= c.day
                         AND (m.bank_line_id IS NULL OR m.day > c.day)), 0)::bigint AS bank_only,
                   coalesce((SELECT sum(b.amount) FROM bank b LEFT JOIN matched m ON m.bank_line_id = b.id
                       WHERE b.trust_account_id = c.trust_account_id AND b.booked_on <= c.day
                         AND (b.state = 'noted' OR m.day > c.day)), 0)::bigint AS noted
               FROM covered c JOIN first f ON f.trust_account_id = c.trust_account_id)
           SELECT s.*, s.bank + s.under_way - s.bank_only - s.book AS difference
           FROM summed s ORDER BY s.trust_account_id, s.day LIMIT 366"#
    ))
    .all(tx)
    .await?;
    Ok(days)
}

/// What contradicts the sixth invariant on the last covered day up to a day: the sums that do not
/// agree, and the lines of the bank that nobody has worked.
pub async fn findings(tx: &Tx, until: NaiveDate) -> Result<Vec<Finding>, Stop> {
    let mut found = Vec::new();
    for last in last_days(tx, until).await? {
        let (trust, day) = (last.trust_account_id, last.day);
        for day in days(tx, Some(trust), day, day).await? {
            let of = |detail: &str, sums| {
                Finding::of(Check::BankReconciliation, trust.0, detail, trust, sums)
            };
            if !day.difference.is_zero() {
                let bank =
                    Money::from_minor(day.book.minor().saturating_add(day.difference.minor()));
                found.push(of(&format!("bank on {}", day.day), (day.book, bank)));
            }
            if day.book != day.sub_ledgers {
                found.push(of(&format!("sub-ledgers on {}", day.day), (day.book, day.sub_ledgers)));
            }
        }
    }
    let open = bank_line::in_agency(tx.agency())
        .filter(bank_line::Column::State.eq(LineState::Open))
        .filter(bank_line::Column::BookedOn.lte(until))
        .all(tx)
        .await?;
    found.extend(open.into_iter().map(|line| {
        let sums = (Money::ZERO, line.amount);
        let trust = line.trust_account_id;
        Finding::of(Check::BankReconciliation, line.id.0, "bank line", trust, sums)
    }));
    Ok(found)
}

#[derive(FromQueryResult)]
struct Last {
    trust_account_id: TrustAccountId,
    day: NaiveDate,
}

async fn last_days(tx: &Tx, until: NaiveDate) -> Result<Vec<Last>, Stop> {
    let agency = tx.agency();
    Ok(Last::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT trust_account_id, max(least(to_on, {until})) AS day FROM bank_statement
           WHERE agency_id = {agency} AND from_on <= {until} GROUP BY trust_account_id"#
    ))
    .all(tx)
    .await?)
}

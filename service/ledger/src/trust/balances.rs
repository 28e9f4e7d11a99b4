//! The balances of the trust book: of everybody, at any instant.
//!
//! They start at the last checkpoint and add what was posted since, so that a book of millions of
//! transfers is as quick as a young one.

use chrono::{DateTime, NaiveDate, Utc};
use domain::books::{Lacking, Owner};
use domain::ledger::{Book, Ledger, Side};
use domain::{CreditorId, DebtorId, Money, TrustAccountId, TrustCheckpointId};
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{FromQueryResult, raw_sql};

/// Debits less credits of one ledger of one owner in one trust account.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub struct Balance {
    pub trust_account_id: TrustAccountId,
    pub ledger: Ledger,
    /// Creditors own what is payable to them.
    pub creditor_id: Option<CreditorId>,
    /// Debtors own their credits.
    pub debtor_id: Option<DebtorId>,
    /// Everything posted.
    pub booked: Money,
    /// Without funds on hold: money that goes out counts at once, money that comes in (and its return)
    /// when its hold is over (money rule 5).
    pub cleared: Money,
}

impl Balance {
    /// What is owed to the owner of a liability; below zero: somebody else's money lent it.
    fn owed(&self) -> Money {
        Money::from_minor(self.booked.minor().saturating_neg())
    }

    /// Whose it is.
    pub fn owner(&self) -> Owner {
        match (self.creditor_id, self.debtor_id) {
            (Some(creditor), _) => Owner::Creditor(creditor),
            (None, Some(debtor)) => Owner::Debtor(debtor),
            (None, None) => Owner::Agency,
        }
    }

    /// What is lacking in it, booked, where it is a liability below zero.
    pub fn lacking(&self) -> Option<Lacking> {
        let short = self.ledger.side() == Side::Liability && self.owed().is_negative();
        short.then(|| Lacking { ledger: self.ledger, owner: self.owner(), amount: self.booked })
    }
}

/// Where the sums begin: a checkpoint.
#[derive(FromQueryResult)]
struct Start {
    id: TrustCheckpointId,
    at: DateTime<Utc>,
}

/// The balances as they were at an instant, seen from a day of the agency. A return counts as cleared
/// when what it takes back does: what was held and came back never was anybody's to use. One row a ledger and
/// owner; what is zero by either count is left out.
pub async fn at(tx: &Tx, at: DateTime<Utc>, day: NaiveDate) -> Result<Vec<Balance>, Stop> {
    let agency = tx.agency();
    // Asked for first, so that the database knows how little is left to sum. It never changes.
    let start = Start::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id, at FROM trust_checkpoint
           WHERE agency_id = {agency} AND at <= {at} AND day <= {day} ORDER BY at DESC LIMIT 1"#
    ))
    .one(tx)
    .await?;
    let (checkpoint, since) = start.map(|start| (start.id, start.at)).unzip();
    let rows = Balance::find_by_statement(raw_sql!(
        Postgres,
        // Summed by both ledgers before the two sides are told apart: of millions of rows some are left.
        r#"WITH pairs AS (
               SELECT t.trust_account_id, t.debit_ledger, t.credit_ledger, t.creditor_id,
                      CASE WHEN 'debtor_credit' IN (t.debit_ledger, t.credit_ledger) THEN t.debtor_id END AS debtor_id,
                      CASE WHEN t.reverses_id IS NULL THEN t.available_on
                           ELSE (SELECT o.available_on FROM transfer o
                                 WHERE o.agency_id = {agency} AND o.id = t.reverses_id) END <= {day} AS clear,
                      sum(t.amount)::bigint AS amount
               FROM transfer t
               WHERE t.agency_id = {agency}
                 AND t.trust_account_id IN (SELECT a.id FROM trust_account a WHERE a.agency_id = {agency})
                 AND t.posted_at <= {at} AND t.posted_at > coalesce({since}::timestamptz, '-infinity')
               GROUP BY 1, 2, 3, 4, 5, 6),
           moved AS (
               SELECT trust_account_id, ledger, creditor_id, debtor_id, amount,
                      clears_on IS NULL OR clears_on <= {day} AS clear
               FROM trust_checkpoint_line
               WHERE agency_id = {agency} AND checkpoint_id = {checkpoint}::uuid AND trust_account_id IS NOT NULL
               UNION ALL
               SELECT p.trust_account_id, side.ledger,
                      CASE WHEN side.ledger IN ('client_payable', 'costs_advanced') THEN p.creditor_id END,
                      CASE WHEN side.ledger = 'debtor_credit' THEN p.debtor_id END,
                      side.sign * p.amount, p.clear
               FROM pairs p
               CROSS JOIN LATERAL (VALUES (p.debit_ledger, 1), (p.credit_ledger, -1)) AS side (ledger, sign))
           SELECT trust_account_id, ledger, creditor_id, debtor_id, sum(amount)::bigint AS booked,
                  coalesce(sum(amount) FILTER (WHERE clear), 0)::bigint AS cleared
           FROM moved GROUP BY 1, 2, 3, 4
           HAVING sum(amount) <> 0 OR coalesce(sum(amount) FILTER (WHERE clear), 0) <> 0"#
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().filter(|row| row.ledger.book() == Book::Trust).collect())
}

/// The balances of one trust account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrustBalances {
    /// In the bank.
    pub cash: Money,
    /// With the processor, not yet paid out.
    pub clearing: Money,
    /// Owed to creditors.
    pub client_payable: Money,
    /// Commission earned and not yet swept.
    pub agency_earned: Money,
    /// Overpaid by debtors.
    pub debtor_credit: Money,
    /// From unknown payers.
    pub unidentified: Money,
    /// Costs advanced by creditors.
    pub costs_advanced: Money,
}

impl TrustBalances {
    /// The sums over the rows of one account.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Balance> + Clone) -> Self {
        let sum = |ledger: Ledger| -> Money {
            let sum: Money =
                rows.clone().filter(|row| row.ledger == ledger).map(|r| r.booked).sum();
            match ledger.side() {
                Side::Asset => sum,
                Side::Liability => Money::from_minor(sum.minor().saturating_neg()),
            }
        };
        Self {
            cash: sum(Ledger::TrustCash),
            clearing: sum(Ledger::ProcessorClearing),
            client_payable: sum(Ledger::ClientPayable),
            agency_earned: sum(Ledger::AgencyEarned),
            debtor_credit: sum(Ledger::DebtorCredit),
            unidentified: sum(Ledger::Unidentified),
            costs_advanced: sum(Ledger::CostsAdvanced),
        }
    }
}

/// The balances of one trust account now, in the caller's transaction: what may leave the bank is
/// its `cash`.
pub async fn cash(tx: &Tx, trust: TrustAccountId) -> Result<TrustBalances, Stop> {
    let rows = now(tx).await?;
    Ok(TrustBalances::of(rows.iter().filter(|row| row.trust_account_id == trust)))
}

/// The balances now, of all trust accounts, whatever the day: for what counts everything booked.
pub async fn now(tx: &Tx) -> Result<Vec<Balance>, Stop> {
    let day = tx.now().date_naive() + chrono::Days::new(1);
    at(tx, tx.now(), day).await
}

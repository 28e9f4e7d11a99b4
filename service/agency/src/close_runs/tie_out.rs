//! The tie-out of a close: bank book, ledger, and the sum of all creditors (domain rule 2.8, money
//! rule 6).

use domain::{CreditorId, Money};
use kernel::db::Tx;
use kernel::stop::Stop;
use ledger::advances::default_account;
use sea_orm::{FromQueryResult, raw_sql};

/// The three sides.
#[derive(Debug, Clone)]
pub struct TieOut {
    /// In the trust bank account, by the book.
    pub cash: Money,
    /// With the processor.
    pub clearing: Money,
    /// Owed to creditors.
    pub client_payable: Money,
    /// Commission earned and not yet swept.
    pub agency_earned: Money,
    /// Overpayments of debtors, unidentified money, costs advanced.
    pub others: Money,
    /// Cash and clearing less all that is owed; zero when the trust book ties.
    pub difference: Money,
    /// The sum over the creditors of what their statements and payments say is owed to them.
    pub creditors: Money,
    /// `client_payable` less that; zero when the creditors tie.
    pub creditors_difference: Money,
    /// Creditors whose ledger says something else than their statements and payments.
    pub untied: Vec<CreditorTie>,
}

impl TieOut {
    /// Whether all sides say the same.
    pub fn holds(&self) -> bool {
        self.difference.is_zero() && self.creditors_difference.is_zero() && self.untied.is_empty()
    }
}

/// A creditor's ledger against its documents.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CreditorTie {
    /// Who.
    pub creditor: CreditorId,
    /// `CLIENT_PAYABLE`.
    pub payable: Money,
    /// The same by its documents: carried, kept as a credit, prepared, not yet on a statement, and
    /// what it owes besides open invoices.
    pub documented: Money,
}

#[derive(FromQueryResult)]
struct Trust {
    cash: Money,
    clearing: Money,
    client_payable: Money,
    agency_earned: Money,
    others: Money,
}

/// Ties out the trust account of the agency now.
pub(super) async fn tie_out(tx: &Tx) -> Result<TieOut, Stop> {
    let trust = trust(tx).await?;
    let ties = creditors(tx).await?;
    let documented: Money = ties.iter().map(|tie| tie.documented).sum();
    let minus = |a: Money, b: Money| Money::from_minor(a.minor().saturating_sub(b.minor()));
    let assets: Money = [trust.cash, trust.clearing].into_iter().sum();
    let owed: Money = [trust.client_payable, trust.agency_earned, trust.others].into_iter().sum();
    Ok(TieOut {
        cash: trust.cash,
        clearing: trust.clearing,
        client_payable: trust.client_payable,
        agency_earned: trust.agency_earned,
        others: trust.others,
        difference: minus(assets, owed),
        creditors: documented,
        creditors_difference: minus(trust.client_payable, documented),
        untied: ties.into_iter().filter(|tie| tie.payable != tie.documented).collect(),
    })
}

async fn trust(tx: &Tx) -> Result<Trust, Stop> {
    let (agency, trust) = (tx.agency(), default_account(tx).await?);
    Trust::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT coalesce(sum(m.amount) FILTER (WHERE m.ledger = 'trust_cash'), 0)::bigint AS cash,
               coalesce(sum(m.amount) FILTER (WHERE m.ledger = 'processor_clearing'), 0)::bigint AS clearing,
               coalesce(-sum(m.amount) FILTER (WHERE m.ledger = 'client_payable'), 0)::bigint AS client_payable,
               coalesce(-sum(m.amount) FILTER (WHERE m.ledger = 'agency_earned'), 0)::bigint AS agency_earned,
               coalesce(-sum(m.amount) FILTER (WHERE m.ledger IN ('debtor_credit', 'unidentified', 'costs_advanced')), 0)::bigint
                   AS others
           FROM (
               SELECT debit_ledger AS ledger, amount FROM transfer
               WHERE agency_id = {agency} AND trust_account_id = {trust}
               UNION ALL
               SELECT credit_ledger, -amount FROM transfer
               WHERE agency_id = {agency} AND trust_account_id = {trust}) m"#
    ))
    .one(tx)
    .await?
    .ok_or(Stop::NotFound("trust account"))
}

/// Invariant (5) for each creditor, from its documents: what its last statement left, what was
/// promised, the shares of payments that no statement shows, and what it owes besides invoices.
async fn creditors(tx: &Tx) -> Result<Vec<CreditorTie>, Stop> {
    let agency = tx.agency();
    Ok(CreditorTie::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH books AS (
               SELECT creditor_id,
                   coalesce(sum(CASE 'client_payable' WHEN credit_ledger THEN amount WHEN debit_ledger THEN -amount END), 0) AS payable,
                   coalesce(sum(CASE 'client_receivable' WHEN debit_ledger THEN amount WHEN credit_ledger THEN -amount END), 0)
                       AS receivable
               FROM transfer WHERE agency_id = {agency} AND creditor_id IS NOT NULL GROUP BY 1),
           stated AS (
               SELECT DISTINCT ON (creditor_id) creditor_id, carried + open_credit AS left_over
               FROM statement WHERE agency_id = {agency} ORDER BY creditor_id, period_end DESC),
           promised AS (
               SELECT creditor_id, sum(amount) AS prepared FROM remittance
               WHERE agency_id = {agency} AND state = 'prepared' GROUP BY 1),
           bills AS (
               SELECT creditor_id, sum(CASE kind WHEN 'invoice' THEN open ELSE -open END) AS open
               FROM invoice WHERE agency_id = {agency} AND open > 0 GROUP BY 1),
           paid AS (
               SELECT creditor_id, sum(unapplied) AS on_account FROM creditor_payment
               WHERE agency_id = {agency} AND unapplied > 0 GROUP BY 1),
           waiting AS (
               SELECT p.creditor_id,
                   sum(s.sign * CASE WHEN s.direct THEN 0
                       ELSE p.applied - coalesce(p.forwarder_fee, 0) - CASE WHEN s.gross THEN 0 ELSE s.own END END) AS payable,
                   sum(s.sign * CASE WHEN s.direct OR s.gross THEN s.own ELSE 0 END) AS receivable
               FROM payment p
               CROSS JOIN LATERAL (SELECT
                   CASE WHEN p.kind IN ('paid_agency_return', 'paid_creditor_return', 'paid_forwarder_return') THEN -1 ELSE 1 END AS sign,
                   p.kind IN ('paid_creditor', 'paid_creditor_return') AS direct,
                   coalesce(p.commission_basis, 'net') = 'gross' AS gross,
                   coalesce(p.commission, 0) - coalesce(p.forwarder_fee, 0) AS own) s
               WHERE p.agency_id = {agency} AND p.statement_id IS NULL AND p.posted_at IS NOT NULL
               GROUP BY 1)
           SELECT books.creditor_id AS creditor, books.payable::bigint AS payable,
               (coalesce(stated.left_over, 0) + coalesce(promised.prepared, 0) + coalesce(waiting.payable, 0)
                + books.receivable - coalesce(waiting.receivable, 0) - coalesce(bills.open, 0)
                + coalesce(paid.on_account, 0))::bigint AS documented
           FROM books
           LEFT JOIN stated USING (creditor_id) LEFT JOIN promised USING (creditor_id)
           LEFT JOIN bills USING (creditor_id) LEFT JOIN paid USING (creditor_id)
           LEFT JOIN waiting USING (creditor_id)
           ORDER BY 1"#
    ))
    .all(tx)
    .await?)
}

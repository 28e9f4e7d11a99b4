//! Everything of a creditor that no statement has shown, and what the books hold of it, in one query:
//! whatever is posted meanwhile is in both or in neither. The books start at the last checkpoint.

use chrono::{DateTime, NaiveDate, Utc};
use domain::account::AccountStatus;
use domain::hold::Holding;
use domain::payment::PaymentKind;
use domain::remittance::CommissionBasis;
use domain::statement::{Item, Ledgers};
use domain::{AccountId, Buckets, CreditorId, Money, PaymentId, Rate, Reference};
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use std::collections::{HashMap, HashSet};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Unstated {
    pub items: Vec<Item>,
    ledgers: Ledgers,
    /// What each payment did to `CLIENT_PAYABLE` and `CLIENT_RECEIVABLE`.
    moved: HashMap<PaymentId, (Money, Money)>,
}

#[derive(FromQueryResult)]
struct Row {
    total_payable: Money,
    total_receivable: Money,
    open_invoices: Money,
    open_credit_notes: Money,
    on_account: Money,
    prepared: Money,
    payment: Option<PaymentId>,
    account: Option<AccountId>,
    reference: Option<String>,
    client_account_number: Option<String>,
    debtor_name: Option<String>,
    kind: Option<PaymentKind>,
    effective_on: Option<NaiveDate>,
    posted_at: Option<DateTime<Utc>>,
    posted_on: Option<NaiveDate>,
    available_on: Option<NaiveDate>,
    holding: Option<Holding>,
    principal: Option<Money>,
    interest: Option<Money>,
    fees: Option<Money>,
    costs: Option<Money>,
    other: Option<Money>,
    forwarder_fee: Option<Money>,
    commission: Option<Money>,
    tax: Option<Money>,
    commission_rate: Option<Rate>,
    commission_basis: Option<CommissionBasis>,
    reverses_id: Option<PaymentId>,
    reversed_on: Option<i64>,
    balance: Option<Money>,
    status: Option<AccountStatus>,
    payable: Option<Money>,
    receivable: Option<Money>,
}

/// Reads it. Lines and transfers are looked up payment by payment: what a period reads grows with the period,
/// not with the years before it.
pub(super) async fn read(tx: &Tx, creditor: CreditorId) -> Result<Unstated, Stop> {
    let agency = tx.agency();
    // A large period is summed in memory; compiling the query would take longer than running it.
    tx.execute_unprepared("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off").await?;
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH start AS (
               SELECT id, at FROM trust_checkpoint WHERE agency_id = {agency} ORDER BY at DESC LIMIT 1),
           books AS (
               SELECT coalesce(sum(payable), 0)::bigint AS total_payable,
                      coalesce(sum(receivable), 0)::bigint AS total_receivable
               FROM (SELECT CASE ledger WHEN 'client_payable' THEN -amount END AS payable,
                            CASE ledger WHEN 'client_receivable' THEN amount END AS receivable
                     FROM trust_checkpoint_line
                     WHERE agency_id = {agency} AND checkpoint_id = (SELECT id FROM start) AND creditor_id = {creditor}
                     UNION ALL
                     SELECT CASE 'client_payable' WHEN credit_ledger THEN amount WHEN debit_ledger THEN -amount END,
                            CASE 'client_receivable' WHEN debit_ledger THEN amount WHEN credit_ledger THEN -amount END
                     FROM transfer
                     WHERE agency_id = {agency} AND creditor_id = {creditor}
                       AND posted_at > coalesce((SELECT at FROM start), '-infinity')) moved),
           bills AS (
               SELECT coalesce(sum(open) FILTER (WHERE kind = 'invoice'), 0)::bigint AS open_invoices,
                      coalesce(sum(open) FILTER (WHERE kind = 'credit_note'), 0)::bigint AS open_credit_notes
               FROM invoice WHERE agency_id = {agency} AND creditor_id = {creditor} AND open > 0),
           paid AS (
               SELECT coalesce(sum(unapplied), 0)::bigint AS on_account
               FROM creditor_payment WHERE agency_id = {agency} AND creditor_id = {creditor} AND unapplied > 0),
           promised AS (
               SELECT coalesce(sum(amount), 0)::bigint AS prepared
               FROM remittance WHERE agency_id = {agency} AND creditor_id = {creditor} AND state = 'prepared'),
           unstated AS (
               SELECT p.id, p.account_id, p.kind, p.effective_on, p.posted_at, p.available_on, p.holding,
                      p.forwarder_fee, p.commission, p.tax, p.commission_rate, p.commission_basis, p.reverses_id
               FROM payment p
               WHERE p.agency_id = {agency} AND p.creditor_id = {creditor} AND p.statement_id IS NULL
                 AND p.posted_at IS NOT NULL),
           items AS (
               SELECT u.id AS payment, u.account_id AS account, a.reference, a.client_account_number, a.debtor_name,
                      u.kind, u.effective_on, u.posted_at, (u.posted_at AT TIME ZONE g.time_zone)::date AS posted_on,
                      u.available_on, u.holding, s.principal, s.interest, s.fees, s.costs, s.other, u.forwarder_fee,
                      u.commission, u.tax, u.commission_rate, u.commission_basis, u.reverses_id,
                      shown.number AS reversed_on,
                      a.principal + a.interest + a.fees + a.costs + a.other AS balance, a.status,
                      m.payable, m.receivable
               FROM unstated u
               JOIN account a ON a.agency_id = {agency} AND a.id = u.account_id
               JOIN agency g ON g.id = {agency}
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'principal'), 0)::bigint AS principal,
                          coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'interest'), 0)::bigint AS interest,
                          coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'fees'), 0)::bigint AS fees,
                          coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'costs'), 0)::bigint AS costs,
                          coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'other'), 0)::bigint AS other
                   FROM payment_line l WHERE l.agency_id = {agency} AND l.payment_id = u.id) s
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(CASE 'client_payable' WHEN t.credit_ledger THEN t.amount WHEN t.debit_ledger THEN -t.amount END), 0)::bigint
                              AS payable,
                          coalesce(sum(CASE 'client_receivable' WHEN t.debit_ledger THEN t.amount WHEN t.credit_ledger THEN -t.amount END), 0)::bigint
                              AS receivable
                   FROM transfer t WHERE t.agency_id = {agency} AND t.payment_id = u.id) m
               LEFT JOIN LATERAL (
                   SELECT t.number FROM statement_line l
                   JOIN statement t ON t.agency_id = {agency} AND t.id = l.statement_id
                   WHERE l.agency_id = {agency} AND l.payment_id = u.reverses_id AND l.shown) shown
                   ON u.reverses_id IS NOT NULL)
           SELECT books.*, bills.*, paid.*, promised.*, items.*
           FROM books CROSS JOIN bills CROSS JOIN paid CROSS JOIN promised LEFT JOIN items ON true"#
    ))
    .all(tx)
    .await?;
    let mut found = Unstated::default();
    for row in rows {
        found.ledgers = Ledgers {
            payable: row.total_payable,
            prepared: row.prepared,
            receivable: row.total_receivable,
            open_invoices: row.open_invoices,
            open_credit_notes: row.open_credit_notes,
            on_account: row.on_account,
            ..Ledgers::default()
        };
        let (payable, receivable) = (row.payable, row.receivable);
        if let Some(item) = item(row) {
            let moved = (payable.unwrap_or_default(), receivable.unwrap_or_default());
            found.moved.insert(item.payment, moved);
            found.items.push(item);
        }
    }
    Ok(found)
}

/// The item of a row; none of the one row that a creditor without items has.
fn item(row: Row) -> Option<Item> {
    let status = row.status?;
    let paid_off = status.is_paid();
    let mark = paid_off.then(|| status.code().to_owned());
    let reference = row.reference?;
    Some(Item {
        payment: row.payment?,
        account: row.account?,
        reference: reference.parse::<Reference>().map_or(reference, |read| read.to_string()),
        client_account_number: row.client_account_number?,
        debtor_name: row.debtor_name?,
        kind: row.kind?,
        effective_on: row.effective_on?,
        posted_at: row.posted_at?,
        posted_on: row.posted_on?,
        available_on: row.available_on?,
        holding: row.holding?,
        applied: Buckets {
            principal: row.principal.unwrap_or_default(),
            interest: row.interest.unwrap_or_default(),
            fees: row.fees.unwrap_or_default(),
            costs: row.costs.unwrap_or_default(),
            other: row.other.unwrap_or_default(),
        },
        forwarder_fee: row.forwarder_fee.unwrap_or_default(),
        commission: row.commission.unwrap_or_default(),
        tax: row.tax.unwrap_or_default(),
        rate: row.commission_rate,
        // Payments from before the basis was kept were all posted net.
        basis: row.commission_basis.unwrap_or(CommissionBasis::Net),
        reverses: row.reverses_id,
        reversed_on: row.reversed_on,
        balance: row.balance?,
        mark,
    })
}

impl Unstated {
    /// What the creditor has paid on account.
    pub fn on_account(&self) -> Money {
        self.ledgers.on_account
    }

    /// The books, with the part that belongs to payments which are not on a statement of `stamped`.
    pub fn ledgers(
        &self,
        stamped: &HashSet<PaymentId>,
    ) -> Result<Ledgers, domain::money::TooLarge> {
        let mut ledgers = self.ledgers;
        for (payment, (payable, receivable)) in &self.moved {
            if !stamped.contains(payment) {
                ledgers.waiting_payable = ledgers.waiting_payable.plus(*payable)?;
                ledgers.waiting_receivable = ledgers.waiting_receivable.plus(*receivable)?;
            }
        }
        Ok(ledgers)
    }
}

//! Matching the bank's lines with the movements of trust cash, in the caller's transaction.

use chrono::{Days, NaiveDate};
use domain::bank_statement::matches::{BookLine, Matching, pair};
use domain::bank_statement::{BankLine, LineState};
use domain::{Money, TrustAccountId, TxnId};
use entity::{bank_line, bank_match, bank_statement};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Set,
    raw_sql,
};
use uuid::Uuid;

/// Days that a line of the bank and its movement may lie apart.
const WINDOW: u16 = 5;

/// A movement of trust cash in the books: one transaction.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Movement {
    /// Which.
    pub txn_id: TxnId,
    /// The day of deposit or disbursement.
    pub moved_on: NaiveDate,
    /// Above zero came in.
    pub amount: Money,
    /// What made it: `payment`, `remittance`, `payout`, `sweep`, `advance`, `credit_use`, `bank_line`.
    pub source_type: String,
    /// Which one.
    pub source_id: Uuid,
    /// What the bank may know it by.
    pub reference: Option<String>,
}

/// The movements that no line of the bank stands for yet, oldest first, up to a day. What lies before
/// the first imported statement is in its opening balance, but for what was under way when it began.
pub(super) async fn unmatched(
    tx: &Tx,
    trust: TrustAccountId,
    until: NaiveDate,
) -> Result<Vec<Movement>, Stop> {
    let (agency, window) = (tx.agency(), i32::from(WINDOW));
    Ok(Movement::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH first AS (
               SELECT min(from_on) AS day FROM bank_statement
               WHERE agency_id = {agency} AND trust_account_id = {trust}),
           moved AS (
               SELECT t.txn_id, min(coalesce(t.deposited_on, t.effective_on)) AS moved_on,
                   sum(CASE WHEN t.debit_ledger = 'trust_cash' THEN t.amount ELSE -t.amount END)::bigint AS amount,
                   min(t.source_type) AS source_type, (array_agg(t.source_id))[1] AS source_id
               FROM transfer t
               WHERE t.agency_id = {agency} AND t.trust_account_id = {trust}
                 AND (t.debit_ledger = 'trust_cash' OR t.credit_ledger = 'trust_cash')
                 AND coalesce(t.deposited_on, t.effective_on) BETWEEN (SELECT day FROM first) - {window}::int AND {until}
                 AND NOT EXISTS (SELECT FROM bank_match m
                     WHERE m.agency_id = {agency} AND m.trust_account_id = t.trust_account_id
                       AND m.txn_id = t.txn_id)
               GROUP BY t.txn_id)
           SELECT m.txn_id, m.moved_on, m.amount, m.source_type, m.source_id,
               CASE m.source_type
                   WHEN 'payout' THEN (SELECT provider_id FROM payout
                       WHERE agency_id = {agency} AND id = m.source_id)
                   WHEN 'remittance' THEN (SELECT reference FROM remittance
                       WHERE agency_id = {agency} AND id = m.source_id)
                   WHEN 'credit_use' THEN (SELECT reference FROM credit_use
                       WHERE agency_id = {agency} AND id = m.source_id)
                   WHEN 'payment' THEN (SELECT memo FROM payment
                       WHERE agency_id = {agency} AND id = m.source_id)
               END AS reference
           FROM moved m WHERE m.amount <> 0 ORDER BY m.moved_on, m.txn_id"#
    ))
    .all(tx)
    .await?)
}

/// The open lines of the bank, oldest first.
pub(super) async fn open_lines(
    tx: &Tx,
    trust: TrustAccountId,
) -> Result<Vec<bank_line::Model>, Stop> {
    Ok(bank_line::in_agency(tx.agency())
        .filter(bank_line::Column::TrustAccountId.eq(trust))
        .filter(bank_line::Column::State.eq(LineState::Open))
        .order_by_asc(bank_line::Column::BookedOn)
        .order_by_asc(bank_line::Column::Id)
        .all(tx)
        .await?)
}

/// What pairing the open lines with the unmatched movements comes to.
pub(super) fn paired(
    lines: &[bank_line::Model],
    books: &[Movement],
) -> Result<Matching<TxnId>, Fault> {
    let bank: Result<Vec<BankLine>, Fault> = lines.iter().map(as_read).collect();
    let books: Vec<BookLine<TxnId>> = books
        .iter()
        .map(|one| BookLine {
            id: one.txn_id,
            date: one.moved_on,
            amount: one.amount,
            reference: one.reference.clone(),
        })
        .collect();
    Ok(pair(&bank?, &books, WINDOW))
}

fn as_read(row: &bank_line::Model) -> Result<BankLine, Fault> {
    Ok(BankLine {
        line: u64::try_from(row.file_line).unwrap_or_default(),
        booked_on: row.booked_on,
        valued_on: row.valued_on,
        amount: row.amount,
        text: row.description.clone(),
        references: serde_json::from_value(row.names.clone())?,
        reversal: row.reversal,
        balance: None,
    })
}

/// Matches what can be matched without a person. The trust account is locked by the caller.
pub(super) async fn run(tx: &Tx, trust: TrustAccountId, today: NaiveDate) -> Result<(), Stop> {
    let last = bank_statement::in_agency(tx.agency())
        .filter(bank_statement::Column::TrustAccountId.eq(trust))
        .order_by_desc(bank_statement::Column::ToOn)
        .one(tx)
        .await?;
    let Some(last) = last else { return Ok(()) };
    let until = last.to_on.max(today) + Days::new(WINDOW.into());
    let lines = open_lines(tx, trust).await?;
    let books = unmatched(tx, trust, until).await?;
    for found in paired(&lines, &books)?.matches {
        if let Some(line) = lines.get(found.bank) {
            tie(tx, line.clone(), &found.books, found.by.name(), None).await?;
        }
    }
    Ok(())
}

/// Ties a line of the bank to movements of the books.
pub(super) async fn tie(
    tx: &Tx,
    line: bank_line::Model,
    txns: &[TxnId],
    by: &str,
    note: Option<String>,
) -> Result<(), Stop> {
    let (id, trust, version) = (line.id, line.trust_account_id, line.version);
    let rows = txns.iter().map(|txn| bank_match::ActiveModel {
        agency_id: Set(tx.agency()),
        txn_id: Set(*txn),
        trust_account_id: Set(trust),
        bank_line_id: Set(id),
        matched_at: Set(tx.now()),
    });
    bank_match::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let mut row: bank_line::ActiveModel = line.into();
    row.state = Set(LineState::Matched);
    row.matched_by = Set(Some(by.to_owned()));
    row.note = Set(note);
    row.worked_at = Set(Some(tx.now()));
    row.worked_by = Set(Some(tx.signature().name.clone()));
    row.version = Set(version + 1);
    row.update(tx).await?;
    Ok(())
}

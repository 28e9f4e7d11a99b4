//! Writing to the ledger: the transfers of one cause, in one statement, once.
//!
//! Payments write their own transfers in the statement that posts them; everything else that moves
//! money or changes a debt comes through here. The unique key of the cause
//! (`source_type, source_id, effect, line`) makes a second write of it fail.

use chrono::NaiveDate;
use domain::books::Move;
use domain::ledger::{Book, Ledger};
use domain::posting::Transfer;
use domain::{AccountId, Money, TrustAccountId, TxnId};
use entity::account;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Fault;
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use serde_json::json;
use uuid::Uuid;

/// What causes transfers: the same cause posts the same effect once.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// `statement`, `remittance`, `sweep`, `advance`, `payout`, `creditor_payment`, `credit_use`,
    /// `debt_entry`.
    pub source_type: &'static str,
    /// The row.
    pub source_id: Uuid,
    /// What of it: `post`, `offset`, `tax`, `void`.
    pub effect: &'static str,
    /// The day on which it takes effect; also the day on which it is available.
    pub effective_on: NaiveDate,
}

/// Writes moves of trust and operating money. Those within trust belong to the trust account.
pub async fn write(
    tx: &Tx,
    cause: Cause,
    trust: TrustAccountId,
    moves: &[Move],
) -> Result<(), Fault> {
    write_of(tx, cause, trust, None, moves).await
}

/// Writes moves that belong to one account: what becomes of a debtor's credit.
pub async fn write_of(
    tx: &Tx,
    cause: Cause,
    trust: TrustAccountId,
    account: Option<AccountId>,
    moves: &[Move],
) -> Result<(), Fault> {
    let rows: Vec<_> = moves
        .iter()
        .zip(0_i16..)
        .map(|(one, line)| {
            json!({
                "id": random::uuid(), "line": line, "debit": one.debit, "credit": one.credit,
                "amount": one.amount.money(), "creditor": one.creditor.map(|id| id.0),
                "debtor": one.debtor.map(|id| id.0), "in_trust": one.debit.book() == Book::Trust,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = json!(rows);
    let (agency, now, txn) = (tx.agency(), tx.now(), TxnId(random::uuid()));
    let Cause { source_type, source_id, effect, effective_on } = cause;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
               trust_account_id, creditor_id, account_id, debtor_id, effective_on, entered_at, posted_at,
               available_on, source_type, source_id, effect)
           SELECT {agency}, t.id, {txn}, t.line, t.debit, t.credit, t.amount,
               CASE WHEN t.in_trust THEN {trust}::uuid END, t.creditor, {account}, t.debtor, {effective_on}, {now}, {now},
               {effective_on}, {source_type}, {source_id}, {effect}
           FROM jsonb_to_recordset({rows})
               AS t (id uuid, line smallint, debit text, credit text, amount bigint, creditor uuid, debtor uuid,
                     in_trust boolean)"#
    ))
    .await?;
    Ok(())
}

/// Writes the memorandum transfers of an entry that changes a debt.
pub async fn write_debt(
    tx: &Tx,
    cause: Cause,
    account: &account::Model,
    transfers: &[Transfer],
) -> Result<(), Fault> {
    let rows: Vec<_> = transfers
        .iter()
        .zip(0_i16..)
        .map(|(one, line)| {
            json!({
                "id": random::uuid(), "line": line, "debit": one.debit, "credit": one.credit,
                "amount": one.amount.money(), "bucket": one.bucket,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = json!(rows);
    let (agency, now, txn) = (tx.agency(), tx.now(), TxnId(random::uuid()));
    let (account_id, creditor, debtor) = (account.id, account.creditor_id, account.debtor_id);
    let Cause { source_type, source_id, effect, effective_on } = cause;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
               creditor_id, account_id, debtor_id, bucket, effective_on, entered_at, posted_at, available_on,
               source_type, source_id, effect)
           SELECT {agency}, t.id, {txn}, t.line, t.debit, t.credit, t.amount,
               {creditor}, {account_id}, {debtor}, t.bucket, {effective_on}, {now}, {now}, {effective_on},
               {source_type}, {source_id}, {effect}
           FROM jsonb_to_recordset({rows})
               AS t (id uuid, line smallint, debit text, credit text, amount bigint, bucket text)"#
    ))
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Sum {
    held: Money,
}

/// What a ledger of a trust account holds now: debits less credits. It starts at the last checkpoint
/// and adds what was posted since, whatever day that takes effect: a checkpoint follows the order of
/// posting.
pub async fn held(tx: &Tx, trust: TrustAccountId, ledger: Ledger) -> Result<Money, Fault> {
    let agency = tx.agency();
    let sum = Sum::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH start AS (
               SELECT id, at FROM trust_checkpoint WHERE agency_id = {agency} ORDER BY at DESC LIMIT 1)
           SELECT (coalesce((SELECT sum(l.amount) FROM trust_checkpoint_line l
                             WHERE l.agency_id = {agency} AND l.checkpoint_id = (SELECT id FROM start)
                               AND l.trust_account_id = {trust} AND l.ledger = {ledger}), 0)
                   + coalesce((SELECT sum(CASE WHEN t.debit_ledger = {ledger} THEN t.amount ELSE -t.amount END)
                               FROM transfer t
                               WHERE t.agency_id = {agency} AND t.trust_account_id = {trust}
                                 AND t.posted_at > coalesce((SELECT at FROM start), '-infinity')
                                 AND (t.debit_ledger = {ledger} OR t.credit_ledger = {ledger})), 0))::bigint AS held"#
    ))
    .one(tx)
    .await?;
    Ok(sum.map_or(Money::ZERO, |sum| sum.held))
}

//! Writing to the ledger: the transfers of one cause, in one statement, once.
//!
//! Payments write their own transfers in the statement that posts them; everything else that moves
//! money or changes a debt comes through here. The unique key of the cause
//! (`source_type, source_id, effect, line`) makes a second write of it fail.

use chrono::NaiveDate;
use domain::books::Move;
use domain::ledger::{Book, Ledger};
use domain::posting::Transfer;
use domain::{AccountId, Money, TransferId, TrustAccountId, TxnId};
use entity::{account, transfer};
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Fault;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel, QueryTrait,
    Statement, raw_sql,
};
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
    let (agency, now, txn) = (tx.agency(), tx.now(), TxnId(random::uuid()));
    let row = |(one, line): (&Move, i16)| transfer::Model {
        agency_id: agency,
        id: TransferId(random::uuid()),
        txn_id: txn,
        line,
        debit_ledger: one.debit,
        credit_ledger: one.credit,
        amount: one.amount.money(),
        trust_account_id: (one.debit.book() == Book::Trust).then_some(trust),
        creditor_id: one.creditor,
        account_id: account,
        debtor_id: one.debtor,
        bucket: None,
        payment_id: None,
        effective_on: cause.effective_on,
        entered_at: now,
        posted_at: now,
        deposited_on: None,
        available_on: cause.effective_on,
        source_type: cause.source_type.to_owned(),
        source_id: cause.source_id,
        effect: cause.effect.to_owned(),
        reverses_id: None,
    };
    execute(tx, moves.iter().zip(0_i16..).map(row).collect()).await
}

/// Writes the memorandum transfers of an entry that changes a debt.
pub async fn write_debt(
    tx: &Tx,
    cause: Cause,
    account: &account::Model,
    transfers: &[Transfer],
) -> Result<(), Fault> {
    let (agency, now, txn) = (tx.agency(), tx.now(), TxnId(random::uuid()));
    let row = |(one, line): (&Transfer, i16)| transfer::Model {
        agency_id: agency,
        id: TransferId(random::uuid()),
        txn_id: txn,
        line,
        debit_ledger: one.debit,
        credit_ledger: one.credit,
        amount: one.amount.money(),
        trust_account_id: None,
        creditor_id: Some(account.creditor_id),
        account_id: Some(account.id),
        debtor_id: Some(account.debtor_id),
        bucket: one.bucket,
        payment_id: None,
        effective_on: cause.effective_on,
        entered_at: now,
        posted_at: now,
        deposited_on: None,
        available_on: cause.effective_on,
        source_type: cause.source_type.to_owned(),
        source_id: cause.source_id,
        effect: cause.effect.to_owned(),
        reverses_id: None,
    };
    execute(tx, transfers.iter().zip(0_i16..).map(row).collect()).await
}

/// The statement that writes transfers; none where there are none.
pub fn insert(rows: Vec<transfer::Model>) -> Option<Statement> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    (rows.len() > 0).then(|| transfer::Entity::insert_many(rows).build(DbBackend::Postgres))
}

async fn execute(tx: &Tx, rows: Vec<transfer::Model>) -> Result<(), Fault> {
    if let Some(statement) = insert(rows) {
        tx.execute_raw(statement).await?;
    }
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

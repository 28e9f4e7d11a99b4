//! Moving accounts between desks, set by set: the account, its history and its timeline in one
//! statement.

use domain::{AccountId, DeskId};
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Fault;
use sea_orm::{FromQueryResult, raw_sql};
use uuid::Uuid;

/// Accounts per statement.
const BATCH: usize = 10_000;

/// An account and the desk it goes to; none: nobody's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) account: AccountId,
    pub(super) to: Option<DeskId>,
}

#[derive(FromQueryResult)]
struct Id {
    id: AccountId,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// The open accounts of the packets of these accounts that are not on the desk already; none when
/// one of these accounts is unknown or closed. Locks them in the order of their ids.
pub(super) async fn waiting_with(
    tx: &Tx,
    accounts: &[AccountId],
    to: Option<DeskId>,
) -> Result<Option<Vec<AccountId>>, Fault> {
    let agency = tx.agency();
    let mut named: Vec<Uuid> = accounts.iter().map(|id| id.0).collect();
    named.sort_unstable();
    named.dedup();
    let asked = named.len();
    let known = Count::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT count(*) AS n FROM account
           WHERE agency_id = {agency} AND id = ANY({named}::uuid[]) AND closed_at IS NULL"#
    ))
    .one(tx)
    .await?;
    if known.and_then(|count| usize::try_from(count.n).ok()) != Some(asked) {
        return Ok(None);
    }
    let rows = Id::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT a.id FROM account a
           WHERE a.agency_id = {agency} AND a.closed_at IS NULL AND a.desk_id IS DISTINCT FROM {to}
             AND a.debtor_id IN (SELECT n.debtor_id FROM account n
                                 WHERE n.agency_id = {agency} AND n.id = ANY({named}::uuid[]))
           ORDER BY a.id FOR UPDATE OF a"#
    ))
    .all(tx)
    .await?;
    Ok(Some(rows.into_iter().map(|row| row.id).collect()))
}

/// The open accounts on a desk.
pub(super) async fn held(tx: &Tx, desk: DeskId) -> Result<i64, Fault> {
    let agency = tx.agency();
    let count = Count::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT count(*) AS n FROM account
           WHERE agency_id = {agency} AND desk_id = {desk} AND closed_at IS NULL"#
    ))
    .one(tx)
    .await?;
    Ok(count.map_or(0, |count| count.n))
}

/// Moves accounts, with a line in the history of each and on its timeline; an account in somebody's
/// hands leaves them. Answers how many moved.
pub(super) async fn apply(tx: &Tx, moves: &[Move], rule: &str) -> Result<u64, Fault> {
    let mut moved = 0;
    for batch in moves.chunks(BATCH) {
        moved += apply_batch(tx, batch, rule).await?;
    }
    Ok(moved)
}

#[derive(FromQueryResult)]
struct Moved {
    moved: i64,
}

async fn apply_batch(tx: &Tx, batch: &[Move], rule: &str) -> Result<u64, Fault> {
    let (agency, now, who) = (tx.agency(), tx.now(), tx.signature());
    let accounts: Vec<Uuid> = batch.iter().map(|one| one.account.0).collect();
    // An array has no place for "none": the nil id stands for it.
    let (nil, desk_of) = (Uuid::nil(), |one: &Move| one.to.map_or(Uuid::nil(), |desk| desk.0));
    let desks: Vec<Uuid> = batch.iter().map(desk_of).collect();
    let history: Vec<Uuid> = batch.iter().map(|_| random::uuid()).collect();
    let lines: Vec<Uuid> = batch.iter().map(|_| random::uuid()).collect();
    let (by_kind, by_id, by_name) = (who.kind, who.id, who.name.as_str());
    let done = Moved::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH asked AS MATERIALIZED (
               SELECT a.agency_id, a.id, a.desk_id AS from_desk, m.desk AS to_desk, m.history, m.line,
                      a.creditor_id, a.debtor_id, d.name AS desk_name
               FROM (SELECT account, nullif(desk, {nil}) AS desk, history, line
                     FROM unnest({accounts}::uuid[], {desks}::uuid[], {history}::uuid[], {lines}::uuid[])
                          AS u (account, desk, history, line)) m
               JOIN account a ON a.agency_id = {agency} AND a.id = m.account
               LEFT JOIN desk d ON d.agency_id = {agency} AND d.id = m.desk
               WHERE a.closed_at IS NULL AND a.desk_id IS DISTINCT FROM m.desk),
           placed AS (
               UPDATE account SET desk_id = asked.to_desk, lease_user_id = NULL, lease_until = NULL,
                      version = account.version + 1
               FROM asked WHERE account.agency_id = {agency} AND account.id = asked.id),
           noted AS (
               INSERT INTO timeline_entry (agency_id, id, account_id, creditor_id, debtor_id, kind, at,
                      actor_kind, actor_id, actor_name, summary, detail, client_visible)
               SELECT asked.agency_id, asked.line, asked.id, asked.creditor_id, asked.debtor_id, 'assigned', {now},
                      {by_kind}, {by_id}, {by_name},
                      CASE WHEN asked.desk_name IS NULL THEN 'Taken off its desk'
                           ELSE 'Placed on the desk ' || asked.desk_name END,
                      jsonb_build_object('rule', {rule}::text), false
               FROM asked RETURNING 1),
           given AS (
               INSERT INTO assignment (agency_id, id, account_id, from_desk_id, desk_id, rule, assigned_at,
                      assigned_by)
               SELECT agency_id, history, id, from_desk, to_desk, {rule}, {now}, {by_name} FROM asked
               RETURNING 1)
           SELECT count(*) AS moved FROM given"#
    ))
    .one(tx)
    .await?;
    Ok(done.map_or(0, |done| done.moved.unsigned_abs()))
}

/// Takes all open accounts off a desk that goes out of work.
pub async fn give_back(tx: &Tx, desk: DeskId) -> Result<u64, Fault> {
    let agency = tx.agency();
    let rows = Id::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id FROM account WHERE agency_id = {agency} AND desk_id = {desk} AND closed_at IS NULL
           ORDER BY id FOR UPDATE"#
    ))
    .all(tx)
    .await?;
    let moves: Vec<Move> = rows.into_iter().map(|row| Move { account: row.id, to: None }).collect();
    apply(tx, &moves, "desk_closed").await
}

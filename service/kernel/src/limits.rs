//! Limits on attempts, kept in the database so that neither a restart nor a second server forgets
//! them. Every attempt is counted before it is looked at, so parallel guesses gain nothing.

use crate::db::Tx;
use crate::stop::Fault;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use sha2::{Digest, Sha256};

/// How many attempts are allowed in which time.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is limited: `debtor_reference`, `user_password`.
    pub scope: &'static str,
    /// Attempts in one window.
    pub tries: u16,
    /// The window, in minutes; also the first block.
    pub minutes: u16,
    /// Whether each block is twice the one before, up to a day.
    pub doubles: bool,
}

#[derive(FromQueryResult)]
struct Counted {
    count: i32,
    blocked_until: Option<DateTime<Utc>>,
}

/// Counts one attempt of `subject`. Answers with the end of the block when there is one. The last
/// attempt allowed starts a block; after a block one attempt is allowed, and the next block is longer
/// where the limit doubles. The caller commits even when it refuses, or the attempt would not count.
pub async fn count(tx: &Tx, limit: Limit, subject: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    let window = Duration::minutes(i64::from(limit.minutes));
    let (agency, now, scope, doubles) = (tx.agency(), tx.now(), limit.scope, limit.doubles);
    let (subject, tries) = (digest(subject), i32::from(limit.tries));
    let (window_ago, day_ago) = (now - window, now - window - Duration::days(1));
    let counted = Counted::find_by_statement(raw_sql!(
        Postgres,
        r#"INSERT INTO attempt_limit AS l (agency_id, scope, subject, count, window_start)
           VALUES ({agency}, {scope}, {subject}, 1, {now})
           ON CONFLICT (agency_id, scope, subject) DO UPDATE SET
               count = CASE
                   WHEN l.blocked_until > {now} THEN l.count
                   WHEN l.window_start < CASE WHEN {doubles} AND l.count >= {tries} THEN {day_ago} ELSE {window_ago} END
                       THEN 1
                   ELSE l.count + 1 END,
               window_start = CASE
                   WHEN l.window_start < CASE WHEN {doubles} AND l.count >= {tries} THEN {day_ago} ELSE {window_ago} END
                       THEN {now}
                   ELSE l.window_start END
           RETURNING count, blocked_until"#
    ))
    .one(tx)
    .await?
    .ok_or(Fault::Unexpected("an attempt was not counted"))?;
    let Counted { count, blocked_until: blocked } = counted;
    if let Some(until) = blocked.filter(|until| *until > tx.now()) {
        return Ok(Some(until));
    }
    let over = count - tries;
    if over < 0 {
        return Ok(None);
    }
    let doublings = if limit.doubles { u32::try_from(over).unwrap_or(0).min(7) } else { 0 };
    let until = now + (window * 2_i32.pow(doublings)).min(Duration::days(1));
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE attempt_limit SET blocked_until = {until}
           WHERE agency_id = {agency} AND scope = {scope} AND subject = {subject}"#
    ))
    .await?;
    Ok(None)
}

/// Forgets the attempts of a subject that has proven itself.
pub async fn forgive(tx: &Tx, limit: Limit, subject: &str) -> Result<(), Fault> {
    let (agency, scope, subject) = (tx.agency(), limit.scope, digest(subject));
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"DELETE FROM attempt_limit
           WHERE agency_id = {agency} AND scope = {scope} AND subject = {subject}"#
    ))
    .await?;
    Ok(())
}

/// Neither addresses nor references stand in the table in clear.
fn digest(subject: &str) -> Vec<u8> {
    Sha256::digest(subject.as_bytes()).to_vec()
}

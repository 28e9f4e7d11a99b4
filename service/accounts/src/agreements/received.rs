//! The money that counts for promises, plans and settlements.

use chrono::{DateTime, NaiveDate, Utc};
use domain::plan::Received;
use domain::{AccountId, Amount, Money};
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{FromQueryResult, raw_sql};
use uuid::Uuid;

/// A payment, and since when it was known.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub received: Received,
    pub posted_at: DateTime<Utc>,
}

impl Seen {
    /// The payments that were not yet known at an instant: what an agreement of that instant counts.
    pub fn since(all: &[Self], instant: DateTime<Utc>) -> Vec<Received> {
        all.iter().filter(|seen| seen.posted_at >= instant).map(|seen| seen.received).collect()
    }
}

#[derive(FromQueryResult)]
struct Row {
    on: NaiveDate,
    amount: Money,
    available_on: Option<NaiveDate>,
    returned_on: Option<NaiveDate>,
    posted_at: DateTime<Utc>,
}

/// What was paid on accounts, oldest first: of each payment what lowered the debt. What was too much
/// belongs to the debtor and keeps no promise.
pub async fn received(tx: &Tx, accounts: &[AccountId]) -> Result<Vec<Seen>, Fault> {
    let agency = tx.agency();
    let ids: Vec<Uuid> = accounts.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT p.effective_on AS "on", p.applied AS amount, p.posted_at,
               CASE WHEN p.holding = 'blocked' THEN NULL ELSE p.available_on END AS available_on,
               r.effective_on AS returned_on
           FROM payment p
           LEFT JOIN payment r ON r.agency_id = p.agency_id AND r.reverses_id = p.id
           WHERE p.agency_id = {agency} AND p.account_id = ANY({ids}::uuid[])
             AND p.kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder')
             AND p.state IN ('succeeded', 'reversed') AND p.posted_at IS NOT NULL AND p.applied > 0
           ORDER BY p.effective_on, p.id"#
    ))
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let Row { on, amount, available_on, returned_on, posted_at } = row;
            let amount = Amount::new(amount).ok()?;
            Some(Seen { received: Received { on, amount, available_on, returned_on }, posted_at })
        })
        .collect())
}

//! The remittance terms of a creditor on a day: its own, else those of the creditor above it.

use chrono::{Days, NaiveDate};
use domain::remittance::Terms;
use domain::{ContractId, CreditorId};
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{FromQueryResult, raw_sql};

/// A contract version in force.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct InForce {
    pub id: ContractId,
    pub remittance: Terms,
}

#[derive(FromQueryResult)]
struct Day {
    effective_on: NaiveDate,
}

/// The terms in force on a day.
pub(super) async fn on(
    tx: &Tx,
    creditor: CreditorId,
    day: NaiveDate,
) -> Result<Option<InForce>, Stop> {
    let agency = tx.agency();
    Ok(InForce::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE up AS (
               SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16)
           SELECT k.id, k.remittance
           FROM up JOIN contract k ON k.agency_id = {agency} AND k.creditor_id = up.id
           WHERE k.effective_on <= {day}
           ORDER BY up.depth, k.effective_on DESC LIMIT 1"#
    ))
    .one(tx)
    .await?)
}

/// The last days before another remittance method began, after `from` and before `to`, with the
/// terms that ended there: such time is closed by its own method (domain rule 2.7).
pub(super) async fn method_changes(
    tx: &Tx,
    creditor: CreditorId,
    from: Option<NaiveDate>,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, Terms)>, Stop> {
    let agency = tx.agency();
    let days = Day::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE up AS (
               SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16)
           SELECT DISTINCT k.effective_on
           FROM up JOIN contract k ON k.agency_id = {agency} AND k.creditor_id = up.id
           WHERE k.effective_on <= {to} AND ({from}::date IS NULL OR k.effective_on > {from}::date)
           ORDER BY 1"#
    ))
    .all(tx)
    .await?;
    let mut changes = Vec::new();
    for Day { effective_on } in days {
        let Some(before) = effective_on.checked_sub_days(Days::new(1)) else { continue };
        let (Some(old), Some(new)) =
            (on(tx, creditor, before).await?, on(tx, creditor, effective_on).await?)
        else {
            continue;
        };
        if old.remittance.method != new.remittance.method {
            changes.push((before, old.remittance));
        }
    }
    Ok(changes)
}

//! The remittance terms of a creditor on a day: its own, else those of the creditor above it.

use chrono::{Days, NaiveDate};
use domain::remittance::Terms;
use domain::{ContractId, CreditorId};
use kernel::db::Tx;
use kernel::stop::Stop;
use terms::contracts;

/// A contract version in force.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub id: ContractId,
    pub remittance: Terms,
}

/// The terms in force on a day.
pub(super) async fn on(
    tx: &Tx,
    creditor: CreditorId,
    day: NaiveDate,
) -> Result<Option<InForce>, Stop> {
    let versions = contracts::versions(tx, creditor).await?;
    let found = versions.in_force(day).map(|version| &version.terms);
    Ok(found.map(|contract| InForce { id: contract.id, remittance: contract.remittance.clone() }))
}

/// The last days before another remittance method began, after `from` and up to `to`, with the
/// terms that ended there, the oldest first: such time is closed by its own method (domain rule 2.7).
pub(super) async fn method_changes(
    tx: &Tx,
    creditor: CreditorId,
    from: Option<NaiveDate>,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, Terms)>, Stop> {
    let versions = contracts::versions(tx, creditor).await?;
    let within = |day: NaiveDate| day <= to && from.is_none_or(|from| day > from);
    let changes = versions.changes().into_iter().rev().filter(|(day, _)| within(*day));
    Ok(changes
        .filter_map(|(day, new)| {
            let before = day.checked_sub_days(Days::new(1))?;
            let old = versions.in_force(before)?;
            let (old, new) = (&old.terms.remittance, &new.terms.remittance);
            (old.method != new.method).then(|| (before, old.clone()))
        })
        .collect())
}

//! Which rules apply to a debt on a day, and where each comes from.

use crate::creditors;
use chrono::NaiveDate;
use domain::limits::{Level, Limits, Merged, for_role, merge};
use domain::settlement::Tiers;
use domain::{Rate, StaffRole};
use entity::account;
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{FromQueryResult, raw_sql};
use uuid::Uuid;

/// The rules of one debt for one role.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The limits, each with the level that set it.
    pub merged: Merged,
    /// The tiers of the nearest level that has a table, and which that is.
    pub tiers: Option<(Level, Tiers)>,
    /// The strictest blanket floor of any level.
    pub client_floor: Option<Rate>,
}

impl Rules {
    /// The table; an empty one settles nothing.
    pub fn table(&self) -> Tiers {
        self.tiers.as_ref().map(|(_, tiers)| tiers.clone()).unwrap_or_default()
    }
}

#[derive(FromQueryResult)]
struct LimitRow {
    level: Level,
    limits: serde_json::Value,
}

#[derive(FromQueryResult)]
struct TierRow {
    level: Level,
    tiers: Option<serde_json::Value>,
    client_floor: Option<Rate>,
}

/// Reads and merges the rules in force on a day for whoever has this role: of the account, its
/// portfolio, its creditor and those above it, the role, the agency, and the product's preset.
pub async fn in_force(
    tx: &Tx,
    row: &account::Model,
    role: StaffRole,
    today: NaiveDate,
) -> Result<Rules, Fault> {
    let agency = tx.agency();
    let (account, portfolio) = (row.id, row.portfolio_id);
    let path: Vec<Uuid> =
        creditors::path(tx, row.creditor_id).await?.into_iter().map(|id| id.0).collect();
    let role_name = role.name();
    let limits = LimitRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH up AS (
               SELECT id, place - 1 AS depth FROM unnest({path}::uuid[]) WITH ORDINALITY AS x (id, place))
           SELECT v.level, v.limits
           FROM (SELECT DISTINCT ON (l.subject_id, l.role) l.level, l.subject_id, l.limits
                 FROM arrangement_limit l
                 WHERE l.agency_id = {agency} AND l.effective_on <= {today}
                   AND (l.role IS NULL OR l.role = {role_name})
                   AND (l.subject_id IN ({account}, {portfolio}, {agency})
                        OR l.subject_id IN (SELECT id FROM up))
                 ORDER BY l.subject_id, l.role, l.effective_on DESC) v
           LEFT JOIN up ON up.id = v.subject_id
           ORDER BY coalesce(up.depth, 0)"#
    ))
    .all(tx)
    .await?;
    let mut levels = Vec::with_capacity(limits.len() + 1);
    for one in limits {
        levels.push((one.level, serde_json::from_value::<Limits>(one.limits)?));
    }
    levels.push((Level::Preset, for_role(role)));
    let named: Vec<_> = levels.iter().map(|(level, limits)| (*level, limits)).collect();
    let tiers = TierRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH up AS (
               SELECT id, place - 1 AS depth FROM unnest({path}::uuid[]) WITH ORDINALITY AS x (id, place))
           SELECT v.level, v.tiers, v.client_floor
           FROM (SELECT DISTINCT ON (l.subject_id) l.level, l.subject_id, l.tiers, l.client_floor
                 FROM settlement_tier l
                 WHERE l.agency_id = {agency} AND l.effective_on <= {today}
                   AND (l.subject_id IN ({account}, {portfolio}, {agency})
                        OR l.subject_id IN (SELECT id FROM up))
                 ORDER BY l.subject_id, l.effective_on DESC) v
           LEFT JOIN up ON up.id = v.subject_id
           ORDER BY CASE v.level WHEN 'account' THEN 0 WHEN 'portfolio' THEN 1 WHEN 'creditor' THEN 2 ELSE 3 END,
                    coalesce(up.depth, 0)"#
    ))
    .all(tx)
    .await?;
    let client_floor = tiers.iter().filter_map(|one| one.client_floor).max();
    let nearest = tiers.into_iter().find_map(|one| Some((one.level, one.tiers?)));
    let tiers = nearest
        .map(|(level, tiers)| serde_json::from_value(tiers).map(|tiers: Tiers| (level, tiers)))
        .transpose()?;
    Ok(Rules { merged: merge(&named), tiers, client_floor })
}

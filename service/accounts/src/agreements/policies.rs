//! Which policies apply to a debt, explained.

use crate::accounts;
use chrono::NaiveDate;
use domain::{AccountId, Currency, Permission, StaffRole};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use terms::arrangement_rules::{Rules, in_force};

/// The rules of a debt, explained.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Of whom.
    pub role: StaffRole,
    /// On which day.
    pub on: NaiveDate,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What applies.
    pub rules: Rules,
}

/// The rules of a debt today for a role, each limit with its value and the level that set it.
pub async fn explain(
    app: &App,
    actor: &Actor,
    id: AccountId,
    role: StaffRole,
) -> Result<Explanation, Stop> {
    actor.require_agency(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let row = accounts::get(&tx, actor, id).await?;
    let agency = kernel::agency::own(&tx).await?;
    let on = kernel::clock::date_in(&agency.time_zone, tx.now());
    let rules = in_force(&tx, &row, role, on).await?;
    tx.commit().await?;
    Ok(Explanation { role, on, currency: agency.currency, rules })
}

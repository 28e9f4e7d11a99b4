//! What the agencies of the demo agree to: how debts are settled, and a commission by age.

use anyhow::Result;
use chrono::NaiveDate;
use domain::commission::Schedule;
use domain::settlement::{Acceptance, DaysRange, MoneyRange, Tier, TierTerms, Tiers};
use domain::{CreditorId, Money, Rate};
use serde_json::json;
use service::App;
use service::actor::Actor;
use service::arrangement_rules::{self, Place};
use service::commission_schedules::{self, NewSchedule, Subject};

/// Debts are settled by the debtor: for four fifths at first, for 70 % in parts after a quarter.
pub async fn settle(app: &App, admin: &Actor, today: NaiveDate) -> Result<()> {
    let tier = |from, below, floor, most_parts| -> Result<Tier> {
        Ok(Tier {
            product: None,
            balance: MoneyRange { from: Money::ZERO, below: None },
            days: DaysRange { from, below },
            terms: Some(TierTerms {
                floor: Rate::parse(floor)?,
                most_parts,
                valid_days: 30,
                acceptance: Acceptance::Auto,
            }),
        })
    };
    let tiers = Tiers(vec![tier(0, Some(91), "0.8", 1)?, tier(91, None, "0.7", 6)?]);
    arrangement_rules::set_tiers(app, admin, Place::Agency, today, (Some(tiers), None)).await?;
    Ok(())
}

/// The older the debt, the more of it the agency keeps.
pub async fn by_age(app: &App, admin: &Actor, creditor: CreditorId) -> Result<()> {
    let schedule: Schedule = serde_json::from_value(json!({
        "standard": {"plan": {"by": "age", "from": "charge_off", "tiers": [
            {"over": 0, "up_to": 365, "rate": "0.25"},
            {"over": 365, "up_to": 730, "rate": "0.3"},
            {"over": 730, "rate": "0.4"},
        ]}},
        "minimum": "5.00",
    }))?;
    // A day after the flat rate of the contract.
    let effective_on = NaiveDate::default().succ_opt().unwrap_or_default();
    let new = NewSchedule { subject: Subject::Creditor(creditor), effective_on, schedule };
    commission_schedules::add(app, admin, new).await?;
    Ok(())
}

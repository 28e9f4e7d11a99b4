//! What a visitor has answered so far, kept in the session: nothing is asked twice.

use crate::refusal::Refusal;
use crate::visit::{Visit, broken};
use domain::{AccountId, Money};
use serde::{Deserialize, Serialize};
use service::sessions;

/// The answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The reference, in its compact form.
    pub reference: Option<String>,
    /// The account that is being paid.
    pub account: Option<AccountId>,
    /// How much, in minor units.
    pub amount: Option<Money>,
    /// What could be paid when the amount was chosen.
    pub seen: Option<Money>,
    /// What was answered in the plan builder.
    pub plan: Option<PlanWish>,
    /// What was answered about a settlement.
    pub settlement: Option<SettleWish>,
}

/// The plan builder's answers, as typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanWish {
    /// `amount` or `number`.
    pub how: String,
    /// So much each time.
    pub amount: String,
    /// So many payments.
    pub number: String,
    /// How often.
    pub often: String,
    /// The first day.
    pub first: String,
}

/// Which settlement, as typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SettleWish {
    /// Which offer.
    pub offer: String,
    /// In how many parts.
    pub parts: String,
    /// The day of the first.
    pub first: String,
}

impl Draft {
    /// The answers of this visit.
    pub fn of(visit: &Visit) -> Self {
        visit
            .session()
            .and_then(|session| session.draft)
            .and_then(|draft| serde_json::from_value(draft).ok())
            .unwrap_or_default()
    }

    /// Keeps them; a visitor without a session gets one.
    pub async fn keep(&self, visit: &Visit) -> Result<(), Refusal> {
        let session = visit.remembered().await?;
        let draft = serde_json::to_value(self).map_err(broken)?;
        sessions::keep_draft(visit.app(), &session, Some(draft)).await.map_err(broken)
    }
}

//! A bonus plan on the wire.

use domain::Currency;
use domain::collector::{BonusMeasure, BonusMode, BonusPlan, BonusTier, GoalStep, TierPay};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;
use crate::money::{WireMoney, WireRate};

/// A bonus plan: tiers, and what the bonus is multiplied by from a share of the goal on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BonusPlan)]
pub(super) struct Bonus {
    /// The figure of the month that reaches tiers and goal.
    measure: BonusMeasure,
    /// Whether each tier pays its own slice, or the highest alone.
    mode: BonusMode,
    /// Lowest first, each beginning where the one before ends; the last is open.
    #[schema(min_items = 1, max_items = 50)]
    tiers: Vec<Tier>,
    /// Lowest first.
    #[serde(default)]
    #[schema(max_items = 50)]
    goal_steps: Vec<Step>,
}

/// One tier.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BonusTier)]
struct Tier {
    /// The figure at which it is reached.
    from: WireMoney,
    /// Where the next one begins; left out for the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<WireMoney>,
    pay: Pay,
}

/// What a tier pays: a fixed amount, or a share of the slice (marginal) or of the whole figure (cliff).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BonusPay)]
enum Pay {
    Fixed(WireMoney),
    Share(WireRate),
}

/// A multiplier from a share of the goal on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BonusGoalStep)]
struct Step {
    /// The share of the goal: `1.2` is 120 %.
    #[schema(max_length = 12, pattern = r"^\d{1,3}(\.\d{1,6})?$", example = "1.2")]
    reached: String,
    /// What the bonus is multiplied by.
    #[schema(max_length = 12, pattern = r"^\d{1,3}(\.\d{1,6})?$", example = "1.5")]
    multiplier: String,
}

impl Bonus {
    /// The plan as the rules know it; whether it is one, the service decides.
    pub(super) fn plan(self, currency: Currency) -> Result<BonusPlan, Problem> {
        let tier = |(at, tier): (usize, Tier)| {
            let from = tier.from.any(currency, &format!("/bonus/tiers/{at}/from"))?;
            let to = tier.to.map(|to| to.any(currency, &format!("/bonus/tiers/{at}/to")));
            let pay = match tier.pay {
                Pay::Fixed(pay) => {
                    TierPay::Fixed(pay.any(currency, &format!("/bonus/tiers/{at}/pay/fixed"))?)
                }
                Pay::Share(share) => {
                    TierPay::Share(share.rate(&format!("/bonus/tiers/{at}/pay/share"))?)
                }
            };
            Ok(BonusTier { from, to: to.transpose()?, pay })
        };
        let step = |(at, step): (usize, Step)| {
            Ok(GoalStep {
                reached: number(&step.reached, &format!("/bonus/goal_steps/{at}/reached"))?,
                multiplier: number(
                    &step.multiplier,
                    &format!("/bonus/goal_steps/{at}/multiplier"),
                )?,
            })
        };
        Ok(BonusPlan {
            measure: self.measure,
            mode: self.mode,
            tiers: self.tiers.into_iter().enumerate().map(tier).collect::<Result<_, Problem>>()?,
            goal_steps: self
                .goal_steps
                .into_iter()
                .enumerate()
                .map(step)
                .collect::<Result<_, Problem>>()?,
        })
    }

    pub(super) fn new(plan: BonusPlan, currency: Currency) -> Self {
        let money = |money| WireMoney::new(money, currency);
        Self {
            measure: plan.measure,
            mode: plan.mode,
            tiers: plan
                .tiers
                .into_iter()
                .map(|tier| Tier {
                    from: money(tier.from),
                    to: tier.to.map(money),
                    pay: match tier.pay {
                        TierPay::Fixed(pay) => Pay::Fixed(money(pay)),
                        TierPay::Share(share) => Pay::Share(WireRate::new(share)),
                    },
                })
                .collect(),
            goal_steps: plan
                .goal_steps
                .into_iter()
                .map(|step| Step {
                    reached: step.reached.normalize().to_string(),
                    multiplier: step.multiplier.normalize().to_string(),
                })
                .collect(),
        }
    }
}

fn number(text: &str, pointer: &str) -> Result<Decimal, Problem> {
    let plain = !text.is_empty()
        && text.len() <= 12
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        Problem::invalid_field(pointer, "not_a_number", "Write a decimal such as \"1.2\".")
    })
}

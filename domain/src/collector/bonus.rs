//! A collector's bonus of a month: tiers, marginal or cliff, and goal multipliers
//! (domain rule 2.12).

use crate::money::{Money, TooLarge};
use crate::rate::Rate;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

names! {
    /// Which figure of the month reaches the tiers, less claw-backs.
    BonusMeasure {
        /// What the collector's rate is of: payments, or the agency's commission on them.
        Base = "base";
        /// What the collector earned on it.
        Commission = "commission";
    }
}

names! {
    /// How tiers work together.
    BonusMode {
        /// Each tier reached pays for the slice inside it.
        Marginal = "marginal";
        /// The highest tier reached pays alone, on the whole figure.
        Cliff = "cliff";
    }
}

/// What a tier pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierPay {
    /// A fixed amount once the tier is reached.
    Fixed(Money),
    /// A share of the slice (marginal) or of the whole figure (cliff), as decimal text.
    Share(Rate),
}

/// One tier: reached at `from`, ending below `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BonusTier {
    /// The figure at which it is reached.
    pub from: Money,
    /// Where the next one begins; none for the last.
    #[serde(default)]
    pub to: Option<Money>,
    /// What it pays.
    pub pay: TierPay,
}

/// A multiplier of the bonus from a share of the goal on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalStep {
    /// The share of the goal reached: `"1.2"` is 120 %.
    #[serde(with = "rust_decimal::serde::str")]
    pub reached: Decimal,
    /// What the bonus is multiplied by: `"1.5"` is half as much again, `"0"` is none.
    #[serde(with = "rust_decimal::serde::str")]
    pub multiplier: Decimal,
}

/// A bonus plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BonusPlan {
    /// The figure that reaches tiers and goal.
    pub measure: BonusMeasure,
    /// How tiers work together.
    pub mode: BonusMode,
    /// The tiers, lowest first, each beginning where the one before ends; the last is open.
    pub tiers: Vec<BonusTier>,
    /// Multipliers by the share of the goal reached, lowest first. Below the first the bonus is as
    /// it is.
    #[serde(default)]
    pub goal_steps: Vec<GoalStep>,
}

/// Why this is no bonus plan. Tiers and steps are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotABonusPlan {
    /// No tier.
    #[error("a bonus plan has at least one tier")]
    NoTier,
    /// The first begins below zero.
    #[error("tier {tier} begins at {from}; begin at zero or above")]
    Negative {
        /// Place of the tier in the plan, from 0.
        tier: usize,
        /// Where it begins.
        from: Money,
    },
    /// A tier ends where it begins, or before.
    #[error("tier {tier} begins at {from} and ends at {to}; it must end above")]
    Empty {
        /// Place of the tier in the plan, from 0.
        tier: usize,
        /// Where it begins.
        from: Money,
        /// Where it ends.
        to: Money,
    },
    /// Nothing covers what is between two tiers.
    #[error("nothing covers {from} to {to}, before tier {tier}")]
    Gap {
        /// The tier after the gap.
        tier: usize,
        /// Where the gap begins.
        from: Money,
        /// Where it ends.
        to: Money,
    },
    /// Two tiers cover the same.
    #[error("tier {tier} begins at {from}, but the tier before it goes on{}", to_words(*.to))]
    Overlap {
        /// The later one.
        tier: usize,
        /// Where it begins.
        from: Money,
        /// Where the one before ends; none: never.
        to: Option<Money>,
    },
    /// The last tier ends.
    #[error("the last tier ends at {to}; leave its end open")]
    Closed {
        /// Its upper end.
        to: Money,
    },
    /// A fixed amount below zero.
    #[error("tier {tier} pays {pay}; a bonus is not below zero")]
    NegativePay {
        /// Place of the tier in the plan, from 0.
        tier: usize,
        /// What it pays.
        pay: Money,
    },
    /// A step that does not rise.
    #[error("goal step {step} is not above the one before")]
    StepOrder {
        /// Place of the step, from 0.
        step: usize,
    },
    /// A step or multiplier out of range.
    #[error("goal step {step} must reach 0 to 100 and multiply by 0 to 100, up to six decimals")]
    StepRange {
        /// Place of the step, from 0.
        step: usize,
    },
}

fn to_words(to: Option<Money>) -> String {
    to.map_or_else(String::new, |to| format!(" to {to}"))
}

impl NotABonusPlan {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoTier => "bonus_no_tier",
            Self::Negative { .. } => "bonus_tier_negative",
            Self::Empty { .. } => "bonus_tier_empty",
            Self::Gap { .. } => "bonus_tier_gap",
            Self::Overlap { .. } => "bonus_tier_overlap",
            Self::Closed { .. } => "bonus_tier_closed",
            Self::NegativePay { .. } => "bonus_tier_negative_pay",
            Self::StepOrder { .. } => "goal_step_order",
            Self::StepRange { .. } => "goal_step_range",
        }
    }
}

impl BonusPlan {
    /// Refuses gaps, overlaps and what cannot be computed.
    ///
    /// # Errors
    /// [`NotABonusPlan`], the first that is wrong.
    pub fn check(&self) -> Result<(), NotABonusPlan> {
        let (Some(first), Some(last)) = (self.tiers.first(), self.tiers.last()) else {
            return Err(NotABonusPlan::NoTier);
        };
        if first.from.is_negative() {
            return Err(NotABonusPlan::Negative { tier: 1, from: first.from });
        }
        // Below the first tier there is no bonus: that is no gap.
        let mut end = Some(first.from);
        for (tier, BonusTier { from, to, pay }) in (1..).zip(&self.tiers) {
            let from = *from;
            match end {
                Some(end) if from > end => {
                    return Err(NotABonusPlan::Gap { tier, from: end, to: from });
                }
                Some(end) if from == end => {}
                Some(_) | None => return Err(NotABonusPlan::Overlap { tier, from, to: end }),
            }
            match to {
                Some(to) if *to <= from => {
                    return Err(NotABonusPlan::Empty { tier, from, to: *to });
                }
                Some(_) | None => end = *to,
            }
            match pay {
                TierPay::Fixed(pay) if pay.is_negative() => {
                    return Err(NotABonusPlan::NegativePay { tier, pay: *pay });
                }
                TierPay::Fixed(_) | TierPay::Share(_) => {}
            }
        }
        if let Some(to) = last.to {
            return Err(NotABonusPlan::Closed { to });
        }
        self.check_goal()
    }

    fn check_goal(&self) -> Result<(), NotABonusPlan> {
        let sound = |it: Decimal| {
            it >= Decimal::ZERO && it <= Decimal::ONE_HUNDRED && it.normalize().scale() <= 6
        };
        let mut before = None;
        for (step, GoalStep { reached, multiplier }) in (1..).zip(&self.goal_steps) {
            if !sound(*reached) || !sound(*multiplier) {
                return Err(NotABonusPlan::StepRange { step });
            }
            if before >= Some(*reached) {
                return Err(NotABonusPlan::StepOrder { step });
            }
            before = Some(*reached);
        }
        Ok(())
    }

    /// The bonus for the figure of a month, the goal steps applied where there is a goal. Each
    /// slice is rounded half away from zero, and once more the product with the multiplier. A
    /// figure below the first tier earns none.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn bonus(&self, figure: Money, goal: Option<Money>) -> Result<Money, TooLarge> {
        let mut reached = self.tiers.iter().filter(|tier| figure >= tier.from);
        let plain = match self.mode {
            BonusMode::Cliff => match reached.next_back().map(|tier| tier.pay) {
                Some(TierPay::Fixed(pay)) => pay,
                Some(TierPay::Share(share)) => share.of(figure)?,
                None => Money::ZERO,
            },
            BonusMode::Marginal => {
                let slices = reached.map(|tier| match tier.pay {
                    TierPay::Fixed(pay) => Ok(pay),
                    TierPay::Share(share) => {
                        let end = tier.to.map_or(figure, |to| figure.min(to));
                        share.of(end.minus(tier.from)?)
                    }
                });
                Money::total(slices.collect::<Result<Vec<_>, _>>()?)?
            }
        };
        multiply(plain, self.multiplier(figure, goal))
    }

    /// What the bonus is multiplied by; 1 without a goal or below the first step.
    pub fn multiplier(&self, figure: Money, goal: Option<Money>) -> Decimal {
        let Some(goal) = goal.filter(|goal| goal.is_positive()) else { return Decimal::ONE };
        // figure / goal >= step, without dividing.
        let reached = |step: &&GoalStep| {
            step.reached
                .checked_mul(Decimal::from(goal.minor()))
                .is_some_and(|least| Decimal::from(figure.minor()) >= least)
        };
        self.goal_steps.iter().rfind(reached).map_or(Decimal::ONE, |step| step.multiplier)
    }
}

fn multiply(money: Money, by: Decimal) -> Result<Money, TooLarge> {
    Decimal::from(money.minor())
        .checked_mul(by)
        .map(|exact| exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
        .and_then(|rounded| rounded.to_i64())
        .map(Money::from_minor)
        .ok_or(TooLarge)
}

#[cfg(test)]
mod tests;

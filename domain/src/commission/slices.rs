//! The slices of a payment, each with its own rate and rounded by itself (money rule 17).

use super::compute::{Case, NotComputable};
use super::schedule::{AgeFrom, AgeTier, AmountTier, Plan, Rates};
use crate::bucket::Bucket;
use crate::money::Money;
use crate::rate::Rate;

/// A part of a payment in one bucket and one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Slice {
    /// The bucket that got it.
    pub bucket: Bucket,
    /// Where it begins: under a plan by liquidation in all that was collected on the account, else
    /// in this payment.
    pub from: Money,
    /// Where it ends.
    pub to: Money,
    /// How much it is: from `from` to `to`, above zero.
    pub amount: Money,
    /// The rate.
    pub rate: Rate,
    /// The commission, rounded here half away from zero.
    pub commission: Money,
    /// Why this rate.
    pub rule: SliceRule,
}

/// Why a slice has its rate. A tier is over `over` and up to `up_to`, open-ended without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum SliceRule {
    /// The plan has one rate.
    Flat,
    /// The bucket has a rate of its own.
    Bucket,
    /// The age of the account.
    Age {
        /// The day from which it is counted.
        age_from: AgeFrom,
        /// The days to the payment's effective date; none before that day.
        days: u32,
        /// The tier, in days.
        over: u32,
        /// The tier, in days.
        up_to: Option<u32>,
    },
    /// The account has no such date: the lowest rate of all tiers.
    AgeUnknown {
        /// The day that is missing.
        age_from: AgeFrom,
    },
    /// The placed balance.
    Balance {
        /// The placed balance.
        placed: Money,
        /// The tier.
        over: Money,
        /// The tier.
        up_to: Option<Money>,
    },
    /// What was collected on the account.
    Liquidation {
        /// The tier.
        over: Money,
        /// The tier.
        up_to: Option<Money>,
    },
    /// The size of the payment.
    PaymentSize {
        /// The tier.
        over: Money,
        /// The tier.
        up_to: Option<Money>,
    },
}

/// What a plan comes to in a case.
enum Pricing<'a> {
    /// One rate for the whole payment.
    Whole(Rate, SliceRule),
    /// Each slice its own: the position at which the payment begins, and the tiers.
    Marginal(Money, &'a [AmountTier], fn(&AmountTier) -> SliceRule),
}

/// Cuts the payment into slices, bucket by bucket in allocation order. What a bucket with its own
/// rate gets moves the position too: that is the sum of payments (money rule 17).
pub(super) fn cut(rates: &Rates, case: &Case) -> Result<Vec<Slice>, NotComputable> {
    let pricing = price(rates.plan_for(case.payment_type).0, case)?;
    let mut position = match pricing {
        Pricing::Whole(..) => Money::ZERO,
        Pricing::Marginal(start, ..) => start,
    };
    let mut slices = Vec::new();
    for bucket in case.order.buckets() {
        let end = position.plus(case.applied.get(bucket))?;
        let own = rates.bucket_rate(case.payment_type, bucket);
        while position < end {
            let (to, rate, rule) = match (own, &pricing) {
                (Some(rate), _) => (end, rate, SliceRule::Bucket),
                (None, Pricing::Whole(rate, rule)) => (end, *rate, *rule),
                (None, Pricing::Marginal(_, tiers, rule)) => {
                    let tier = starting_at(tiers, position)?;
                    let to = tier.up_to.map_or(end, |up_to| up_to.min(end));
                    (to, tier.rate, rule(tier))
                }
            };
            let amount = to.minus(position)?;
            let commission = rate.of(amount)?;
            slices.push(Slice { bucket, from: position, to, amount, rate, commission, rule });
            position = to;
        }
    }
    Ok(slices)
}

fn price<'a>(plan: &'a Plan, case: &Case) -> Result<Pricing<'a>, NotComputable> {
    Ok(match plan {
        Plan::Flat { rate } => Pricing::Whole(*rate, SliceRule::Flat),
        Plan::Age { from, tiers } => {
            let (rate, rule) = by_age(*from, tiers, case)?;
            Pricing::Whole(rate, rule)
        }
        Plan::Balance { tiers } => {
            let placed = case.placed_balance.max(Money::ZERO);
            let tier = holding(tiers, placed)?;
            let AmountTier { over, up_to, rate } = *tier;
            Pricing::Whole(rate, SliceRule::Balance { placed, over, up_to })
        }
        Plan::Liquidation { tiers } => {
            Pricing::Marginal(case.collected.max(Money::ZERO), tiers, |tier| {
                SliceRule::Liquidation { over: tier.over, up_to: tier.up_to }
            })
        }
        Plan::PaymentSize { tiers } => Pricing::Marginal(Money::ZERO, tiers, |tier| {
            SliceRule::PaymentSize { over: tier.over, up_to: tier.up_to }
        }),
    })
}

/// The rate for the age on the payment's effective date (money rule 3). An account without the
/// date gets the lowest rate of all tiers: the agency takes its share out of money it holds for
/// another, so it takes no more than it can show to be due. Once the date is known, the next
/// payment has its tier; what was frozen stays.
fn by_age(
    age_from: AgeFrom,
    tiers: &[AgeTier],
    case: &Case,
) -> Result<(Rate, SliceRule), NotComputable> {
    let Some(start) = case.dates.get(age_from) else {
        let lowest = tiers.iter().map(|tier| tier.rate).min();
        let rate = lowest.ok_or(NotComputable::NoTier)?;
        return Ok((rate, SliceRule::AgeUnknown { age_from }));
    };
    // A payment dated before the day on which the age begins has no age yet.
    let elapsed = case.effective_on.signed_duration_since(start).num_days().max(0);
    let days = u32::try_from(elapsed).unwrap_or(u32::MAX);
    let holds = |tier: &&AgeTier| {
        (days > tier.over || (days == 0 && tier.over == 0))
            && tier.up_to.is_none_or(|up_to| days <= up_to)
    };
    let tier = tiers.iter().find(holds).ok_or(NotComputable::NoTier)?;
    let AgeTier { over, up_to, rate } = *tier;
    Ok((rate, SliceRule::Age { age_from, days, over, up_to }))
}

/// The tier that holds a number: a bound belongs to the lower tier, zero to the first.
fn holding(tiers: &[AmountTier], money: Money) -> Result<&AmountTier, NotComputable> {
    tiers
        .iter()
        .find(|tier| {
            (money > tier.over || (money.is_zero() && tier.over.is_zero()))
                && tier.up_to.is_none_or(|up_to| money <= up_to)
        })
        .ok_or(NotComputable::NoTier)
}

/// The tier that holds the cent after a position.
fn starting_at(tiers: &[AmountTier], position: Money) -> Result<&AmountTier, NotComputable> {
    tiers
        .iter()
        .find(|tier| tier.over <= position && tier.up_to.is_none_or(|up_to| position < up_to))
        .ok_or(NotComputable::NoTier)
}

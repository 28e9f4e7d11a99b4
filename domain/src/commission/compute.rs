//! The commission of one payment, with its whole breakdown (domain rule 2.5, money rule 17).

use super::schedule::{AgeFrom, PaymentType, RateSet, Schedule};
use super::slices::{Slice, cut};
use super::spread::over_buckets;
use crate::allocation::AllocationOrder;
use crate::bucket::Buckets;
use crate::money::{Amount, Money, TooLarge};
use crate::rate::Rate;
use chrono::NaiveDate;

/// A payment and what its commission depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// PU, PC or PA. A return is not computed: it mirrors the stored lines.
    pub payment_type: PaymentType,
    /// When the debtor paid (money rule 3).
    pub effective_on: NaiveDate,
    /// What each bucket got; none below zero. What was overpaid is not in it and earns nothing.
    /// Of a PA it is the full payment (money rule 12).
    pub applied: Buckets,
    /// The order in which the buckets consume slices: the contract's.
    pub order: AllocationOrder,
    /// The dates of the account.
    pub dates: AccountDates,
    /// The balance as placed, over all buckets.
    pub placed_balance: Money,
    /// The sum of the account's payments that are not returned, posted before this one.
    pub collected: Money,
    /// The sum of the account's commissions so far, returns subtracted: what the cap looks at.
    pub charged: Money,
    /// Whether an attorney has the account, or there is a judgment.
    pub legal: bool,
    /// 1 for the first agency that has the account, 2 for the second, and so on.
    pub placement: u32,
    /// The tax on commission of the contract; none where commission is not taxed or the creditor
    /// is exempt.
    pub tax_rate: Option<Rate>,
    /// What the forwarder kept of a PA.
    pub forwarder_fee: Option<Amount>,
}

/// The dates of an account from which an age is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountDates {
    /// Placed with the agency.
    pub placed_on: NaiveDate,
    /// The last charge or purchase.
    pub last_charge_on: Option<NaiveDate>,
    /// The last payment to the creditor.
    pub last_payment_to_creditor_on: Option<NaiveDate>,
    /// The service was given, or the account opened.
    pub service_on: Option<NaiveDate>,
    /// Charged off.
    pub charge_off_on: Option<NaiveDate>,
    /// Delinquent.
    pub delinquency_on: Option<NaiveDate>,
}

impl AccountDates {
    /// The day from which an age is counted.
    pub fn get(&self, from: AgeFrom) -> Option<NaiveDate> {
        match from {
            AgeFrom::Placed => Some(self.placed_on),
            AgeFrom::LastCharge => self.last_charge_on,
            AgeFrom::LastPaymentToCreditor => self.last_payment_to_creditor_on,
            AgeFrom::Service => self.service_on,
            AgeFrom::ChargeOff => self.charge_off_on,
            AgeFrom::Delinquency => self.delinquency_on,
        }
    }
}

/// A commission and how it came about. It is frozen at posting as it stands (domain rule 2.1);
/// amounts are whole minor units in its JSON, which is for storage and not for the wire.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Commission {
    /// Which of the schedule's rates applied.
    pub rate_set: RateSet,
    /// The payment type, if the schedule has a plan for it alone.
    pub payment_type_plan: Option<PaymentType>,
    /// The slices, in the order in which they were consumed; their amounts sum to what was applied.
    pub slices: Vec<Slice>,
    /// What changed the sum of the slices, in the order in which it did.
    pub adjustments: Vec<Adjustment>,
    /// The commission.
    pub total: Money,
    /// The commission over the buckets: each at least nothing and at most its amount.
    pub per_bucket: Buckets,
    /// The tax rate.
    pub tax_rate: Option<Rate>,
    /// The tax on the total, rounded once; the creditor owes it on top.
    pub tax: Money,
    /// What the forwarder kept, part of the total.
    pub forwarder_fee: Money,
    /// What the agency has of the total: all but the forwarder's fee.
    pub agency_share: Money,
}

/// A step that changed the commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Adjustment {
    /// Which rule, with its numbers.
    #[serde(flatten)]
    pub rule: AdjustmentRule,
    /// The commission before it.
    pub before: Money,
    /// The commission after it.
    pub after: Money,
}

/// What may change the sum of the slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum AdjustmentRule {
    /// Paid in the first days after placement.
    FreeDemand {
        /// How many days are free.
        days: u32,
        /// The day of the payment, the day of placement being day 1; less than 1 if paid before.
        day: i64,
    },
    /// Raised to the minimum of a payment, or to the whole payment if that is less.
    Minimum {
        /// The minimum.
        minimum: Money,
    },
    /// Lowered to the maximum of a payment.
    Maximum {
        /// The maximum.
        maximum: Money,
    },
    /// Lowered to what the cap of the account leaves.
    Cap {
        /// The cap: the lower of its share of the placed balance and its amount.
        cap: Money,
        /// What was charged before this payment.
        charged: Money,
    },
}

/// Why a commission cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComputable {
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The schedule leaves out a number; [`Schedule::check`] does not let such a one be saved.
    #[error("the commission schedule has no tier for this payment: correct the schedule")]
    NoTier,
    /// The forwarder kept more than the whole commission.
    #[error("the forwarder's fee {fee} is above the commission {commission} on the full payment")]
    ForwarderFeeOverCommission {
        /// The fee.
        fee: Money,
        /// The commission.
        commission: Money,
    },
    /// Only a PA goes through a forwarder.
    #[error("only a payment to a forwarder (PA) has a forwarder's fee")]
    FeeWithoutForwarder,
}

impl NotComputable {
    /// The stable code of the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge(_) => "amount_too_large",
            Self::NoTier => "schedule_no_tier",
            Self::ForwarderFeeOverCommission { .. } => "forwarder_fee_over_commission",
            Self::FeeWithoutForwarder => "fee_without_forwarder",
        }
    }
}

/// The commission of a payment.
///
/// In this order (domain rule 2.5): slices at their rates, each rounded; then on their sum free
/// demand, or else minimum and maximum; then the cap; then tax on the final figure (money rule
/// 17). Commission is on the full payment, and the forwarder's fee comes out of it (money rule 12).
pub fn compute(schedule: &Schedule, case: &Case) -> Result<Commission, NotComputable> {
    let (rate_set, rates) = schedule.rates_for(case.legal, case.placement);
    let slices = cut(rates, case)?;
    let mut steps = Steps { total: sum_of(&slices, |slice| slice.commission)?, taken: Vec::new() };
    if let Some(rule) = free_demand(schedule, case) {
        steps.take(rule, Money::ZERO);
    } else {
        limit_payment(schedule, &slices, &mut steps)?;
    }
    limit_account(schedule, case, &mut steps)?;
    let Steps { total, taken: adjustments } = steps;
    let forwarder_fee = forwarder_fee(case, total)?;
    Ok(Commission {
        rate_set,
        payment_type_plan: rates.plan_for(case.payment_type).1.then_some(case.payment_type),
        per_bucket: over_buckets(total, &slices, case.order)?,
        slices,
        adjustments,
        total,
        tax_rate: case.tax_rate,
        tax: case.tax_rate.map_or(Ok(Money::ZERO), |rate| rate.of(total))?,
        forwarder_fee,
        agency_share: total.minus(forwarder_fee)?,
    })
}

/// The commission as it stands, and what it went through.
struct Steps {
    total: Money,
    taken: Vec<Adjustment>,
}

impl Steps {
    fn take(&mut self, rule: AdjustmentRule, after: Money) {
        self.taken.push(Adjustment { rule, before: self.total, after });
        self.total = after;
    }
}

fn sum_of(slices: &[Slice], part: fn(&Slice) -> Money) -> Result<Money, TooLarge> {
    Money::total(slices.iter().map(part))
}

/// Free demand counts the day of placement as the first: placed on the 1st with ten days, the 10th
/// is free and the 11th is not (example E4 g). What was paid before placement is free as well.
fn free_demand(schedule: &Schedule, case: &Case) -> Option<AdjustmentRule> {
    let free = schedule.free_demand.as_ref()?;
    let day = case.effective_on.signed_duration_since(case.dates.placed_on).num_days() + 1;
    let applies = free.payment_types.contains(&case.payment_type) && day <= i64::from(free.days);
    applies.then_some(AdjustmentRule::FreeDemand { days: free.days, day })
}

/// Minimum and maximum of a payment. The minimum leaves alone what is charged at rates of zero,
/// and takes no more than the payment (money rule 17).
fn limit_payment(schedule: &Schedule, slices: &[Slice], steps: &mut Steps) -> Result<(), TooLarge> {
    if let Some(minimum) = schedule.minimum
        && slices.iter().any(|slice| slice.rate > Rate::ZERO)
    {
        let least = minimum.min(sum_of(slices, |slice| slice.amount)?);
        if steps.total < least {
            steps.take(AdjustmentRule::Minimum { minimum }, least);
        }
    }
    if let Some(maximum) = schedule.maximum
        && steps.total > maximum
    {
        steps.take(AdjustmentRule::Maximum { maximum }, maximum.max(Money::ZERO));
    }
    Ok(())
}

/// The cap of the account comes last and is never exceeded, not for a minimum either: the agency
/// stops charging there (domain rule 2.5).
fn limit_account(schedule: &Schedule, case: &Case, steps: &mut Steps) -> Result<(), TooLarge> {
    let Some(cap) = schedule.cap else { return Ok(()) };
    let placed = case.placed_balance.max(Money::ZERO);
    let share = cap.share.map(|share| share.of(placed)).transpose()?;
    let Some(cap) = share.into_iter().chain(cap.amount).min() else { return Ok(()) };
    let left = cap.minus(case.charged)?.max(Money::ZERO);
    if steps.total > left {
        steps.take(AdjustmentRule::Cap { cap, charged: case.charged }, left);
    }
    Ok(())
}

fn forwarder_fee(case: &Case, commission: Money) -> Result<Money, NotComputable> {
    let Some(fee) = case.forwarder_fee.map(Amount::money) else { return Ok(Money::ZERO) };
    match case.payment_type {
        PaymentType::Forwarder if fee <= commission => Ok(fee),
        PaymentType::Forwarder => {
            Err(NotComputable::ForwarderFeeOverCommission { fee, commission })
        }
        PaymentType::Agency | PaymentType::Creditor => Err(NotComputable::FeeWithoutForwarder),
    }
}

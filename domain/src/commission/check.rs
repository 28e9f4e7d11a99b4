//! Whether a schedule can be applied: no range overlaps another, none is left out.
//!
//! Other systems take the lower of two overlapping ranges and say nothing; here such a schedule is
//! not saved (domain rules 2.5 and 2.10).

use super::schedule::{
    AgeTier, AmountTier, BucketRate, Cap, FreeDemand, PaymentType, Plan, Rates, Schedule,
};
use crate::bucket::Bucket;
use crate::money::Money;

/// One thing that is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {flaw}")]
pub struct ScheduleProblem {
    /// Where: a JSON pointer (RFC 6901) into the schedule, such as `/standard/plan/tiers/1/over`.
    pub pointer: String,
    /// The fault.
    pub flaw: ScheduleFlaw,
}

/// What is wrong, with the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleFlaw {
    /// A plan without tiers.
    #[error("write at least one tier")]
    NoTiers,
    /// The first tier leaves out what is below it.
    #[error("the first tier must be over {}, not over {over}", over.zero())]
    NotFromZero {
        /// Where it begins.
        over: Bound,
    },
    /// A tier holds nothing.
    #[error("the tier over {over} up to {up_to} holds nothing")]
    EmptyRange {
        /// Where it begins.
        over: Bound,
        /// Where it ends.
        up_to: Bound,
    },
    /// Nothing covers what lies between two tiers.
    #[error("no tier covers what is over {over} up to {up_to}: tiers meet at the same number")]
    Gap {
        /// Where the gap begins.
        over: Bound,
        /// Where it ends.
        up_to: Bound,
    },
    /// Two tiers cover the same.
    #[error("two tiers cover what is over {over} up to {up_to}: tiers meet at the same number")]
    Overlap {
        /// Where the tier begins that comes too early.
        over: Bound,
        /// Where the tier before it ends.
        up_to: Bound,
    },
    /// A tier without an end has another after it.
    #[error("only the last tier has no upper bound; this one needs up_to {next}")]
    OpenBeforeLast {
        /// Where the next tier begins.
        next: Bound,
    },
    /// The last tier ends: nothing covers what is above.
    #[error("the last tier must have no upper bound, not up to {up_to}")]
    NotOpenEnded {
        /// Where it ends.
        up_to: Bound,
    },
    /// A bucket has two rates.
    #[error("{} has a rate already", bucket.name())]
    DuplicateBucket {
        /// The bucket.
        bucket: Bucket,
    },
    /// A payment type is named twice.
    #[error("{} is named already", payment_type.name())]
    DuplicatePaymentType {
        /// The payment type.
        payment_type: PaymentType,
    },
    /// An amount below zero.
    #[error("the amount must not be below zero, as {amount} is")]
    Negative {
        /// The amount.
        amount: Money,
    },
    /// No commission could satisfy both.
    #[error("the minimum {minimum} is above the maximum {maximum}")]
    MinimumOverMaximum {
        /// The minimum.
        minimum: Money,
        /// The maximum.
        maximum: Money,
    },
    /// The first payment would reach the cap before its minimum.
    #[error("the minimum {minimum} is above the cap {cap}")]
    MinimumOverCap {
        /// The minimum.
        minimum: Money,
        /// The cap's amount.
        cap: Money,
    },
    /// A cap that caps nothing.
    #[error("write a share, an amount, or both")]
    EmptyCap,
    /// Free demand of no days.
    #[error("write at least one day, or leave free demand out")]
    NoFreeDays,
    /// Free demand of no payment type.
    #[error("name at least one payment type, or leave free demand out")]
    NoFreePaymentTypes,
}

/// A bound of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Days of age.
    Days(u32),
    /// Money.
    Money(Money),
}

impl Bound {
    fn zero(self) -> Self {
        match self {
            Self::Days(_) => Self::Days(0),
            Self::Money(_) => Self::Money(Money::ZERO),
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Money(money) => money.fmt(f),
        }
    }
}

impl ScheduleFlaw {
    /// The stable code of the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoTiers => "schedule_no_tiers",
            Self::NotFromZero { .. } => "schedule_not_from_zero",
            Self::EmptyRange { .. } => "schedule_empty_range",
            Self::Gap { .. } => "schedule_gap",
            Self::Overlap { .. } => "schedule_overlap",
            Self::OpenBeforeLast { .. } => "schedule_open_before_last",
            Self::NotOpenEnded { .. } => "schedule_not_open_ended",
            Self::DuplicateBucket { .. } => "schedule_duplicate_bucket",
            Self::DuplicatePaymentType { .. } => "schedule_duplicate_payment_type",
            Self::Negative { .. } => "schedule_negative",
            Self::MinimumOverMaximum { .. } => "schedule_minimum_over_maximum",
            Self::MinimumOverCap { .. } => "schedule_minimum_over_cap",
            Self::EmptyCap => "schedule_empty_cap",
            Self::NoFreeDays => "schedule_no_free_days",
            Self::NoFreePaymentTypes => "schedule_no_free_payment_types",
        }
    }
}

impl ScheduleProblem {
    /// The stable code of the API.
    pub fn code(&self) -> &'static str {
        self.flaw.code()
    }
}

impl Schedule {
    /// Everything that keeps the schedule from being saved, in the order in which it is written.
    /// A schedule that passes has exactly one rate for every age, balance, total and payment.
    pub fn check(&self) -> Result<(), Vec<ScheduleProblem>> {
        let mut found = Vec::new();
        rates(Some(&self.standard), "/standard", &mut found);
        rates(self.legal.as_ref(), "/legal", &mut found);
        rates(self.second_placement.as_ref(), "/second_placement", &mut found);
        rates(self.third_placement.as_ref(), "/third_placement", &mut found);
        free_demand(self.free_demand.as_ref(), &mut found);
        limits(self, &mut found);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

type Found = Vec<ScheduleProblem>;

fn note(found: &mut Found, pointer: impl Into<String>, flaw: ScheduleFlaw) {
    found.push(ScheduleProblem { pointer: pointer.into(), flaw });
}

fn rates(rates: Option<&Rates>, at: &str, found: &mut Found) {
    let Some(rates) = rates else { return };
    plan(&rates.plan, &format!("{at}/plan"), found);
    buckets(&rates.buckets, &format!("{at}/buckets"), found);
    let types: Vec<_> = rates.payment_types.iter().map(|own| own.payment_type).collect();
    for (index, own) in rates.payment_types.iter().enumerate() {
        let at = format!("{at}/payment_types/{index}");
        named_once(&types, index, own.payment_type, &format!("{at}/payment_type"), found);
        plan(&own.plan, &format!("{at}/plan"), found);
        buckets(&own.buckets, &format!("{at}/buckets"), found);
    }
}

fn plan(plan: &Plan, at: &str, found: &mut Found) {
    let at = format!("{at}/tiers");
    match plan {
        Plan::Flat { .. } => {}
        Plan::Age { tiers, from: _ } => {
            ranges(&tiers.iter().map(AgeTier::range).collect::<Vec<_>>(), &at, found);
        }
        Plan::Balance { tiers } | Plan::Liquidation { tiers } | Plan::PaymentSize { tiers } => {
            ranges(&tiers.iter().map(AmountTier::range).collect::<Vec<_>>(), &at, found);
        }
    }
}

/// What a tier covers.
struct Range {
    over: Bound,
    up_to: Option<Bound>,
}

impl AgeTier {
    fn range(&self) -> Range {
        Range { over: Bound::Days(self.over), up_to: self.up_to.map(Bound::Days) }
    }
}

impl AmountTier {
    fn range(&self) -> Range {
        Range { over: Bound::Money(self.over), up_to: self.up_to.map(Bound::Money) }
    }
}

fn ranges(ranges: &[Range], at: &str, found: &mut Found) {
    let Some(first) = ranges.first() else { return note(found, at, ScheduleFlaw::NoTiers) };
    if first.over != first.over.zero() {
        note(found, format!("{at}/0/over"), ScheduleFlaw::NotFromZero { over: first.over });
    }
    let nexts = ranges.iter().skip(1).map(Some).chain([None]);
    for (index, (range, next)) in ranges.iter().zip(nexts).enumerate() {
        let upper = format!("{at}/{index}/up_to");
        if let Some(up_to) = range.up_to.filter(|up_to| *up_to <= range.over) {
            note(found, &upper, ScheduleFlaw::EmptyRange { over: range.over, up_to });
        }
        let lower = format!("{at}/{}/over", index + 1);
        match (range.up_to, next.map(|next| next.over)) {
            (None, None) => {}
            (Some(up_to), None) => note(found, upper, ScheduleFlaw::NotOpenEnded { up_to }),
            (None, Some(next)) => note(found, upper, ScheduleFlaw::OpenBeforeLast { next }),
            (Some(end), Some(next)) if end < next => {
                note(found, lower, ScheduleFlaw::Gap { over: end, up_to: next });
            }
            (Some(end), Some(next)) if end > next => {
                note(found, lower, ScheduleFlaw::Overlap { over: next, up_to: end });
            }
            (Some(_), Some(_)) => {}
        }
    }
}

fn buckets(rates: &[BucketRate], at: &str, found: &mut Found) {
    for (index, rate) in rates.iter().enumerate() {
        if rates.iter().take(index).any(|earlier| earlier.bucket == rate.bucket) {
            let flaw = ScheduleFlaw::DuplicateBucket { bucket: rate.bucket };
            note(found, format!("{at}/{index}/bucket"), flaw);
        }
    }
}

fn named_once(
    types: &[PaymentType],
    index: usize,
    payment_type: PaymentType,
    at: &str,
    found: &mut Found,
) {
    if types.iter().take(index).any(|earlier| *earlier == payment_type) {
        note(found, at, ScheduleFlaw::DuplicatePaymentType { payment_type });
    }
}

fn free_demand(free: Option<&FreeDemand>, found: &mut Found) {
    let Some(free) = free else { return };
    if free.days == 0 {
        note(found, "/free_demand/days", ScheduleFlaw::NoFreeDays);
    }
    if free.payment_types.is_empty() {
        note(found, "/free_demand/payment_types", ScheduleFlaw::NoFreePaymentTypes);
    }
    for (index, payment_type) in free.payment_types.iter().enumerate() {
        let at = format!("/free_demand/payment_types/{index}");
        named_once(&free.payment_types, index, *payment_type, &at, found);
    }
}

fn limits(schedule: &Schedule, found: &mut Found) {
    let Schedule { minimum, maximum, cap, .. } = *schedule;
    let amount = cap.and_then(|cap| cap.amount);
    for (at, limit) in [("/minimum", minimum), ("/maximum", maximum), ("/cap/amount", amount)] {
        if let Some(amount) = limit.filter(|limit| limit.is_negative()) {
            note(found, at, ScheduleFlaw::Negative { amount });
        }
    }
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && minimum > maximum
    {
        note(found, "/minimum", ScheduleFlaw::MinimumOverMaximum { minimum, maximum });
    }
    if let (Some(minimum), Some(cap)) = (minimum, amount)
        && minimum > cap
    {
        note(found, "/minimum", ScheduleFlaw::MinimumOverCap { minimum, cap });
    }
    if cap == Some(Cap { share: None, amount: None }) {
        note(found, "/cap", ScheduleFlaw::EmptyCap);
    }
}

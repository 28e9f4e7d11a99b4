//! Commission: the agency's share of what it collects (domain rule 2.5, money rule 17).
//!
//! [`resolve`] picks the schedule, [`Schedule::check`] keeps a wrong one from being saved,
//! [`compute`] gives the commission of one payment with its whole breakdown. The breakdown is
//! frozen at posting (domain rule 2.1): a return is the mirror of its lines, never computed anew.

mod check;
mod compute;
mod decimal;
mod level;
mod schedule;
mod slices;
mod spread;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;

pub use check::{Bound, ScheduleFlaw, ScheduleProblem};
pub use compute::{
    AccountDates, Adjustment, AdjustmentRule, Case, Commission, NotComputable, compute,
};
pub use level::{Level, Levels, resolve};
pub use schedule::{
    AgeFrom, AgeTier, AmountTier, BucketRate, Cap, FreeDemand, PaymentType, PaymentTypeRates, Plan,
    RateSet, Rates, Schedule,
};
pub use slices::{Slice, SliceRule};

use crate::bucket::{Bucket, Buckets};
use crate::money::{Money, TooLarge};
use crate::rate::Rate;

/// What one bucket of a payment got, and the agency's share of it, as frozen at posting
/// (domain rule 2.1: a later rate never rewrites it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommissionLine {
    /// The bucket.
    pub bucket: Bucket,
    /// What the bucket got; above zero.
    pub amount: Money,
    /// The rate in force.
    pub rate: Rate,
    /// The agency's share, rounded at this line half away from zero.
    pub commission: Money,
}

/// One line for each bucket that got something, at one flat rate. What was overpaid earns nothing
/// (domain rule 2.5, type OVR).
pub fn flat(applied: &Buckets, rate: Rate) -> Result<Vec<CommissionLine>, TooLarge> {
    Bucket::ALL
        .into_iter()
        .map(|bucket| (bucket, applied.get(bucket)))
        .filter(|(_, amount)| amount.is_positive())
        .map(|(bucket, amount)| {
            Ok(CommissionLine { bucket, amount, rate, commission: rate.of(amount)? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_rounded_and_the_total_is_their_sum() {
        // 33.335 and 33.335 round up one by one: 66.68, not 66.67.
        let applied = Buckets {
            principal: Money::from_minor(6_667),
            interest: Money::from_minor(6_667),
            ..Buckets::default()
        };
        let lines = flat(&applied, Rate::parse("0.5").unwrap()).unwrap();
        let commissions: Vec<i64> = lines.iter().map(|l| l.commission.minor()).collect();
        assert_eq!(commissions, [3_334, 3_334]);
    }
}

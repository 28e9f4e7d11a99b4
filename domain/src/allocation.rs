//! Allocation: which part of a debt a payment pays, and which debt of a packet (domain rule 2.9).

mod apportion;
mod rule;
mod spread;

pub use apportion::apportion;
pub use rule::{AllocationRule, AllocationTerms, BucketPercent, NotARule};
pub use spread::{Part, Share, Spread, SpreadRefusal, Strategy, spread};

use crate::bucket::{Bucket, Buckets};
use crate::money::{Amount, Money, TooLarge};

/// The order in which a payment fills the buckets of a debt: each bucket once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllocationOrder([Bucket; 5]);

/// The names are not the five buckets, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an allocation order names principal, interest, fees, costs and other, each once")]
pub struct NotAnOrder;

impl AllocationOrder {
    /// Costs, fees, interest, then principal: what a contract has unless it says otherwise.
    pub const USUAL: Self =
        Self([Bucket::Costs, Bucket::Fees, Bucket::Interest, Bucket::Principal, Bucket::Other]);

    /// An order of all five buckets.
    pub fn new(buckets: [Bucket; 5]) -> Result<Self, NotAnOrder> {
        let complete = Bucket::ALL.iter().all(|bucket| buckets.contains(bucket));
        if complete { Ok(Self(buckets)) } else { Err(NotAnOrder) }
    }

    /// Reads the names of the buckets.
    pub fn parse<T: AsRef<str>>(names: &[T]) -> Result<Self, NotAnOrder> {
        let named = |name: &T| Bucket::ALL.into_iter().find(|b| b.name() == name.as_ref());
        let buckets: Vec<Bucket> =
            names.iter().map(named).collect::<Option<_>>().ok_or(NotAnOrder)?;
        Self::new(buckets.try_into().map_err(|_| NotAnOrder)?)
    }

    /// The buckets, first filled first.
    pub fn buckets(self) -> [Bucket; 5] {
        self.0
    }
}

/// What a payment did to a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    /// What each bucket got.
    pub applied: Buckets,
    /// What was left when every bucket was empty: it belongs to the debtor.
    pub overpaid: Money,
}

/// Fills the buckets in order, none beyond its balance; what remains is overpaid. A bucket below
/// zero takes nothing.
pub fn allocate(
    amount: Amount,
    owed: &Buckets,
    order: AllocationOrder,
) -> Result<Allocation, TooLarge> {
    let mut left = amount.money();
    let mut applied = Buckets::default();
    for bucket in order.buckets() {
        let taken = left.min(owed.get(bucket)).max(Money::ZERO);
        applied.set(bucket, taken);
        left = left.minus(taken)?;
    }
    Ok(Allocation { applied, overpaid: left })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{AllocationOrder, NotAnOrder, allocate};
    use crate::bucket::{Bucket, Buckets};
    use crate::money::{Amount, Money};
    use proptest::prelude::*;

    pub(crate) fn orders() -> impl Strategy<Value = AllocationOrder> {
        Just(Bucket::ALL).prop_shuffle().prop_map(|b| AllocationOrder::new(b).unwrap())
    }

    pub(crate) fn debts() -> impl Strategy<Value = Buckets> {
        proptest::array::uniform5(0_i64..5_000_000).prop_map(|minor| {
            let mut buckets = Buckets::default();
            for (bucket, minor) in Bucket::ALL.into_iter().zip(minor) {
                buckets.set(bucket, Money::from_minor(minor));
            }
            buckets
        })
    }

    pub(crate) fn amounts() -> impl Strategy<Value = Amount> {
        (1_i64..20_000_000).prop_map(|minor| Amount::new(Money::from_minor(minor)).unwrap())
    }

    proptest! {
        #[test]
        fn no_cent_is_lost_and_no_bucket_overfilled(
            amount in amounts(), owed in debts(), order in orders(),
        ) {
            let split = allocate(amount, &owed, order).unwrap();
            let applied = split.applied.total().unwrap();
            prop_assert_eq!(applied.plus(split.overpaid), Ok(amount.money()));
            for bucket in Bucket::ALL {
                prop_assert!(split.applied.get(bucket) <= owed.get(bucket));
                prop_assert!(!split.applied.get(bucket).is_negative());
            }
            // Overpaid only when nothing is owed any more.
            prop_assert!(split.overpaid.is_zero() || applied == owed.total().unwrap());
        }

        #[test]
        fn a_later_bucket_gets_nothing_before_an_earlier_one_is_full(
            amount in amounts(), owed in debts(), order in orders(),
        ) {
            let split = allocate(amount, &owed, order).unwrap();
            let buckets = order.buckets();
            for pair in buckets.windows(2) {
                let earlier_full = split.applied.get(pair[0]) == owed.get(pair[0]);
                prop_assert!(earlier_full || split.applied.get(pair[1]).is_zero());
            }
        }
    }

    #[test]
    fn an_order_names_each_bucket_once() {
        let usual = ["costs", "fees", "interest", "principal", "other"];
        assert_eq!(AllocationOrder::parse(&usual), Ok(AllocationOrder::USUAL));
        assert_eq!(AllocationOrder::parse(&usual[..4]), Err(NotAnOrder));
        assert_eq!(
            AllocationOrder::parse(&["costs", "fees", "costs", "principal", "other"]),
            Err(NotAnOrder)
        );
        assert_eq!(
            AllocationOrder::parse(&["costs", "fees", "interest", "principal", "other", "x"]),
            Err(NotAnOrder)
        );
    }
}

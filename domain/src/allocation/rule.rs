//! Allocation by percentage, then by priority (money rule 14).

use super::{Allocation, AllocationOrder};
use crate::bucket::{Bucket, Buckets};
use crate::money::{Amount, Money, TooLarge};
use crate::rate::Rate;

/// How a payment is divided among the buckets, as a contract says it; not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllocationTerms {
    /// The buckets, first filled first; each once.
    #[cfg_attr(feature = "openapi", schema(min_items = 5, max_items = 5))]
    pub order: Vec<Bucket>,
    /// The buckets that get a percentage of what remains before leftovers are given out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub percents: Vec<BucketPercent>,
}

/// One bucket's part of what remains when its turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketPercent {
    /// The bucket.
    pub bucket: Bucket,
    /// The share, as decimal text: `"0.25"` is 25 %.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 8, example = "0.25"))]
    pub percent: Rate,
}

/// Why terms are no allocation rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// A bucket is missing or named twice.
    #[error("an allocation order names principal, interest, fees, costs and other, each once")]
    Order,
    /// Two percentages for one bucket.
    #[error("{} has two percentages; give it one", .0.words())]
    PercentTwice(Bucket),
}

impl NotARule {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Order => "allocation_order",
            Self::PercentTwice(_) => "allocation_percent_twice",
        }
    }
}

impl AllocationTerms {
    /// The rule that the terms say.
    ///
    /// # Errors
    /// [`NotARule`], the first that is wrong.
    pub fn check(&self) -> Result<AllocationRule, NotARule> {
        let order: [Bucket; 5] = self.order.as_slice().try_into().map_err(|_| NotARule::Order)?;
        let order = AllocationOrder::new(order).map_err(|_| NotARule::Order)?;
        let mut rule = AllocationRule::from(order);
        for BucketPercent { bucket, percent } in &self.percents {
            if rule.percent(*bucket).is_some() {
                return Err(NotARule::PercentTwice(*bucket));
            }
            rule.percents.push((*bucket, *percent));
        }
        Ok(rule)
    }
}

/// How a payment is divided among the buckets of a debt: an order, and for some buckets a
/// percentage (domain rule 2.9).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "AllocationTerms", into = "AllocationTerms")]
pub struct AllocationRule {
    order: AllocationOrder,
    percents: Vec<(Bucket, Rate)>,
}

impl From<AllocationOrder> for AllocationRule {
    /// By priority alone.
    fn from(order: AllocationOrder) -> Self {
        Self { order, percents: Vec::new() }
    }
}

impl TryFrom<AllocationTerms> for AllocationRule {
    type Error = NotARule;
    fn try_from(terms: AllocationTerms) -> Result<Self, NotARule> {
        terms.check()
    }
}

impl From<AllocationRule> for AllocationTerms {
    fn from(rule: AllocationRule) -> Self {
        let percent = |(bucket, percent)| BucketPercent { bucket, percent };
        Self {
            order: rule.order.buckets().to_vec(),
            percents: rule.percents.into_iter().map(percent).collect(),
        }
    }
}

impl AllocationRule {
    /// The order of priority.
    pub fn order(&self) -> AllocationOrder {
        self.order
    }

    /// The percentage of a bucket; none waits for leftovers.
    pub fn percent(&self, bucket: Bucket) -> Option<Rate> {
        self.percents.iter().find(|(of, _)| *of == bucket).map(|(_, percent)| *percent)
    }

    /// Divides a payment. In priority order each bucket with a percentage takes that part of what
    /// remains, rounded half away from zero to the cent; then what is left fills the buckets in
    /// priority order, those without a percentage included. No bucket gets more than it is owed;
    /// what is above all of them is overpaid (money rule 14).
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn allocate(&self, amount: Amount, owed: &Buckets) -> Result<Allocation, TooLarge> {
        let mut left = amount.money();
        let mut applied = Buckets::default();
        for bucket in self.order.buckets() {
            let Some(percent) = self.percent(bucket) else { continue };
            let taken = percent.of(left)?.min(owed.get(bucket)).max(Money::ZERO);
            applied.set(bucket, taken);
            left = left.minus(taken)?;
        }
        for bucket in self.order.buckets() {
            let had = applied.get(bucket);
            let taken = left.min(owed.get(bucket).minus(had)?).max(Money::ZERO);
            applied.set(bucket, had.plus(taken)?);
            left = left.minus(taken)?;
        }
        Ok(Allocation { applied, overpaid: left })
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocate;
    use super::super::tests::{amounts, debts, orders};
    use super::*;
    use proptest::prelude::*;

    fn owed(principal: i64, interest: i64, costs: i64) -> Buckets {
        let money = Money::from_minor;
        Buckets {
            principal: money(principal),
            interest: money(interest),
            costs: money(costs),
            ..Buckets::default()
        }
    }

    fn rule(text: &str) -> AllocationRule {
        serde_json::from_str(text).unwrap()
    }

    fn pay(rule: &AllocationRule, minor: i64, owed: &Buckets) -> (Buckets, i64) {
        let amount = Amount::new(Money::from_minor(minor)).unwrap();
        let Allocation { applied, overpaid } = rule.allocate(amount, owed).unwrap();
        (applied, overpaid.minor())
    }

    const HALVES: &str = r#"{
        "order": ["costs", "fees", "interest", "principal", "other"],
        "percents": [{"bucket": "interest", "percent": "0.4"}, {"bucket": "principal", "percent": "0.5"}]
    }"#;

    #[test]
    fn a_percentage_is_of_what_remains_and_leftovers_go_by_priority() {
        let rule = rule(HALVES);
        // 40.00 to interest; half of the 60.00 left to principal; of the 30.00 left costs 20.00,
        // then interest 10.00.
        let split = pay(&rule, 10_000, &owed(50_000, 50_000, 2_000));
        assert_eq!(split, (owed(3_000, 5_000, 2_000), 0));
        // Interest is owed 5.00 only: half of 95.00 is 47.50, costs 20.00, the rest principal.
        let split = pay(&rule, 10_000, &owed(50_000, 500, 2_000));
        assert_eq!(split, (owed(7_500, 500, 2_000), 0));
        // Half a cent goes away from zero: 40 % of 0.33 is 0.13, half of 0.20 is 0.10.
        let split = pay(&rule, 33, &owed(50_000, 50_000, 0));
        assert_eq!(split, (owed(10, 23, 0), 0));
        let split = pay(&rule, 10_000, &owed(1_000, 2_000, 3_000));
        assert_eq!(split, (owed(1_000, 2_000, 3_000), 4_000));
    }

    #[test]
    fn terms_read_back_and_refuse_what_is_no_rule() {
        let rule = rule(HALVES);
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<AllocationRule>(&text).unwrap(), rule);
        let mut terms = AllocationTerms::from(rule);
        terms.percents.push(BucketPercent { bucket: Bucket::Interest, percent: Rate::ZERO });
        let twice = terms.check().unwrap_err();
        assert_eq!(twice, NotARule::PercentTwice(Bucket::Interest));
        assert_eq!(twice.code(), "allocation_percent_twice");
        terms.order.pop();
        assert_eq!(terms.check().unwrap_err().code(), "allocation_order");
        for bad in [
            HALVES.replace("\"0.4\"", "0.4"),
            HALVES.replace("\"0.4\"", "\"1.4\""),
            HALVES.replace("\"fees\", ", ""),
            HALVES.replace("\"percents\"", "\"percent\""),
        ] {
            assert!(serde_json::from_str::<AllocationRule>(&bad).is_err(), "{bad}");
        }
    }

    fn rules() -> impl Strategy<Value = AllocationRule> {
        let percent = proptest::option::of(0_i64..=1_000_000);
        (orders(), proptest::array::uniform5(percent)).prop_map(|(order, percents)| {
            let percents =
                Bucket::ALL.into_iter().zip(percents).filter_map(|(bucket, millionths)| {
                    let share = rust_decimal::Decimal::new(millionths?, 6);
                    Some((bucket, Rate::new(share).unwrap()))
                });
            AllocationRule { order, percents: percents.collect() }
        })
    }

    proptest! {
        #[test]
        fn no_cent_is_lost_and_no_bucket_overfilled(
            amount in amounts(), owed in debts(), rule in rules(),
        ) {
            let split = rule.allocate(amount, &owed).unwrap();
            let applied = split.applied.total().unwrap();
            prop_assert_eq!(applied.plus(split.overpaid), Ok(amount.money()));
            for bucket in Bucket::ALL {
                prop_assert!(split.applied.get(bucket) <= owed.get(bucket));
                prop_assert!(!split.applied.get(bucket).is_negative());
            }
            prop_assert!(split.overpaid.is_zero() || applied == owed.total().unwrap());
        }

        #[test]
        fn an_order_alone_allocates_by_priority(
            amount in amounts(), owed in debts(), order in orders(),
        ) {
            let rule = AllocationRule::from(order);
            prop_assert_eq!(rule.allocate(amount, &owed), allocate(amount, &owed, order));
        }
    }
}

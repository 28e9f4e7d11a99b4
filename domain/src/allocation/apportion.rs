//! Shares of a whole, to the cent: the largest remainder (domain rule 2.9, money rule 18).

use crate::money::{Money, TooLarge};

/// Splits `total` in proportion to the weights. Each share is first cut to whole cents towards
/// zero; the cents left go one each to the largest remainders, ties to the one that comes first. The
/// shares sum to `total`, and none is a cent or more from its exact part; a negative total gives
/// the exact mirror of the positive one.
///
/// # Errors
/// [`TooLarge`] when there is something to split and all weights are zero, or when the numbers do
/// not fit into 128 bits.
pub fn apportion(total: Money, weights: &[u128]) -> Result<Vec<Money>, TooLarge> {
    let whole = u128::from(total.minor().unsigned_abs());
    let sum = weights.iter().try_fold(0_u128, |sum, w| sum.checked_add(*w)).ok_or(TooLarge)?;
    if sum == 0 {
        return if whole == 0 { Ok(vec![Money::ZERO; weights.len()]) } else { Err(TooLarge) };
    }
    let mut rows = Vec::with_capacity(weights.len());
    let mut given = 0_u128;
    for (at, weight) in weights.iter().enumerate() {
        let exact = whole.checked_mul(*weight).ok_or(TooLarge)?;
        given += exact / sum;
        rows.push((at, exact / sum, exact % sum));
    }
    let mut left = whole.saturating_sub(given);
    // A stable sort: equal remainders stay in the order given.
    rows.sort_by_key(|(_, _, remainder)| std::cmp::Reverse(*remainder));
    for (_, share, remainder) in &mut rows {
        if left > 0 && *remainder > 0 {
            *share += 1;
            left -= 1;
        }
    }
    rows.sort_by_key(|(at, _, _)| *at);
    rows.into_iter()
        .map(|(_, share, _)| {
            let share = Money::from_minor(i64::try_from(share).map_err(|_| TooLarge)?);
            if total.is_negative() { share.negated() } else { Ok(share) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minor(total: i64, weights: &[u128]) -> Vec<i64> {
        let shares = apportion(Money::from_minor(total), weights).unwrap();
        shares.into_iter().map(Money::minor).collect()
    }

    #[test]
    fn the_cent_goes_to_the_largest_remainder_and_ties_to_the_first() {
        assert_eq!(minor(10_000, &[33_333, 50_000, 16_667]), [3_333, 5_000, 1_667]);
        assert_eq!(minor(10_000, &[1, 1, 1]), [3_334, 3_333, 3_333]);
        assert_eq!(minor(-200, &[1, 1, 1]), [-67, -67, -66]);
        assert_eq!(minor(0, &[0, 0]), [0, 0]);
        assert_eq!(apportion(Money::from_minor(1), &[0, 0]), Err(TooLarge));
        assert_eq!(apportion(Money::from_minor(2), &[u128::MAX, 1]), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole_and_are_within_a_cent(
            total in any::<i64>().prop_filter("a mirror exists", |t| *t != i64::MIN),
            weights in proptest::collection::vec(0_u64..5_000_000_000, 1..20),
        ) {
            let wide: Vec<u128> = weights.iter().map(|w| u128::from(*w)).collect();
            let sum: u128 = wide.iter().sum();
            prop_assume!(sum > 0);
            let shares = minor(total, &wide);
            prop_assert_eq!(shares.iter().map(|s| i128::from(*s)).sum::<i128>(), i128::from(total));
            for (share, weight) in shares.iter().zip(&wide) {
                // |share − total × weight / sum| < 1, without rounding.
                let exact = u128::from(total.unsigned_abs()) * weight;
                let got = u128::from(share.unsigned_abs()) * sum;
                prop_assert!(got.abs_diff(exact) < sum);
                prop_assert!(*weight > 0 || *share == 0);
            }
            prop_assert_eq!(minor(total, &wide), shares.clone(), "the same again");
            let mirror: Vec<i64> = shares.iter().map(|s| -s).collect();
            prop_assert_eq!(minor(-total, &wide), mirror);
        }
    }
}

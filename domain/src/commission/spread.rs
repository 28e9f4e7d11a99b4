//! The total of a payment's commission over its buckets, to the cent.

use super::slices::Slice;
use crate::allocation::AllocationOrder;
use crate::bucket::Buckets;
use crate::money::{Money, TooLarge};
use crate::rate::Rate;

/// Spreads the final total over the buckets of the slices: each gets at least nothing and at most
/// its amount, and together they get the total, which is at most the payment.
///
/// Below the sum of the lines (free demand, maximum, cap) each bucket keeps its part in proportion
/// to its lines. Above it (minimum) each keeps its lines, and what is more is spread over what the
/// creditor had left, first of the buckets with a rate, then of those at zero.
pub(super) fn over_buckets(
    total: Money,
    slices: &[Slice],
    order: AllocationOrder,
) -> Result<Buckets, TooLarge> {
    let lines = summed(slices.iter().map(|slice| (slice, slice.commission)))?;
    let earned = lines.total()?;
    if total <= earned {
        return pro_rata(total, &lines, order);
    }
    let left = |rated: bool| {
        let slices = slices.iter().filter(|slice| (slice.rate > Rate::ZERO) == rated);
        let rooms: Result<Vec<_>, TooLarge> =
            slices.map(|slice| Ok((slice, slice.amount.minus(slice.commission)?))).collect();
        summed(rooms?.into_iter())
    };
    let (rated, unrated) = (left(true)?, left(false)?);
    let more = total.minus(earned)?;
    let first = more.min(rated.total()?);
    let to_rated = pro_rata(first, &rated, order)?;
    let to_unrated = pro_rata(more.minus(first)?, &unrated, order)?;
    let mut shares = Buckets::default();
    for bucket in order.buckets() {
        let share = lines.get(bucket).plus(to_rated.get(bucket))?.plus(to_unrated.get(bucket))?;
        shares.set(bucket, share);
    }
    Ok(shares)
}

fn summed<'a>(parts: impl Iterator<Item = (&'a Slice, Money)>) -> Result<Buckets, TooLarge> {
    let mut sums = Buckets::default();
    for (slice, part) in parts {
        sums.set(slice.bucket, sums.get(slice.bucket).plus(part)?);
    }
    Ok(sums)
}

/// Largest remainder: every share is rounded down, and the cents left over go one by one to the
/// largest remainders, the first in allocation order where two are equal. No share exceeds its
/// weight, because the total does not exceed their sum.
fn pro_rata(total: Money, weights: &Buckets, order: AllocationOrder) -> Result<Buckets, TooLarge> {
    let sum = i128::from(weights.total()?.minor());
    let mut shares = Buckets::default();
    if sum <= 0 {
        return Ok(shares);
    }
    let mut remainders = Vec::new();
    for bucket in order.buckets() {
        let exact = i128::from(total.minor()) * i128::from(weights.get(bucket).minor());
        let floor = i64::try_from(exact / sum).map_err(|_| TooLarge)?;
        shares.set(bucket, Money::from_minor(floor));
        remainders.push((exact % sum, bucket));
    }
    let left = usize::try_from(total.minus(shares.total()?)?.minor()).map_err(|_| TooLarge)?;
    // Stable: equal remainders stay in allocation order.
    remainders.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for (_, bucket) in remainders.into_iter().take(left) {
        shares.set(bucket, shares.get(bucket).plus(Money::from_minor(1))?);
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(principal: i64, interest: i64, fees: i64) -> Buckets {
        Buckets {
            principal: Money::from_minor(principal),
            interest: Money::from_minor(interest),
            fees: Money::from_minor(fees),
            ..Buckets::default()
        }
    }

    #[test]
    fn the_odd_cent_goes_to_the_largest_remainder() {
        // 33.333, 50.000, 16.667: the numbers of example E8.
        let shares = pro_rata(
            Money::from_minor(10_000),
            &buckets(33_333, 50_000, 16_667),
            AllocationOrder::USUAL,
        );
        assert_eq!(shares, Ok(buckets(3_333, 5_000, 1_667)));
    }

    #[test]
    fn equal_remainders_go_in_allocation_order() {
        // Two cents over three equal weights: fees, then interest come before principal.
        let shares =
            pro_rata(Money::from_minor(2), &buckets(1, 1, 1), AllocationOrder::USUAL).unwrap();
        assert_eq!(shares, buckets(0, 1, 1));
    }

    #[test]
    fn nothing_is_spread_over_nothing() {
        let none = Buckets::default();
        assert_eq!(pro_rata(Money::ZERO, &none, AllocationOrder::USUAL), Ok(none));
    }
}

//! A plan on a packet: each installment is divided over the debtor's accounts when it is paid, by
//! what each owes then (domain rules 2.9 and 2.10, example E8).

use crate::money::{Amount, Money};

/// Why an installment cannot be divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSpreadable {
    /// The accounts together owe less.
    #[error("the accounts together owe {owed}, less than the installment of {amount}")]
    OverBalance {
        /// What they owe.
        owed: Money,
        /// The installment.
        amount: Amount,
    },
    /// The sums do not fit.
    #[error("the amount is too large")]
    TooLarge,
}

impl NotSpreadable {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::OverBalance { .. } => "over_balance",
            Self::TooLarge => "amount_too_large",
        }
    }
}

/// Divides an installment pro rata over the present balances, the cents left to the largest
/// remainders; on a tie to the account that comes first, so the accounts are given oldest placed
/// first, then by id (money rule 14). Disputed accounts are left out by whoever calls: nothing may be
/// applied to them. An account that owes nothing gets nothing; none gets more than it owes; those that
/// get nothing are not in the answer.
pub fn spread_installment<A: Copy>(
    amount: Amount,
    owed: &[(A, Money)],
) -> Result<Vec<(A, Amount)>, NotSpreadable> {
    let owing = |money: Money| i128::from(money.minor().max(0));
    let whole: i128 = owed.iter().map(|(_, money)| owing(*money)).sum();
    let asked = i128::from(amount.minor());
    if whole < asked {
        let owed = i64::try_from(whole).map_err(|_| NotSpreadable::TooLarge)?;
        return Err(NotSpreadable::OverBalance { owed: Money::from_minor(owed), amount });
    }
    // Each share: the account's position, whole cents, remainder.
    let mut shares: Vec<(usize, i128, i128)> = owed
        .iter()
        .enumerate()
        .map(|(at, (_, money))| {
            let exact = asked * owing(*money);
            (at, exact / whole, exact % whole)
        })
        .collect();
    let given: i128 = shares.iter().map(|(_, cents, _)| cents).sum();
    let left = usize::try_from(asked - given).map_err(|_| NotSpreadable::TooLarge)?;
    shares.sort_by_key(|(at, _, remainder)| (std::cmp::Reverse(*remainder), *at));
    for (_, cents, _) in shares.iter_mut().take(left) {
        *cents += 1;
    }
    shares.sort_by_key(|(at, _, _)| *at);
    let mut spread = Vec::new();
    for ((account, _), (_, cents, _)) in owed.iter().zip(shares) {
        let cents = i64::try_from(cents).map_err(|_| NotSpreadable::TooLarge)?;
        if let Ok(share) = Amount::new(Money::from_minor(cents)) {
            spread.push((*account, share));
        }
    }
    Ok(spread)
}

//! Percentages that say what they are of (domain rule 2.15), and figures per account.

use super::{Denominator, share};
use crate::money::{Money, TooLarge};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

names! {
    /// What a percentage is of.
    PercentOf {
        /// All that was placed.
        GrossPlaced = "gross_placed";
        /// What was placed, less what the creditor took back.
        NetPlaced = "net_placed";
        /// What was collected, less returns.
        Collected = "collected";
        /// A collector's goal of the month.
        Goal = "goal";
    }
}

impl PercentOf {
    /// In plain words, for headers.
    pub fn words(self) -> &'static str {
        match self {
            Self::GrossPlaced => "of gross placed",
            Self::NetPlaced => "of net placed",
            Self::Collected => "of collected",
            Self::Goal => "of the month's goal",
        }
    }
}

impl From<Denominator> for PercentOf {
    fn from(denominator: Denominator) -> Self {
        match denominator {
            Denominator::GrossPlaced => Self::GrossPlaced,
            Denominator::NetPlaced => Self::NetPlaced,
        }
    }
}

/// A share with its denominator: nobody can show the one without having the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentage {
    /// The share to four decimals: `0.0741` is 7.41 %.
    pub share: Decimal,
    /// What it is of.
    pub of: PercentOf,
    /// The amount that it is of.
    pub amount: Money,
}

impl Percentage {
    /// The share of `part` in `amount`; none where there is nothing to divide by.
    pub fn new(part: Money, of: PercentOf, amount: Money) -> Option<Self> {
        share(part, amount).map(|share| Self { share, of, amount })
    }

    /// In percent with two decimals: `7.41`.
    pub fn percent(self) -> Decimal {
        let mut percent = self.share * Decimal::ONE_HUNDRED;
        percent.rescale(2);
        percent
    }
}

impl std::fmt::Display for Percentage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} % {}", self.percent(), self.of.words())
    }
}

/// The effective fee: commission of what was collected.
pub fn effective_fee(commission: Money, collected: Money) -> Option<Percentage> {
    Percentage::new(commission, PercentOf::Collected, collected)
}

/// The unit yield: collected per account placed; none without accounts.
///
/// # Errors
/// [`TooLarge`].
pub fn unit_yield(collected: Money, accounts: i64) -> Result<Option<Money>, TooLarge> {
    average(collected, accounts)
}

/// An amount per account, rounded half away from zero at the cent; none without accounts.
///
/// # Errors
/// [`TooLarge`].
pub fn average(total: Money, accounts: i64) -> Result<Option<Money>, TooLarge> {
    if accounts <= 0 {
        return Ok(None);
    }
    Decimal::from(total.minor())
        .checked_div(Decimal::from(accounts))
        .map(|exact| exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
        .and_then(|rounded| rounded.to_i64())
        .map(|minor| Some(Money::from_minor(minor)))
        .ok_or(TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_names_its_denominator() {
        // The trade's sample row: 11,513.44 listed and 1,482.37 fees, 10,067.12 paid, 8 accounts.
        let paid = Money::from_minor(1_006_712);
        let of_gross = Percentage::new(paid, PercentOf::GrossPlaced, Money::from_minor(1_299_581));
        assert_eq!(of_gross.unwrap().to_string(), "77.46 % of gross placed");
        assert_eq!(unit_yield(paid, 8), Ok(Some(Money::from_minor(125_839))));
        assert_eq!(unit_yield(paid, 0), Ok(None));
        let fee = effective_fee(Money::from_minor(43_500), Money::from_minor(145_000)).unwrap();
        assert_eq!(
            (fee.to_string().as_str(), fee.amount.minor()),
            ("30.00 % of collected", 145_000)
        );
        assert_eq!(effective_fee(Money::from_minor(5), Money::ZERO), None);
    }

    #[test]
    fn half_a_cent_goes_away_from_zero() {
        assert_eq!(average(Money::from_minor(5), 2), Ok(Some(Money::from_minor(3))));
        assert_eq!(average(Money::from_minor(-5), 2), Ok(Some(Money::from_minor(-3))));
    }
}

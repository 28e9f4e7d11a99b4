//! A rate: an exact decimal with up to six places, such as 0.333333 for 33.3333 %.

use crate::money::{Money, TooLarge};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// A share between 0 and 1, with up to six decimals, written as a decimal string: "0.3" is 30 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(value_type = String, example = "0.3", pattern = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")
)]
pub struct Rate(Decimal);

/// Why a number is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a decimal between 0 and 1 with up to six decimals, such as \"0.3\" for 30 %")]
pub struct NotARate;

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// All of it.
    pub const ONE: Self = Self(Decimal::ONE);

    /// A share between 0 and 1 with up to six decimals.
    pub fn new(share: Decimal) -> Result<Self, NotARate> {
        let share = share.normalize();
        if share < Decimal::ZERO || share > Decimal::ONE || share.scale() > 6 {
            return Err(NotARate);
        }
        Ok(Self(share))
    }

    /// Reads the decimal form of the wire (`0.3`): digits and a point, no sign, no exponent.
    pub fn parse(text: &str) -> Result<Self, NotARate> {
        let plain = !text.is_empty()
            && text.len() <= 8
            && text.starts_with(|c: char| c.is_ascii_digit())
            && !text.ends_with('.')
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !plain {
            return Err(NotARate);
        }
        text.parse::<Decimal>().map_err(|_| NotARate).and_then(Self::new)
    }

    /// The share as a decimal.
    pub fn share(self) -> Decimal {
        self.0
    }

    /// This share of an amount, rounded half away from zero at the cent (domain rule 2.1).
    pub fn of(self, money: Money) -> Result<Money, TooLarge> {
        Decimal::from(money.minor())
            .checked_mul(self.0)
            .map(|exact| exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
            .and_then(|rounded| rounded.to_i64())
            .map(Money::from_minor)
            .ok_or(TooLarge)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.normalize())
    }
}

impl serde::Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Rate {
    /// Only text: a JSON number has no exact decimals (domain rule 2.1).
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(millionths in 0_i64..=1_000_000) {
            let rate = Rate::new(Decimal::new(millionths, 6)).unwrap();
            let json = serde_json::to_string(&rate).unwrap();
            prop_assert!(json.starts_with('"'), "{json} is no text");
            prop_assert_eq!(serde_json::from_str::<Rate>(&json).unwrap(), rate);
        }
    }

    #[test]
    fn a_json_number_is_no_rate() {
        assert_eq!(serde_json::from_str::<Rate>("\"0.30\"").unwrap(), Rate::parse("0.3").unwrap());
        for json in ["0.3", "1", "0", "\"30\"", "\"-0.3\"", "\"3e-1\"", "null"] {
            assert!(serde_json::from_str::<Rate>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_half_cent_goes_away_from_zero() {
        let third = Rate::parse("0.3").unwrap();
        assert_eq!(third.of(Money::from_minor(33_333)), Ok(Money::from_minor(10_000)));
        let half = Rate::parse("0.5").unwrap();
        assert_eq!(half.of(Money::from_minor(1)), Ok(Money::from_minor(1)));
        assert_eq!(half.of(Money::from_minor(-1)), Ok(Money::from_minor(-1)));
    }

    #[test]
    fn refuses_what_is_no_share() {
        for text in ["", "1.1", "-0.1", "0.1234567", "1e-2", ".5", "0.", "30"] {
            assert!(Rate::parse(text).is_err(), "{text:?}");
        }
    }
}

//! A rate of interest for a year, in millionths.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Interest for a year as a share of what bears it, with up to six decimals: `0.09` for 9 %. It may
/// exceed 1, because contract rates of small loans do; [`AnnualRate::MAX`] guards against a percent
/// written as a share.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(value_type = String, max_length = 10, pattern = r"^\d{1,3}(\.\d{1,6})?$", example = "0.09")
)]
pub struct AnnualRate(u32);

/// The text or number is no rate of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rate of interest is a decimal text with up to six decimals and no sign, such as \"0.09\" \
     for 9 % a year"
)]
pub struct NotAnAnnualRate;

impl AnnualRate {
    /// No interest.
    pub const ZERO: Self = Self(0);

    /// The highest rate that terms may have: 1000 % a year.
    pub const MAX: Self = Self(10_000_000);

    /// From a share that is not negative and has up to six decimals; below 1000.
    pub fn new(share: Decimal) -> Result<Self, NotAnAnnualRate> {
        let share = share.normalize();
        if share.is_sign_negative() && !share.is_zero() || share.scale() > 6 {
            return Err(NotAnAnnualRate);
        }
        share
            .checked_mul(Decimal::from(1_000_000))
            .and_then(|millionths| millionths.to_u32())
            .filter(|millionths| *millionths < 1_000_000_000)
            .map(Self)
            .ok_or(NotAnAnnualRate)
    }

    /// Reads the form of the wire: digits and a point, no sign, no exponent.
    pub fn parse(text: &str) -> Result<Self, NotAnAnnualRate> {
        let plain = text.len() <= 10
            && text.starts_with(|c: char| c.is_ascii_digit())
            && !text.ends_with('.')
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !plain {
            return Err(NotAnAnnualRate);
        }
        text.parse::<Decimal>().map_err(|_| NotAnAnnualRate).and_then(Self::new)
    }

    /// The share of a year's interest.
    pub fn share(self) -> Decimal {
        Decimal::new(i64::from(self.0), 6).normalize()
    }

    /// The share in millionths.
    pub(super) fn millionths(self) -> i128 {
        i128::from(self.0)
    }
}

impl std::fmt::Display for AnnualRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.share().fmt(f)
    }
}

impl TryFrom<String> for AnnualRate {
    type Error = NotAnAnnualRate;

    fn try_from(text: String) -> Result<Self, NotAnAnnualRate> {
        Self::parse(&text)
    }
}

impl From<AnnualRate> for String {
    fn from(rate: AnnualRate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_back_and_may_exceed_one() {
        for (text, share) in [("0.09", "0.09"), ("3.91", "3.91"), ("0", "0"), ("0.090000", "0.09")]
        {
            assert_eq!(AnnualRate::parse(text).unwrap().to_string(), share);
        }
        assert_eq!(AnnualRate::parse("0.123456").unwrap().millionths(), 123_456);
        for text in ["", "-0.1", "0.1234567", "1e-2", ".5", "0.", "1000", "9 %", "1.2.3"] {
            assert!(AnnualRate::parse(text).is_err(), "{text:?}");
        }
    }
}

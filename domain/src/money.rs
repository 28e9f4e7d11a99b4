//! Money: whole minor units, checked arithmetic, exact decimal text.

use std::fmt;
use std::iter::Sum;

/// A currency of an agency's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Currency {
    /// United States dollar, two decimals.
    #[cfg_attr(feature = "db", sea_orm(string_value = "USD"))]
    #[serde(rename = "USD")]
    Usd,
    /// Canadian dollar, two decimals.
    #[cfg_attr(feature = "db", sea_orm(string_value = "CAD"))]
    #[serde(rename = "CAD")]
    Cad,
}

impl Currency {
    /// ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Cad => "CAD",
        }
    }

    /// Decimals of the minor unit (ISO 4217 exponent).
    pub fn exponent(self) -> u32 {
        match self {
            Self::Usd | Self::Cad => 2,
        }
    }
}

/// An amount of money in whole minor units; may be negative.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Money(i64);

/// A positive amount of money in whole minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(Money);

/// The sum or difference does not fit (more than 92 quadrillion dollars).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large")]
pub struct TooLarge;

/// Why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// Not digits with exactly the currency's decimals, such as `1250.00`.
    #[error(
        "write the amount with two decimals and no sign, separator or exponent, such as \"1250.00\""
    )]
    Malformed,
    /// Not above zero.
    #[error("the amount must be more than zero")]
    NotPositive,
}

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// From whole minor units (cents).
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// Whole minor units (cents).
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, or [`TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, TooLarge> {
        self.0.checked_add(other.0).map(Self).ok_or(TooLarge)
    }

    /// The difference, or [`TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, TooLarge> {
        self.0.checked_sub(other.0).map(Self).ok_or(TooLarge)
    }

    /// The same amount with the other sign, or [`TooLarge`].
    pub fn negated(self) -> Result<Self, TooLarge> {
        self.0.checked_neg().map(Self).ok_or(TooLarge)
    }

    /// The sum of many, or [`TooLarge`].
    pub fn total(many: impl IntoIterator<Item = Self>) -> Result<Self, TooLarge> {
        many.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads `-?digits.dd` with exactly two decimals, no leading zero, no exponent.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, NotMoney> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').ok_or(NotMoney::Malformed)?;
        let decimals = usize::try_from(currency.exponent()).map_err(|_| NotMoney::Malformed)?;
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() != decimals || whole.len() > 15 {
            return Err(NotMoney::Malformed);
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(NotMoney::Malformed);
        }
        let minor: i64 = format!("{whole}{fraction}").parse().map_err(|_| NotMoney::Malformed)?;
        Ok(Self(if negative { -minor } else { minor }))
    }

    /// `1250.00`, the form of the wire and of exports.
    pub fn to_decimal(self) -> String {
        self.to_string()
    }

    /// `$1,250.00`, the form of the pages.
    pub fn to_display(self, currency: Currency) -> String {
        let plain = self.0.unsigned_abs();
        let whole = (plain / 100).to_string();
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        let symbol = match currency {
            Currency::Usd => "$",
            Currency::Cad => "CA$",
        };
        format!("{sign}{symbol}{grouped}.{:02}", plain % 100)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", plain / 100, plain % 100)
    }
}

impl Amount {
    /// A positive amount, or [`NotMoney::NotPositive`].
    pub fn new(money: Money) -> Result<Self, NotMoney> {
        if money.is_positive() { Ok(Self(money)) } else { Err(NotMoney::NotPositive) }
    }

    /// Reads a positive amount in the form of the wire.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, NotMoney> {
        Money::parse(text, currency).and_then(Self::new)
    }

    /// The amount as money.
    pub fn money(self) -> Money {
        self.0
    }

    /// Whole minor units (cents), above zero.
    pub fn minor(self) -> i64 {
        self.0.minor()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// Saturating sum for displays over rows that the database has already summed safely.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |sum, money| sum.saturating_add(money.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in -999_999_999_999_999_i64..=999_999_999_999_999) {
            let money = Money::from_minor(minor);
            prop_assert_eq!(Money::parse(&money.to_decimal(), Currency::Usd), Ok(money));
        }
    }

    #[test]
    fn the_wire_refuses_what_is_not_exact() {
        for text in [
            "1e2", "10", "10.0", "10.005", "+1.00", " 1.00", "01.00", ".50", "1,000.00", "", "-",
            "1.0O",
        ] {
            assert_eq!(Money::parse(text, Currency::Usd), Err(NotMoney::Malformed), "{text:?}");
        }
        assert_eq!(Amount::parse("0.00", Currency::Usd), Err(NotMoney::NotPositive));
        assert_eq!(Amount::parse("-3.00", Currency::Usd), Err(NotMoney::NotPositive));
    }

    #[test]
    fn fifteen_digits_before_the_point_are_the_most() {
        let most = Money::parse("999999999999999.99", Currency::Usd);
        assert_eq!(most.map(Money::minor), Ok(99_999_999_999_999_999));
        let more = Money::parse("1000000000000000.00", Currency::Usd);
        assert_eq!(more, Err(NotMoney::Malformed));
    }

    #[test]
    fn pages_show_groups_of_three() {
        assert_eq!(Money::from_minor(123_456_789).to_display(Currency::Usd), "$1,234,567.89");
        assert_eq!(Money::from_minor(-5).to_display(Currency::Usd), "-$0.05");
        assert_eq!(Money::from_minor(100_000).to_display(Currency::Usd), "$1,000.00");
    }
}

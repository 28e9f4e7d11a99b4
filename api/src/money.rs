//! Money on the wire: `{"amount": "1250.00", "currency": "USD"}`. Numbers are refused, and so is
//! any text that does not have exactly the currency's decimals.

use domain::money::NotMoney;
use domain::{Amount, Currency, Money, Rate};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// An amount of money, which may be negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money, example = json!({"amount": "1250.00", "currency": "USD"}))]
pub struct WireMoney {
    /// Decimal text with exactly the currency's decimals; never a number.
    #[schema(max_length = 19, pattern = r"^-?(0|[1-9]\d{0,14})\.\d{2}$", example = "1250.00")]
    pub amount: String,
    /// ISO 4217 code.
    pub currency: Currency,
}

/// A share between 0 and 1 as decimal text, such as `0.3` for 30 %; never a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Rate, value_type = String, max_length = 8, pattern = r"^(0(\.\d{1,6})?|1(\.0{1,6})?)$", example = "0.3")]
pub struct WireRate(pub String);

impl WireMoney {
    /// The wire form of an amount in this currency.
    pub fn new(money: Money, currency: Currency) -> Self {
        Self { amount: money.to_decimal(), currency }
    }

    /// A positive amount in the agency's currency.
    ///
    /// # Errors
    /// 422 with the pointer when it is malformed, not positive, or in another currency.
    pub fn positive(&self, currency: Currency, pointer: &str) -> Result<Amount, Problem> {
        self.in_books_of(currency, pointer)?;
        Amount::parse(&self.amount, currency).map_err(|err| refused(&err, pointer))
    }

    /// An amount of either sign in the agency's currency.
    ///
    /// # Errors
    /// 422 with the pointer when it is malformed or in another currency.
    pub fn any(&self, currency: Currency, pointer: &str) -> Result<Money, Problem> {
        self.in_books_of(currency, pointer)?;
        Money::parse(&self.amount, currency).map_err(|err| refused(&err, pointer))
    }

    fn in_books_of(&self, currency: Currency, pointer: &str) -> Result<(), Problem> {
        if self.currency == currency {
            return Ok(());
        }
        Err(Problem::invalid_field(
            format!("{pointer}/currency"),
            "wrong_currency",
            format!("This agency keeps its books in {}.", currency.code()),
        ))
    }
}

impl WireRate {
    /// The wire form of a rate.
    pub fn new(rate: Rate) -> Self {
        Self(rate.to_string())
    }

    /// The rate.
    ///
    /// # Errors
    /// 422 with the pointer when it is no share between 0 and 1.
    pub fn rate(&self, pointer: &str) -> Result<Rate, Problem> {
        Rate::parse(&self.0)
            .map_err(|err| Problem::invalid_field(pointer, "not_a_rate", format!("{err}.")))
    }
}

fn refused(err: &NotMoney, pointer: &str) -> Problem {
    let code = match err {
        NotMoney::Malformed => "not_money",
        NotMoney::NotPositive => "not_positive",
    };
    Problem::invalid_field(format!("{pointer}/amount"), code, err.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_money() {
        let read = |text| serde_json::from_str::<WireMoney>(text);
        assert!(read(r#"{"amount":1250.00,"currency":"USD"}"#).is_err());
        assert!(read(r#"{"amount":"1250.00","currency":"EUR"}"#).is_err());
        assert!(read(r#"{"amount":"1250.00","currency":"USD","cents":1}"#).is_err());
        let money = read(r#"{"amount":"1250.00","currency":"USD"}"#).unwrap();
        assert_eq!(money.positive(Currency::Usd, "/amount").unwrap().minor(), 125_000);
        assert!(money.positive(Currency::Cad, "/amount").is_err());
    }

    #[test]
    fn the_wire_refuses_another_scale() {
        for amount in ["1e2", "1250", "1250.0", "1250.000", "0.00", "-1.00", ""] {
            let money = WireMoney { amount: amount.to_owned(), currency: Currency::Usd };
            assert!(money.positive(Currency::Usd, "").is_err(), "{amount:?}");
        }
    }
}

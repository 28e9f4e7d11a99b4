//! Amounts inside a schedule, written as the wire writes them: `"1000.00"`, never a JSON number.
//!
//! A schedule names no currency: it speaks of the money of the agency's books. Every currency of
//! [`Currency`] has two decimals, so one form reads them all.

use crate::money::{Currency, Money};
use serde::{Deserialize, Deserializer, Serializer};

/// Writes `1000.00`.
pub(super) fn serialize<S: Serializer>(money: &Money, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(money)
}

/// Reads `1000.00`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
    Money::parse(&text, Currency::Usd).map_err(serde::de::Error::custom)
}

/// The same for an amount that may be missing.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Money, Serializer};

    #[derive(serde::Deserialize)]
    struct Written(#[serde(with = "super")] Money);

    /// Writes `1000.00` or null.
    pub(in crate::commission) fn serialize<S: Serializer>(
        money: &Option<Money>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match money {
            Some(money) => to.collect_str(money),
            None => to.serialize_none(),
        }
    }

    /// Reads `1000.00` or null.
    pub(in crate::commission) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Money>, D::Error> {
        Ok(Option::<Written>::deserialize(from)?.map(|written| written.0))
    }
}

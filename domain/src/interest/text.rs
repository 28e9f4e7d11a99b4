//! Amounts inside terms: decimal text without a currency, because terms are kept in the books of
//! one agency and both of its possible currencies have two decimals.

use crate::money::{Amount, Currency};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(amount)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
    let text = String::deserialize(from)?;
    Amount::parse(&text, Currency::Usd).map_err(D::Error::custom)
}

pub(super) mod optional {
    use super::{Amount, Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        amount: &Option<Amount>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match amount {
            Some(amount) => super::serialize(amount, to),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Amount>, D::Error> {
        #[derive(Deserialize)]
        struct Text(#[serde(with = "super")] Amount);
        Ok(Option::<Text>::deserialize(from)?.map(|text| text.0))
    }
}

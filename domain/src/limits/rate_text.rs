//! A rate in storage: the decimal share as text, so that no float ever stands for it.

use crate::rate::Rate;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(rate: &Rate, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(rate)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rate, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
    Rate::parse(&text).map_err(serde::de::Error::custom)
}

pub(crate) mod option {
    use super::{Deserialize, Deserializer, Rate, Serializer};

    pub(crate) fn serialize<S: Serializer>(rate: &Option<Rate>, to: S) -> Result<S::Ok, S::Error> {
        match rate {
            Some(rate) => to.collect_str(rate),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Rate>, D::Error> {
        Option::<std::borrow::Cow<'de, str>>::deserialize(from)?
            .map(|text| Rate::parse(&text).map_err(serde::de::Error::custom))
            .transpose()
    }
}

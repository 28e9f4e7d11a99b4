//! JSON in which no object has the same key twice: two readers must never see different requests.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

const TWICE: &str = "the key is there twice: ";

/// Reads a document, or says whether its syntax or a double key is wrong (400 either way).
pub fn value(bytes: &[u8]) -> Result<Value, Problem> {
    match serde_json::from_slice::<Unique>(bytes) {
        Ok(Unique(value)) => Ok(value),
        Err(err) if err.to_string().starts_with(TWICE) => {
            Err(Problem::malformed("duplicate_key", format!("In the body, {err}.")))
        }
        Err(err) => {
            Err(Problem::malformed("malformed_json", format!("The body is not JSON: {err}.")))
        }
    }
}

struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        if value.contains('\0') {
            return Err(E::custom("a text may not contain the character U+0000"));
        }
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((key, Unique(value))) = members.next_entry::<String, Unique>()? {
            if key.contains('\0') {
                return Err(A::Error::custom("a key may not contain the character U+0000"));
            }
            if read.contains_key(&key) {
                return Err(A::Error::custom(format!("{TWICE}{key:?}")));
            }
            read.insert(key, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_refused_at_any_depth() {
        assert_eq!(value(br#"{"a":{"b":1,"b":2}}"#).unwrap_err().code(), "duplicate_key");
        assert_eq!(value(br#"[{"a":1},{"a":2}]"#).unwrap().to_string(), r#"[{"a":1},{"a":2}]"#);
        assert_eq!(value(b"{").unwrap_err().code(), "malformed_json");
        assert_eq!(value(b"{} {}").unwrap_err().code(), "malformed_json");
        assert_eq!(value(br#""\u0000""#).unwrap_err().code(), "malformed_json");
    }
}

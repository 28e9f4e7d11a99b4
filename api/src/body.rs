//! Reading a JSON body: media type, size, syntax, double keys, unknown members, each with its own
//! answer, and a canonical text of what was sent for the idempotency fingerprint.

use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Fault, Problem};

mod unique;

/// Bytes of a JSON body at most; files have their own limit.
pub const MOST_BYTES: usize = 64 * 1024;

/// A JSON body (`application/json`).
pub type Json<T> = Body<T, Plain>;

/// A JSON merge patch (RFC 7396): what is absent stays, what is `null` is emptied.
pub type MergePatch<T> = Body<T, Patch>;

/// A body of one media type, read into `T`.
#[derive(Debug)]
pub struct Body<T, M> {
    /// What was sent.
    pub value: T,
    canonical: String,
    media: PhantomData<M>,
}

/// `application/json`.
#[derive(Debug)]
pub struct Plain;

/// `application/merge-patch+json`.
#[derive(Debug)]
pub struct Patch;

/// A media type that is JSON underneath.
pub trait Media {
    /// Its name.
    const NAME: &'static str;
}

impl Media for Plain {
    const NAME: &'static str = "application/json";
}

impl Media for Patch {
    const NAME: &'static str = "application/merge-patch+json";
}

impl<T, M> Body<T, M> {
    /// The body with sorted keys and no white space: equal requests have equal texts.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl<T: DeserializeOwned + 'static, M: Media + 'static> FromRequest for Body<T, M> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = check_head(req, M::NAME);
        let payload = payload.take();
        Box::pin(async move {
            acceptable?;
            let bytes = read(payload).await?;
            let sent = unique::value(&bytes)?;
            let canonical = canonical(&sent);
            let value = serde_path_to_error::deserialize(sent).map_err(|err| misfit(&err))?;
            Ok(Self { value, canonical, media: PhantomData })
        })
    }
}

fn check_head(req: &HttpRequest, media: &str) -> Result<(), Problem> {
    let refuse = || {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("Send the body as {media}, not compressed."),
        )
    };
    let encoding = req.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|value| value != "identity") {
        return Err(refuse());
    }
    let essence = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = essence.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(media) { Ok(()) } else { Err(refuse()) }
}

async fn read(mut payload: Payload) -> Result<BytesMut, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::malformed("incomplete_body", "The body ended before it was complete.")
        })?;
        if bytes.len().saturating_add(chunk.len()) > MOST_BYTES {
            return Err(too_large(MOST_BYTES));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// 413, with the limit.
pub fn too_large(most: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("The body may have at most {most} bytes."),
    )
    .with_member("limit_bytes", most)
}

/// A member that is unknown, missing, of the wrong type or outside its limits.
fn misfit(err: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let message = err.inner().to_string();
    let code = if message.starts_with("unknown field") {
        "unknown_field"
    } else if message.starts_with("missing field") {
        "missing_field"
    } else {
        "invalid_value"
    };
    let pointer = err.path().iter().fold(String::new(), |mut pointer, step| {
        use serde_path_to_error::Segment;
        match step {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
        pointer
    });
    Problem::invalid("The body does not fit; the faults are listed.").with_fault(Fault {
        pointer: pointer.chars().take(200).collect(),
        code: code.into(),
        message: message.chars().take(500).collect(),
    })
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            let members: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// A member of a merge patch that may be absent, `null` or set.
///
/// Use it with `#[serde(default)]`; `Field::Absent` is the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// Not sent: stays as it is.
    #[default]
    Absent,
    /// `null`: emptied.
    Null,
    /// The new value.
    Set(T),
}

impl<T> Field<T> {
    /// For a member that may be emptied: nothing, `Some(None)` or `Some(Some(value))`.
    pub fn nullable(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Field<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_has_the_same_text_whatever_its_order() {
        let one: Value = serde_json::from_str(r#"{"b": [1, {"y":2,"x":1}], "a": "é"}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"a":"\u00e9","b":[1,{"x":1,"y":2}]}"#).unwrap();
        assert_eq!(canonical(&one), canonical(&two));
        assert_ne!(canonical(&one), canonical(&Value::Null));
    }
}

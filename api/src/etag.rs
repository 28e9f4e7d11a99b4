//! Versions: what is read carries a strong `ETag`, what changes it must send it back in `If-Match`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderValue;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use crate::problem::Problem;

/// The version that the caller has seen; required where something is changed (428 without, 412 when
/// it is no longer the present one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match req.headers().get(header::IF_MATCH) {
            None => Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match_required",
                "Send the ETag that you read in the If-Match header, so that no change is lost.",
            )),
            Some(value) => value.to_str().ok().and_then(version).map(Self).ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "bad_if_match",
                    "If-Match takes one ETag as it was read, in its quotes, such as \"7\".",
                )
            }),
        })
    }
}

impl utoipa::IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^\"[1-9][0-9]{0,17}\"$"))
            .max_length(Some(20))
            .examples([serde_json::Value::from("\"7\"")]);
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some("The ETag of the version that is to be changed."))
                .schema(Some(schema))
                .build(),
        ]
    }
}

/// 200 with the `ETag` of this version, or 304 when the caller has it already (`If-None-Match`).
pub fn found(req: &HttpRequest, version: i64, body: &impl Serialize) -> HttpResponse {
    let known = req.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let tag = (header::ETAG, tag(version));
    if known.is_some_and(|known| known.split(',').any(|one| matches(one.trim(), version))) {
        return HttpResponse::NotModified().insert_header(tag).finish();
    }
    HttpResponse::Ok().insert_header(tag).json(body)
}

/// 200 with the `ETag` of the version that a change made.
pub fn changed(version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, tag(version))).json(body)
}

/// 304 when the caller has the content of this tag already (`If-None-Match`): for what is named by
/// more than a version.
pub fn unchanged(req: &HttpRequest, tag: &str) -> Option<HttpResponse> {
    let known = req.headers().get(header::IF_NONE_MATCH)?.to_str().ok()?;
    let quoted = quoted(tag);
    let has = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one) == quoted;
    known.split(',').any(|one| has(one.trim())).then(|| {
        HttpResponse::NotModified().insert_header((header::ETAG, quoted.as_str())).finish()
    })
}

/// An answer with its tag.
pub fn tagged(mut answer: HttpResponse, tag: &str) -> HttpResponse {
    if let Ok(value) = HeaderValue::from_str(&quoted(tag)) {
        answer.headers_mut().insert(header::ETAG, value);
    }
    answer
}

/// The strong ETag of a name.
pub fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

/// 201 with `Location` and the `ETag` of the first version.
pub fn created(location: &str, version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, tag(version)))
        .json(body)
}

/// The strong ETag of a version.
pub fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// `If-None-Match` compares weakly and knows `*` (RFC 9110 13.1.2).
fn matches(one: &str, present: i64) -> bool {
    one == "*" || version(one.strip_prefix("W/").unwrap_or(one)) == Some(present)
}

fn version(tag: &str) -> Option<i64> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_what_we_write_is_a_version() {
        assert_eq!(version(&tag(7)), Some(7));
        for other in ["7", "\"07\"", "\"\"", "W/\"7\"", "\"-7\"", "\"+7\"", "*"] {
            assert_eq!(version(other), None, "{other}");
        }
        let asks = |known: &str| {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, known));
            unchanged(&request.to_http_request(), "stmt_1-pdf-1").map(|answer| answer.status())
        };
        assert_eq!(asks("\"x\", W/\"stmt_1-pdf-1\""), Some(StatusCode::NOT_MODIFIED));
        assert_eq!(asks("*"), Some(StatusCode::NOT_MODIFIED));
        assert_eq!(asks("stmt_1-pdf-1"), None);
        assert_eq!(asks("\"stmt_1-pdf-2\""), None);
        assert!(matches("W/\"7\"", 7) && matches("*", 7) && !matches("\"8\"", 7));
    }
}

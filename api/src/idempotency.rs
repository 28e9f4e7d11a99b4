//! `Idempotency-Key`: required wherever money moves or a person is contacted, so that a request
//! that is sent twice has one effect. The key is claimed in the transaction of the effect.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponseBuilder};
use service::actor::Actor;
use service::once::Once;
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use crate::problem::Problem;

/// The name of the header.
pub const HEADER: &str = "Idempotency-Key";

/// The key of this request, and what it was asked of.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: String,
    asked: String,
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = format!("{} {}", req.method(), req.path());
        let key = req.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let visible = |key: &&str| {
            (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        };
        ready(match key.filter(visible) {
            Some(key) => Ok(Self { key: key.to_owned(), asked }),
            None => Err(Problem::malformed(
                "idempotency_key_required",
                "Send a fresh Idempotency-Key of 1 to 255 visible ASCII characters, and the same \
                 one when you repeat the request.",
            )),
        })
    }
}

impl IdempotencyKey {
    /// What the use case needs to have its effect once. `body` is [`crate::body::Body::canonical`].
    pub fn once(self, actor: &Actor, operation: &'static str, body: &str) -> Once {
        let fingerprint = Sha256::digest(format!("{}\n{body}", self.asked)).to_vec();
        Once { principal: actor.principal(), key: self.key, operation, fingerprint }
    }
}

impl utoipa::IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[!-~]{1,255}$"))
            .min_length(Some(1))
            .max_length(Some(255))
            .examples([serde_json::Value::from("7f1c2a9e-0d53-4d4e-9b1a-2f7f0f6f2c11")]);
        vec![
            ParameterBuilder::new()
                .name(HEADER)
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(
                    "Names this request; repeat it with the request and there is one effect.",
                ))
                .schema(Some(schema))
                .build(),
        ]
    }
}

/// Marks an answer that an earlier request with the same key was given.
pub fn mark(response: &mut HttpResponseBuilder, replayed: bool) {
    if replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
}

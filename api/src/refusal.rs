//! The one place where a refusal of a use case becomes a problem.

use actix_web::http::StatusCode;
use service::{Kind, Refused};

use crate::problem::{Fault, Problem};

impl<R: Refused> From<R> for Problem {
    fn from(refused: R) -> Self {
        let problem = match refused.kind() {
            Kind::Invalid => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, refused.code(), text(&refused))
            }
            Kind::Unauthenticated if refused.code() == "unauthenticated" => Self::unauthenticated(),
            Kind::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, refused.code(), text(&refused))
            }
            Kind::Forbidden => Self::new(StatusCode::FORBIDDEN, refused.code(), text(&refused)),
            Kind::NotFound => Self::not_found(),
            Kind::Conflict => Self::new(StatusCode::CONFLICT, refused.code(), text(&refused)),
            Kind::Stale => {
                Self::new(StatusCode::PRECONDITION_FAILED, refused.code(), text(&refused))
            }
            Kind::TooMany => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, refused.code(), text(&refused))
            }
            Kind::Unavailable => {
                let detail = "We cannot answer just now. Try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, refused.code(), detail)
            }
            Kind::Fault => {
                tracing::error!(error = %refused, "a use case failed");
                Self::internal()
            }
        };
        let problem = match refused.pointer() {
            Some(pointer) => problem.with_fault(Fault {
                pointer: pointer.to_owned(),
                code: refused.code().into(),
                message: text(&refused),
            }),
            None => problem,
        };
        let problem = match refused.retry_after() {
            Some(seconds) => problem.retry_after(seconds.into()),
            None => problem,
        };
        refused.facts().into_iter().fold(problem, |p, (name, value)| p.with_member(name, value))
    }
}

/// `there is no such desk` reads "There is no such desk."
fn text(refused: &impl Refused) -> String {
    let mut text = refused.to_string();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

//! The one place where a refusal of a use case becomes a problem.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use service::{Flaw, Kind, Refused};

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
        let problem = with_flaws(problem, refused.flaws());
        refused.facts().into_iter().fold(problem, |p, (name, value)| p.with_member(name, value))
    }
}

/// Each flaw as a fault of the request, and again with its numbers as a member `problems`.
fn with_flaws(problem: Problem, flaws: Vec<Flaw>) -> Problem {
    if flaws.is_empty() {
        return problem;
    }
    let (mut problem, mut listed) = (problem, Vec::new());
    for Flaw { pointer, code, words, facts } in flaws {
        let message = sentence(words);
        let mut one: Map<String, Value> =
            facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        one.insert("pointer".to_owned(), json!(pointer));
        one.insert("code".to_owned(), json!(code));
        one.insert("message".to_owned(), json!(message));
        listed.push(Value::Object(one));
        problem = problem.with_fault(Fault { pointer, code: code.into(), message });
    }
    problem.with_member("problems", listed)
}

/// `there is no such desk` reads "There is no such desk."
fn text(refused: &impl Refused) -> String {
    sentence(refused.to_string())
}

fn sentence(mut text: String) -> String {
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

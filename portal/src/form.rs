//! Forms: the one extractor for posts, the parts that forms are made of, and what was wrong.

mod choices;
mod field;
mod select;

pub use choices::{Choice, Choices};
pub use field::Field;
pub use select::Select;

use crate::csrf;
use crate::refusal::Refusal;
use crate::visit::Visit;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use uuid::Uuid;

/// The largest form, in bytes. Files go through multipart, with [`csrf::check`] on their `csrf`.
const LIMIT: usize = 64 * 1024;

/// A posted form: checked to be ours (see [`csrf`]), then read into `T`. The only extractor for
/// forms. Fields of `T` are `String` or `Option<String>` and are parsed by the handler, so that
/// whatever a person types comes back to them with a word about it.
#[derive(Debug)]
pub struct CsrfForm<T> {
    /// The fields.
    pub fields: T,
    /// Given to the form when it was shown: two posts of one form are one act.
    pub form_id: Uuid,
}

#[derive(serde::Deserialize)]
struct Seal {
    #[serde(default)]
    csrf: String,
    form_id: Option<Uuid>,
}

impl<T: DeserializeOwned + 'static> FromRequest for CsrfForm<T> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let visit = Visit::of(&request)?;
            let body = body.await.map_err(|_| Refusal::Unreadable)?;
            if body.len() > LIMIT {
                return Err(Refusal::TooLarge);
            }
            let text = std::str::from_utf8(&body).map_err(|_| Refusal::Unreadable)?;
            let seal = web::Query::<Seal>::from_query(text).map_err(|_| Refusal::ForeignForm)?;
            csrf::check(&request, &visit, &seal.csrf)?;
            let form_id = seal.form_id.ok_or(Refusal::Unreadable)?;
            let fields = web::Query::<T>::from_query(text).map_err(|_| Refusal::Unreadable)?;
            Ok(Self { fields: fields.into_inner(), form_id })
        })
    }
}

/// What was wrong with a form: field by field, in the order of the page.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<Problem>);

/// One thing that was wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The id of the field, which the summary links to.
    pub field: &'static str,
    /// What to do about it; the same words at the field and in the summary.
    pub words: String,
}

impl Problems {
    /// Nothing wrong so far.
    pub fn none() -> Self {
        Self::default()
    }

    /// One thing.
    pub fn one(field: &'static str, words: impl Into<String>) -> Self {
        let mut problems = Self::none();
        problems.add(field, words);
        problems
    }

    /// One more thing.
    pub fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.0.push(Problem { field, words: words.into() });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// What is wrong with one field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == field).map(|problem| problem.words.as_str())
    }
}

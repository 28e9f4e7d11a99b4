//! What a site answers when it cannot do what was asked: a calm page for each case, never a bare
//! status.

use crate::entry::sentence;
use crate::page::{self, Page};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use service::{Kind, Refused};

/// Why there is no page. Handlers return it; [`crate::visit`] turns it into a page in the
/// visitor's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such page, or it belongs to somebody else: the answer is the same.
    #[error("there is no such page")]
    NotFound,
    /// Signed in, but not allowed to do this.
    #[error("not allowed")]
    Forbidden,
    /// Nobody is signed in.
    #[error("sign in first")]
    SignInFirst,
    /// The form was not one of ours, or the cookie it was made for is gone.
    #[error("the form is too old or not ours")]
    ForeignForm,
    /// The form could not be read.
    #[error("the form could not be read")]
    Unreadable,
    /// The form or file is too large.
    #[error("too large")]
    TooLarge,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany,
    /// The site does not offer this way of asking.
    #[error("method not allowed")]
    WrongMethod,
    /// No agency answers at this address.
    #[error("no agency answers at this address")]
    UnknownHost,
    /// Something is broken on our side.
    #[error("something is broken on our side")]
    Broken,
}

/// The page of a refusal that no form of this site leads to. Faults are told to the log.
pub fn refused(err: &impl Refused) -> Refusal {
    match err.kind() {
        Kind::NotFound => Refusal::NotFound,
        Kind::Forbidden => Refusal::Forbidden,
        Kind::Unauthenticated => Refusal::SignInFirst,
        Kind::TooMany => Refusal::TooMany,
        Kind::Invalid | Kind::Conflict | Kind::Stale => Refusal::Unreadable,
        Kind::Unavailable | Kind::Fault => crate::visit::broken(err),
    }
}

/// The words of a refusal that whoever filled in the form can act on; any other is a page.
pub fn told(err: &impl Refused) -> Result<String, Refusal> {
    if err.code() == "idempotency_key_reused" {
        let words = "This form was sent before with something else in it. See what came of that, then fill it in anew.";
        return Ok(words.to_owned());
    }
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => Ok(sentence(&err.to_string())),
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::SignInFirst => StatusCode::UNAUTHORIZED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header(("content-type", "text/plain; charset=utf-8"))
            .body(self.to_string())
    }
}

impl Refusal {
    /// The refusal that a bare status of the framework stands for.
    pub fn of_status(status: StatusCode) -> Option<Self> {
        match status.as_u16() {
            404 => Some(Self::NotFound),
            403 => Some(Self::Forbidden),
            405 => Some(Self::WrongMethod),
            413 => Some(Self::TooLarge),
            429 => Some(Self::TooMany),
            400 | 415 => Some(Self::Unreadable),
            500.. => Some(Self::Broken),
            _ => None,
        }
    }

    /// The texts of its page: heading and one paragraph.
    pub fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound | Self::UnknownHost => ("refusal-not-found", "refusal-not-found-words"),
            Self::Forbidden => ("refusal-forbidden", "refusal-forbidden-words"),
            Self::SignInFirst => ("refusal-sign-in", "refusal-sign-in-words"),
            Self::ForeignForm => ("refusal-form", "refusal-form-words"),
            Self::Unreadable | Self::WrongMethod => {
                ("refusal-unreadable", "refusal-unreadable-words")
            }
            Self::TooLarge => ("refusal-too-large", "refusal-too-large-words"),
            Self::TooMany => ("refusal-too-many", "refusal-too-many-words"),
            Self::Broken => ("refusal-broken", "refusal-broken-words"),
        }
    }

    /// Its page; `page` gets its title from the refusal.
    pub fn show(self, mut page: Page) -> HttpResponse {
        let (title, words) = self.keys();
        page.title = page.t(title);
        let words = page.t(words);
        page::render(&RefusalPage { page, words }, self.status_code())
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    page: Page,
    words: String,
}

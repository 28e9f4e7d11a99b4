//! Letting callers of the API in: an access token or an API key becomes an actor here, and only here.

use crate::actor::{Actor, PlatformAdmin};
use crate::app::App;
use crate::stop::{Kind, Refused, Stop};

/// Why a token lets nobody in. One text for every cause.
#[derive(Debug, thiserror::Error)]
pub enum AccessRefused {
    /// Unknown, expired, revoked or forged.
    #[error("send a valid access token or API key")]
    NotValid,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(AccessRefused);

impl Refused for AccessRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotValid => Kind::Unauthenticated,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotValid => "unauthenticated",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotValid => None,
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

/// Who a bearer token belongs to.
pub async fn authenticate(_app: &App, _token: &str) -> Result<Actor, AccessRefused> {
    Err(AccessRefused::NotValid)
}

/// The platform's administrator a bearer token belongs to.
pub async fn authenticate_platform(
    _app: &App,
    _token: &str,
) -> Result<PlatformAdmin, AccessRefused> {
    Err(AccessRefused::NotValid)
}

//! What stops a use case. Each use case has its own enum of refusals; what may stop any of them is
//! [`Stop`]; both say their kind and a stable code through [`Refused`].

use domain::Permission;
use sea_orm::DbErr;

/// The kind of a refusal; the API maps it to a status, the sites to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input cannot be acted on as it is (422).
    Invalid,
    /// Nobody is signed in, or the proof is no longer good (401).
    Unauthenticated,
    /// Known, and not allowed (403).
    Forbidden,
    /// Unknown, or another's (404).
    NotFound,
    /// Not in this state of things (409).
    Conflict,
    /// Somebody changed it meanwhile (412).
    Stale,
    /// Too often (429).
    TooMany,
    /// Not now; later (503).
    Unavailable,
    /// Our fault (500).
    Fault,
}

/// One of several things that are wrong with an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    /// Where, as a JSON pointer into the input.
    pub pointer: String,
    /// Which, `snake_case`; it never changes.
    pub code: &'static str,
    /// For a person.
    pub words: String,
    /// The numbers in it.
    pub facts: Vec<(&'static str, serde_json::Value)>,
}

/// A refusal: text fit for a person, a kind, and a code that never changes.
pub trait Refused: std::error::Error {
    /// Its kind.
    fn kind(&self) -> Kind;

    /// Its stable code, `snake_case`.
    fn code(&self) -> &'static str;

    /// The input it is about, as a JSON pointer, where there is one.
    fn pointer(&self) -> Option<&str> {
        None
    }

    /// The numbers and names in it, as members of the problem (`{"balance": "12.00"}`).
    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }

    /// Seconds to wait before another try, where that helps.
    fn retry_after(&self) -> Option<u32> {
        None
    }

    /// Everything that is wrong with the input, where several things may be at once.
    fn flaws(&self) -> Vec<Flaw> {
        Vec::new()
    }
}

/// What may stop any use case.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Unknown, or another tenant's: the same answer.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The person may not do this.
    #[error("this needs the permission \"{}\"", .0.name())]
    Forbidden(Permission),
    /// The version given is not the present one.
    #[error("somebody changed this meanwhile; read it again and repeat the change")]
    Stale,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A failure that is ours; the person sees a bare apology, the log the cause.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Db(#[from] DbErr),
    /// Something stored could not be decrypted.
    #[error("stored secret of {0} cannot be opened")]
    Sealed(&'static str),
    /// Something stored could not be read back.
    #[error("stored data: {0}")]
    Stored(#[from] serde_json::Error),
    /// An outside party (mail server, payment gateway) failed.
    #[error("outside: {0}")]
    Outside(String),
    /// What should not happen.
    #[error("{0}")]
    Unexpected(&'static str),
}

impl Fault {
    /// Whether the database was busy or away, so that a later try may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Db(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => true,
            Self::Db(err) => {
                let text = err.to_string();
                [
                    "lock timeout",
                    "statement timeout",
                    "deadlock detected",
                    "shutting down",
                    "starting up",
                ]
                .iter()
                .any(|passing| text.contains(passing))
            }
            Self::Sealed(_) | Self::Stored(_) | Self::Outside(_) | Self::Unexpected(_) => false,
        }
    }
}

impl From<DbErr> for Stop {
    fn from(err: DbErr) -> Self {
        Self::Fault(Fault::Db(err))
    }
}

impl Refused for Stop {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Forbidden(_) => Kind::Forbidden,
            Self::Stale => Kind::Stale,
            Self::Fault(fault) if fault.is_passing() => Kind::Unavailable,
            Self::Fault(_) => Kind::Fault,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Stale => "stale_version",
            Self::Fault(fault) if fault.is_passing() => "try_again",
            Self::Fault(_) => "internal_error",
        }
    }

    fn retry_after(&self) -> Option<u32> {
        (self.kind() == Kind::Unavailable).then_some(2)
    }
}

/// Lets `?` carry database errors and faults into a use case's own enum, which has a variant
/// `Stop(#[from] Stop)`.
#[macro_export]
macro_rules! stops {
    ($($refused:ty),* $(,)?) => {$(
        impl From<sea_orm::DbErr> for $refused {
            fn from(err: sea_orm::DbErr) -> Self {
                Self::Stop(err.into())
            }
        }

        impl From<$crate::stop::Fault> for $refused {
            fn from(fault: $crate::stop::Fault) -> Self {
                Self::Stop(fault.into())
            }
        }
    )*};
}

/// Whether a write was refused by this named constraint (unique, check or foreign key).
pub fn broke(err: &DbErr, constraint: &str) -> bool {
    let text = err.to_string();
    text.contains(&format!("\"{constraint}\""))
}

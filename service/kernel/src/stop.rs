//! What stops a use case. Each use case has its own enum of refusals; what may stop any of them is
//! [`Stop`]; both say their kind and a stable code through [`Refused`].

use domain::Permission;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

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
            Self::Db(err) => is_any_of(err, &PASSING),
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

/// SQLSTATE `lock_not_available`: somebody else held a row for longer than `lock_timeout`.
const LOCK_TIMEOUT: &str = "55P03";

/// The class of SQLSTATEs that say that a constraint was broken.
const INTEGRITY: &str = "23";

/// SQLSTATEs of a database that is busy or comes and goes: a serialization failure, a deadlock, too
/// many connections, a lock or a statement that took too long, a shutdown, a start.
const PASSING: [&str; 8] =
    ["40001", "40P01", "53300", LOCK_TIMEOUT, "57014", "57P01", "57P02", "57P03"];

/// Whether a write was refused by this named constraint or unique index. On Citus it is the constraint
/// of a shard, whose name is that of the table's and the number of the shard.
pub fn broke(err: &DbErr, constraint: &str) -> bool {
    let Some(said) = spoken(err) else { return false };
    let is_it = |name: &str| name == constraint || without_shard(name) == constraint;
    match said.constraint() {
        Some(name) => is_it(name),
        // Citus hands on what a worker said and its code, but not the name by itself. In every language
        // the words name the constraint.
        None => {
            said.code().is_some_and(|code| code.starts_with(INTEGRITY))
                && said.message().split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).any(is_it)
        }
    }
}

/// Whether a statement waited in vain for somebody else's row.
pub(crate) fn is_lock_timeout(err: &DbErr) -> bool {
    is_any_of(err, &[LOCK_TIMEOUT])
}

fn is_any_of(err: &DbErr, states: &[&str]) -> bool {
    spoken(err).and_then(|said| said.code()).is_some_and(|code| states.contains(&code.as_ref()))
}

/// What the database itself said, as the driver read it; its words depend on its language.
fn spoken(err: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Exec(RuntimeErr::SqlxError(err)) | DbErr::Query(RuntimeErr::SqlxError(err))) = err
    else {
        return None;
    };
    err.as_database_error()
}

fn without_shard(constraint: &str) -> &str {
    match constraint.rsplit_once('_') {
        Some((name, shard)) if !shard.is_empty() && shard.bytes().all(|b| b.is_ascii_digit()) => {
            name
        }
        _ => constraint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_shard_is_no_part_of_a_name() {
        assert_eq!(without_shard("app_user_email_unique_102046"), "app_user_email_unique");
        for whole in ["app_user_email_unique", "plan_4x", "plan_", "1", ""] {
            assert_eq!(without_shard(whole), whole);
        }
    }

    #[test]
    fn what_the_database_did_not_say_breaks_nothing() {
        let text = "violates unique constraint \"app_user_email_unique\", lock timeout";
        let err = DbErr::Custom(text.to_owned());
        assert!(!broke(&err, "app_user_email_unique") && !is_lock_timeout(&err));
        assert!(!Fault::Db(err).is_passing());
    }
}

//! Letting debtors in.
//!
//! Nothing may tell a stranger whether a debt exists. So a reference and two facts are only a
//! filter: whatever was typed, the same rows are written and the same answer given, and a job, whose
//! work nobody sees, mails a code to a channel on file or does nothing. The code lets in.
//!
//! Limits: 5 attempts for a reference and 20 from an address in 15 minutes; a code has 6 digits,
//! lives 10 minutes and takes 5 tries; a link lives 72 hours, is used once, and still asks for the
//! ZIP code, since e-mail addresses change hands.

mod code;
mod factors;
mod link;
mod not_me;
mod words;

pub use code::send as send_code;
pub use code::{enter, prove, resend};
pub use factors::{Claim, Fact};
pub use link::send as send_link;
pub use link::{ask, confirm, open};
pub use not_me::{Known, not_me};

use chrono::{DateTime, Duration, Utc};
use domain::agency::{Language, Site};
use domain::timeline::TimelineKind;
use domain::{AccountId, DebtorId};
use entity::{account, debtor};
use identity::sessions::{self, NewSession, Session, Subject};
use kernel::audit;
use kernel::db::Tx;
use kernel::limits::{self, Limit};
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};

/// Attempts on one reference.
const BY_REFERENCE: Limit =
    Limit { scope: "debtor_reference", tries: 5, minutes: 15, doubles: true };
/// Attempts from one network address.
const BY_ADDRESS: Limit = Limit { scope: "debtor_address", tries: 20, minutes: 15, doubles: false };
/// Links asked for one e-mail address.
const BY_EMAIL: Limit = Limit { scope: "debtor_email", tries: 5, minutes: 15, doubles: true };

/// Tries of one code, or of the ZIP code after a link.
const TRIES: i32 = 5;

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessRefused {
    /// Too many attempts.
    #[error("too many attempts; try again later or call")]
    TooMany {
        /// When the next attempt is allowed.
        until: DateTime<Utc>,
    },
    /// A code was sent less than a minute ago.
    #[error("a code was sent a moment ago; wait a minute before asking for another")]
    TooSoon,
    /// The code or ZIP code does not fit.
    #[error("that does not match; check it and try again")]
    NotRight,
    /// The code or link is used up or too old.
    #[error("that can no longer be used; start again")]
    Expired,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AccessRefused);

impl Refused for AccessRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::TooMany { .. } | Self::TooSoon => Kind::TooMany,
            Self::NotRight => Kind::Invalid,
            Self::Expired => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "too_many_attempts",
            Self::TooSoon => "code_just_sent",
            Self::NotRight => "not_right",
            Self::Expired => "expired",
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// Somebody who has proven who they are.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The cookie of the new session.
    pub cookie: String,
    /// The account through which they came.
    pub account: AccountId,
}

/// Lets the debtor in: a new session in place of the visit's, in the same language.
async fn let_in(
    tx: &Tx,
    visit: &Session,
    account: AccountId,
    debtor: DebtorId,
) -> Result<Entered, AccessRefused> {
    let cookie = random::token(tx.agency())?;
    let language = visit.language;
    let new = NewSession {
        site: Site::Debtor,
        subject: Subject::Debtor(debtor),
        language,
        cookie: &cookie,
    };
    sessions::start(tx, new).await?;
    sessions::end_in(tx, visit.id).await?;
    remember(tx, debtor, language).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "debtor.sign_in",
            subject_type: "debtor",
            subject_id: Some(debtor.0),
            ..audit::Entry::default()
        },
    )
    .await?;
    let row = account::Entity::find_by_id((tx.agency(), account)).one(tx).await?;
    if let Some(row) = row {
        limits::forgive(tx, BY_REFERENCE, &row.reference).await?;
        let (kind, words) = (TimelineKind::DebtorSignedIn, "Signed in on the debtor site");
        timeline::record(tx, (&row).into(), kind, words, None).await?;
    }
    Ok(Entered { cookie, account })
}

/// The language in which a debtor reads the site is the language of their mail.
async fn remember(tx: &Tx, debtor: DebtorId, language: Language) -> Result<(), AccessRefused> {
    let row = debtor::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(debtor),
        language: Set(language),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

/// How long what was started stays open.
#[derive(Debug, Clone, Copy)]
enum Life {
    Code,
    Link,
}

impl Life {
    fn span(self) -> Duration {
        match self {
            Self::Code => Duration::minutes(10),
            Self::Link => Duration::hours(72),
        }
    }
}

//! Coming in at the client site and the workspace: by password or by a one-time link; and who it is
//! that comes back with a session's cookie.

use crate::sessions::{self, Session, Visitor};
use crate::sign_in::{self, SignInRefused};
use crate::users::{self, UserRefused};
use domain::agency::Site;
use domain::user::{InvitePurpose, UserKind, UserStatus};
use domain::{AgencyId, SessionId};
use entity::{invite, user};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::limits::{self, Limit};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Tries of one e-mail address, whether anybody has it or not.
const BY_EMAIL: Limit = Limit { scope: "user_password", tries: 10, minutes: 15, doubles: false };
/// Tries from one network address, whoever they claim to be.
const BY_ADDRESS: Limit =
    Limit { scope: "user_password_address", tries: 30, minutes: 15, doubles: true };

/// Somebody at the door of a site.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The agency whose site it is.
    pub agency: AgencyId,
    /// The client site or the workspace.
    pub site: Site,
    /// The network address, for the limit on attempts.
    pub address: &'a str,
    /// The session open so far; it ends when somebody signs in.
    pub before: Option<SessionId>,
}

/// Why nobody comes in.
#[derive(Debug, thiserror::Error)]
pub enum EntryRefused {
    /// Unknown, wrong, disabled, or a person of the other site: the same answer.
    #[error("The e-mail address or the password is not right.")]
    NotRight,
    /// Too many attempts of this address.
    #[error("There were too many attempts. Try again in 15 minutes.")]
    TooMany,
    /// The link cannot be used.
    #[error(transparent)]
    Link(#[from] UserRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(EntryRefused);

impl Refused for EntryRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotRight => Kind::Unauthenticated,
            Self::TooMany => Kind::TooMany,
            Self::Link(refused) => refused.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotRight => "sign_in_failed",
            Self::TooMany => "too_many_attempts",
            Self::Link(refused) => refused.code(),
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// What a one-time link is good for.
#[derive(Debug, Clone)]
pub struct Link {
    /// The address its owner signs in with.
    pub email: String,
    /// Its owner's name.
    pub name: String,
    /// The first password, or another one.
    pub purpose: InvitePurpose,
}

/// Signs in with a password. Answers with the cookie of the new session.
///
/// # Errors
/// [`EntryRefused::NotRight`] for every cause alike, [`EntryRefused::TooMany`] after ten attempts
/// of an e-mail address or thirty of a network address in a quarter of an hour.
pub async fn with_password(
    app: &App,
    door: Door<'_>,
    email: &str,
    password: &str,
) -> Result<String, EntryRefused> {
    let email = email.trim().to_lowercase();
    if blocked(app, door, &email).await? {
        return Err(EntryRefused::TooMany);
    }
    let user = match sign_in::check(app, Some(door.agency), &email, password).await {
        Ok(user) if at_home(user.kind, door.site) => user,
        Ok(_) | Err(SignInRefused::NotRight) => return Err(EntryRefused::NotRight),
        Err(SignInRefused::Stop(stop)) => return Err(stop.into()),
    };
    let tx = app.begin(&Visitor(door.agency)).await?;
    limits::forgive(&tx, BY_EMAIL, &email).await?;
    let id = user.id;
    sign_in::welcome(&tx, user).await?;
    let cookie = sessions::start_user(&tx, door.site, id, door.before).await?;
    tx.commit().await?;
    Ok(cookie)
}

/// What a one-time link is good for at this door; nothing when it is used, expired, wrong, or of
/// another agency or site. Looking uses nothing up: scanners of mail open links too.
pub async fn link(app: &App, door: Door<'_>, token: &str) -> Result<Option<Link>, Stop> {
    let tx = app.begin(&Visitor(door.agency)).await?;
    let found = invited(&tx, door, token).await?;
    tx.commit().await?;
    Ok(found)
}

/// Chooses a password by a one-time link and comes in. Answers with the cookie of the new session.
///
/// # Errors
/// [`EntryRefused::Link`] when the link is no longer good or the password is too weak.
pub async fn with_link(
    app: &App,
    door: Door<'_>,
    token: &str,
    password: &str,
) -> Result<String, EntryRefused> {
    if link(app, door, token).await?.is_none() {
        return Err(UserRefused::LinkSpent.into());
    }
    let (agency, id) = users::accept(app, token, password).await?;
    let tx = app.begin(&Visitor(agency)).await?;
    let cookie = sessions::start_user(&tx, door.site, id, door.before).await?;
    tx.commit().await?;
    Ok(cookie)
}

/// Whoever a session belongs to, with the rights they have now; nobody when they were disabled.
pub async fn actor(app: &App, session: &Session) -> Result<Option<Actor>, Fault> {
    let Some(id) = session.user() else { return Ok(None) };
    let tx = app.begin(&Visitor(session.agency)).await?;
    let user = user::in_agency(session.agency)
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::Status.eq(UserStatus::Active))
        .one(&tx)
        .await?;
    let actor = match user.filter(|user| at_home(user.kind, session.site)) {
        Some(user) => Some(sign_in::actor_of(&tx, &user).await?),
        None => None,
    };
    tx.commit().await?;
    Ok(actor)
}

/// Counts the attempt before anything is looked at, and keeps the count whatever follows.
async fn blocked(app: &App, door: Door<'_>, email: &str) -> Result<bool, Fault> {
    let tx = app.begin(&Visitor(door.agency)).await?;
    let by_address = limits::count(&tx, BY_ADDRESS, door.address).await?;
    let by_email = limits::count(&tx, BY_EMAIL, email).await?;
    tx.commit().await?;
    Ok(by_address.or(by_email).is_some())
}

async fn invited(tx: &Tx, door: Door<'_>, token: &str) -> Result<Option<Link>, Stop> {
    let link = invite::in_agency(door.agency)
        .filter(invite::Column::TokenHash.eq(random::hash(token)))
        .filter(invite::Column::UsedAt.is_null())
        .filter(invite::Column::ExpiresAt.gt(tx.now()))
        .one(tx)
        .await?;
    let Some(link) = link else { return Ok(None) };
    let user = user::Entity::find_by_id((door.agency, link.user_id)).one(tx).await?;
    Ok(user
        .filter(|user| user.status != UserStatus::Disabled && at_home(user.kind, door.site))
        .map(|user| Link { email: user.email, name: user.name, purpose: link.purpose }))
}

/// Staff belong to the workspace, creditors' users to the client site.
fn at_home(kind: UserKind, site: Site) -> bool {
    match site {
        Site::Workspace => kind == UserKind::Staff,
        Site::Client => kind == UserKind::Client,
        Site::Debtor => false,
    }
}

//! People who sign in: agency staff and creditors' users. They are invited by a one-time link and
//! choose their own password; nobody else ever knows it.

use crate::passwords::{Hasher, NewPassword, WeakPassword};
use crate::sessions;
use crate::tokens;
use chrono::Duration;
use domain::user::{InvitePurpose, UserKind, UserStatus};
use domain::{AgencyId, ClientRole, CreditorId, InviteId, Permission, StaffRole, UserId};
use entity::{invite, user};
use kernel::actor::{Actor, JobRunner, PlatformAdmin, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Kind, Refused, Stop, broke};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

mod change;

pub use change::{Change, Role, change, find, list, reset_link};
pub use entity::user::Model as User;

/// How long an invitation is good for.
const INVITE_LIFE: Duration = Duration::days(3);

/// What a new user will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// A member of the agency's staff.
    Staff(StaffRole),
    /// A user of this creditor.
    Client(CreditorId, ClientRole),
}

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they will be.
    pub membership: Membership,
}

/// A one-time link, shown once.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Who was invited.
    pub user: UserId,
    /// The secret part of the link; only its hash is kept.
    pub token: String,
}

/// Why a user is not invited, or a link not accepted.
#[derive(Debug, thiserror::Error)]
pub enum UserRefused {
    /// Not an address.
    #[error("\"{0}\" is not an e-mail address")]
    BadEmail(String),
    /// No name.
    #[error("a name has 1 to 120 characters")]
    BadName,
    /// The address is taken in this agency.
    #[error("somebody already signs in with this address")]
    EmailTaken,
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// Nobody takes away their own access.
    #[error("you cannot change your own role or access; ask another administrator")]
    OwnAccess,
    /// Staff stay staff, a creditor's user stays one.
    #[error("a role of the other kind cannot be given; invite the person anew")]
    WrongKind,
    /// The link is used, expired or wrong.
    #[error("this link is no longer good; ask for a new one")]
    LinkSpent,
    /// The password may not be chosen.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(UserRefused);

impl Refused for UserRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadEmail(_) | Self::BadName | Self::UnknownCreditor | Self::WeakPassword(_) => {
                Kind::Invalid
            }
            Self::WrongKind => Kind::Invalid,
            Self::EmailTaken | Self::LinkSpent | Self::OwnAccess => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadEmail(_) => "bad_email",
            Self::BadName => "bad_name",
            Self::EmailTaken => "email_taken",
            Self::UnknownCreditor => "unknown_creditor",
            Self::LinkSpent => "link_spent",
            Self::OwnAccess => "own_access",
            Self::WrongKind => "wrong_kind_of_role",
            Self::WeakPassword(_) => "weak_password",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadEmail(_) | Self::EmailTaken => Some("/email"),
            Self::BadName => Some("/name"),
            Self::UnknownCreditor => Some("/creditor_id"),
            Self::WeakPassword(_) => Some("/password"),
            Self::LinkSpent => Some("/token"),
            Self::WrongKind => Some("/role"),
            Self::OwnAccess => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }
}

/// Invites a user of the agency, or of a creditor within the actor's reach.
pub async fn invite(app: &App, actor: &Actor, new: NewUser) -> Result<Invitation, UserRefused> {
    actor.require(Permission::UserWrite)?;
    if let Membership::Client(creditor, _) = new.membership {
        let confined = !actor.creditors().is_empty();
        if confined && !actor.creditors().contains(&creditor) {
            return Err(UserRefused::UnknownCreditor);
        }
    } else {
        actor.require_agency(Permission::UserWrite)?;
    }
    // Invitations and their links are the agency's own rows, whoever within it invites.
    let tx = app.begin(&OnBehalf(actor)).await?;
    let invitation = add(&tx, &new).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// Invites the first administrator of an agency.
pub async fn invite_first_admin(
    app: &App,
    admin: &PlatformAdmin,
    agency: AgencyId,
    email: &str,
    name: &str,
) -> Result<Invitation, UserRefused> {
    let tx = app.begin(&JobRunner::new(agency)).await?;
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        membership: Membership::Staff(StaffRole::Admin),
    };
    let invitation = add(&tx, &new).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "agency.invite_admin",
            subject_type: "user",
            subject_id: Some(invitation.user.0),
            after: Some(serde_json::json!({ "by": admin.signature().name })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(invitation)
}

/// Accepts an invitation or a reset link: sets the password; the link is spent, and whatever was
/// signed in before is signed out.
pub async fn accept(
    app: &App,
    token: &str,
    password: &str,
) -> Result<(AgencyId, UserId), UserRefused> {
    let password = NewPassword::new(password)?;
    let agency = random::agency_of(token).ok_or(UserRefused::LinkSpent)?;
    let link = invite::in_agency(agency)
        .filter(invite::Column::TokenHash.eq(random::hash(token)))
        .one(app.db().system())
        .await?
        .ok_or(UserRefused::LinkSpent)?;
    let password_hash = app.part::<Hasher>()?.hash(password).await?;
    let tx = app.begin(&JobRunner::new(link.agency_id)).await?;
    let spent = invite::Entity::update_many()
        .set(invite::ActiveModel { used_at: Set(Some(tx.now())), ..Default::default() })
        .filter(invite::Column::AgencyId.eq(link.agency_id))
        .filter(invite::Column::Id.eq(link.id))
        .filter(invite::Column::UsedAt.is_null())
        .filter(invite::Column::ExpiresAt.gt(tx.now()))
        .exec(&tx)
        .await?;
    if spent.rows_affected != 1 {
        return Err(UserRefused::LinkSpent);
    }
    let row = user::Entity::find_by_id((link.agency_id, link.user_id))
        .one(&tx)
        .await?
        .ok_or(UserRefused::LinkSpent)?;
    if row.status == UserStatus::Disabled {
        return Err(UserRefused::LinkSpent);
    }
    let (access_version, version) = (row.access_version + 1, row.version + 1);
    let mut changed: user::ActiveModel = row.into();
    changed.password_hash = Set(Some(password_hash));
    changed.status = Set(UserStatus::Active);
    changed.access_version = Set(access_version);
    changed.version = Set(version);
    changed.update(&tx).await?;
    sessions::end_all_of(&tx, link.user_id).await?;
    tokens::revoke_all_of(&tx, link.user_id).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "user.set_password",
            subject_type: "user",
            subject_id: Some(link.user_id.0),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok((link.agency_id, link.user_id))
}

async fn add(tx: &Tx, new: &NewUser) -> Result<Invitation, UserRefused> {
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(UserRefused::BadEmail(new.email.clone()));
    }
    if !(1..=120).contains(&new.name.trim().chars().count()) {
        return Err(UserRefused::BadName);
    }
    let (kind, creditor_id, staff_role, client_role) = match new.membership {
        Membership::Staff(role) => (UserKind::Staff, None, Some(role), None),
        Membership::Client(creditor, role) => (UserKind::Client, Some(creditor), None, Some(role)),
    };
    let id = UserId(random::uuid());
    let row = user::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        kind: Set(kind),
        creditor_id: Set(creditor_id),
        email: Set(email.clone()),
        name: Set(new.name.trim().to_owned()),
        staff_role: Set(staff_role),
        client_role: Set(client_role),
        password_hash: Set(None),
        status: Set(UserStatus::Invited),
        access_version: Set(1),
        last_sign_in_at: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
    };
    user::Entity::insert(row).exec_without_returning(tx).await.map_err(|err| {
        if broke(&err, "app_user_email_unique") {
            UserRefused::EmailTaken
        } else if broke(&err, "app_user_creditor_fk") {
            UserRefused::UnknownCreditor
        } else if broke(&err, "app_user_agency_fk") {
            Stop::NotFound("agency").into()
        } else {
            err.into()
        }
    })?;
    audit::write(
        tx,
        audit::Entry {
            action: "user.invite",
            subject_type: "user",
            subject_id: Some(id.0),
            after: Some(serde_json::json!({ "email": email, "kind": kind, "staff_role": staff_role, "client_role": client_role })),
            ..audit::Entry::default()
        },
    )
    .await?;
    link(tx, id, InvitePurpose::Invite).await
}

async fn link(tx: &Tx, user: UserId, purpose: InvitePurpose) -> Result<Invitation, UserRefused> {
    let token = random::token(tx.agency())?;
    invite::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(InviteId(random::uuid())),
        user_id: Set(user),
        purpose: Set(purpose),
        token_hash: Set(random::hash(&token)),
        expires_at: Set(tx.now() + INVITE_LIFE),
        used_at: Set(None),
        created_at: Set(tx.now()),
    }
    .insert(tx)
    .await?;
    Ok(Invitation { user, token })
}

/// Good enough to send a mail to: one @, something on both sides, a dot in the domain, no blanks.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    text.len() <= 254
        && !local.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
        && !host.contains('@')
}

/// The actor's signature under the agency's role, after the actor's own right was checked.
struct OnBehalf<'a>(&'a Actor);

impl Scope for OnBehalf<'_> {
    fn agency(&self) -> AgencyId {
        self.0.agency()
    }
    fn role(&self) -> kernel::actor::DbRole {
        kernel::actor::DbRole::Agency
    }
    fn creditors(&self) -> &[CreditorId] {
        &[]
    }
    fn debtor(&self) -> Option<domain::DebtorId> {
        None
    }
    fn signature(&self) -> kernel::actor::Signature {
        self.0.signature()
    }
}

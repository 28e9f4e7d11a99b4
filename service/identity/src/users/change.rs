//! Changing people: name, role, whether they may sign in. It takes effect on their next request.

use super::{Invitation, OnBehalf, User, UserRefused, link};
use crate::sessions;
use crate::tokens;
use domain::user::{InvitePurpose, UserStatus};
use domain::{ClientRole, Permission, StaffRole, UserId};
use entity::user;
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit::{self, Entry};
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;

/// A role of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Of the agency's staff.
    Staff(StaffRole),
    /// Of a creditor's user.
    Client(ClientRole),
}

/// What is to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Another name.
    pub name: Option<String>,
    /// Another role of the same kind.
    pub role: Option<Role>,
    /// Whether they may sign in.
    pub active: Option<bool>,
}

/// The users within reach, oldest first: all of the agency, or those of the actor's creditors.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<UserId>,
    most: u64,
) -> Result<Vec<User>, UserRefused> {
    actor.require(Permission::UserRead)?;
    let tx = app.begin(actor).await?;
    let mut query = user::in_agency(tx.agency()).order_by_asc(user::Column::Id).limit(most);
    if !actor.creditors().is_empty() {
        query = query.filter(user::Column::CreditorId.is_in(actor.creditors().to_vec()));
    }
    if let Some(after) = after {
        query = query.filter(user::Column::Id.gt(after));
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// One user within reach.
pub async fn find(app: &App, actor: &Actor, id: UserId) -> Result<User, UserRefused> {
    actor.require(Permission::UserRead)?;
    let tx = app.begin(actor).await?;
    let found = user::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    tx.commit().await?;
    Ok(found.filter(|row| reaches(actor, row)).ok_or(Stop::NotFound("user"))?)
}

/// Changes a user of this version. A changed role or access ends what they have open.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: UserId,
    version: i64,
    change: Change,
) -> Result<User, UserRefused> {
    actor.require(Permission::UserWrite)?;
    let tx = app.begin(&OnBehalf(actor)).await?;
    let row = lock(&tx, actor, id).await?;
    if row.version != version {
        return Err(Stop::Stale.into());
    }
    let touches_access = change.role.is_some() || change.active.is_some();
    if touches_access && actor.user() == Some(id) {
        return Err(UserRefused::OwnAccess);
    }
    let before = facts(&row);
    let mut next: user::ActiveModel = row.clone().into();
    if let Some(name) = &change.name {
        next.name = Set(checked_name(name)?);
    }
    match (change.role, row.staff_role, row.client_role) {
        (None, _, _) => {}
        (Some(Role::Staff(role)), Some(_), None) => next.staff_role = Set(Some(role)),
        (Some(Role::Client(role)), None, Some(_)) => next.client_role = Set(Some(role)),
        (Some(_), _, _) => return Err(UserRefused::WrongKind),
    }
    if let Some(active) = change.active {
        next.status = Set(status(&row, active));
    }
    if touches_access {
        next.access_version = Set(row.access_version + 1);
        sessions::end_all_of(&tx, id).await?;
    }
    if change.active == Some(false) {
        tokens::revoke_all_of(&tx, id).await?;
    }
    next.version = Set(version + 1);
    let row = next.update(&tx).await?;
    let after = facts(&row);
    audit::write(&tx, line("user.change", id, Some(before), Some(after))).await?;
    tx.commit().await?;
    Ok(row)
}

/// A one-time link with which a user chooses another password. Who makes it never learns the
/// password; the old one stays good until the link is used.
pub async fn reset_link(app: &App, actor: &Actor, id: UserId) -> Result<Invitation, UserRefused> {
    actor.require(Permission::UserWrite)?;
    let tx = app.begin(&OnBehalf(actor)).await?;
    let row = lock(&tx, actor, id).await?;
    let purpose = match row.status {
        UserStatus::Invited => InvitePurpose::Invite,
        UserStatus::Active | UserStatus::Disabled => InvitePurpose::Reset,
    };
    let invitation = link(&tx, id, purpose).await?;
    audit::write(&tx, line("user.reset_link", id, None, None)).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// The user, locked, if the actor may change them: a creditor's administrator reaches the users of
/// its creditors only, and so does a program that is confined to one.
async fn lock(tx: &Tx, actor: &Actor, id: UserId) -> Result<User, Stop> {
    let row = user::Entity::find_by_id((tx.agency(), id)).lock_exclusive().one(tx).await?;
    row.filter(|row| reaches(actor, row)).ok_or(Stop::NotFound("user"))
}

fn reaches(actor: &Actor, row: &User) -> bool {
    let confined = actor.creditors();
    confined.is_empty() || row.creditor_id.is_some_and(|creditor| confined.contains(&creditor))
}

/// Whoever never chose a password goes back to being invited.
fn status(row: &User, active: bool) -> UserStatus {
    match (active, &row.password_hash) {
        (false, _) => UserStatus::Disabled,
        (true, Some(_)) => UserStatus::Active,
        (true, None) => UserStatus::Invited,
    }
}

fn checked_name(name: &str) -> Result<String, UserRefused> {
    let name = name.trim();
    if (1..=120).contains(&name.chars().count()) {
        Ok(name.to_owned())
    } else {
        Err(UserRefused::BadName)
    }
}

fn facts(row: &User) -> serde_json::Value {
    json!({
        "name": row.name, "status": row.status,
        "staff_role": row.staff_role, "client_role": row.client_role,
    })
}

fn line(
    action: &'static str,
    id: UserId,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
) -> Entry {
    Entry { action, subject_type: "user", subject_id: Some(id.0), before, after, reason: None }
}

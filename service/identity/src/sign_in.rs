//! Signing in with a password, and making the actor of a user.

use crate::passwords::Hasher;
use domain::agency::AgencyStatus;
use domain::user::UserStatus;
use domain::{AgencyId, CreditorId};
use entity::{agency, user};
use kernel::actor::{Actor, Client, JobRunner, Staff};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Set,
    raw_sql,
};

/// Somebody who has proven who they are.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who acts from now on.
    pub actor: Actor,
    /// The version of their access; tokens and sessions of an older one are refused.
    pub access_version: i64,
}

/// Why nobody is signed in. One text for every cause: nothing about who exists is told.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Unknown agency, unknown user, wrong password, disabled: the same answer.
    #[error("the agency, e-mail address or password is not right")]
    NotRight,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(SignInRefused);

impl Refused for SignInRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotRight => Kind::Unauthenticated,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotRight => "sign_in_failed",
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// Signs in with the agency's short name, an e-mail address and a password.
pub async fn with_password(
    app: &App,
    slug: &str,
    email: &str,
    password: &str,
) -> Result<SignedIn, SignInRefused> {
    let agency = agency::Entity::find()
        .filter(agency::Column::Slug.eq(slug))
        .filter(agency::Column::Status.eq(AgencyStatus::Active))
        .one(app.db().system())
        .await?;
    let user = check(app, agency.map(|agency| agency.id), email, password).await?;
    let tx = app.begin(&JobRunner::new(user.agency_id)).await?;
    let access_version = user.access_version;
    let actor = welcome(&tx, user).await?;
    tx.commit().await?;
    Ok(SignedIn { actor, access_version })
}

/// The active user of this agency with this e-mail address and password. Takes as long for a user
/// who does not exist.
pub async fn check(
    app: &App,
    agency: Option<AgencyId>,
    email: &str,
    password: &str,
) -> Result<user::Model, SignInRefused> {
    let user = match agency {
        Some(agency) => {
            user::in_agency(agency)
                .filter(user::Column::Email.eq(email.trim().to_lowercase()))
                .filter(user::Column::Status.eq(UserStatus::Active))
                .one(app.db().system())
                .await?
        }
        None => None,
    };
    let phc = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let right = app.part::<Hasher>()?.verify(password, phc).await?;
    match user {
        Some(user) if right => {
            // The sign-in does not hang on it: the next one tries again.
            if let Err(fault) = renew_hash(app, &user, password).await {
                tracing::warn!(user = %user.id, error = %fault, "a password was not hashed anew");
            }
            Ok(user)
        }
        Some(_) | None => Err(SignInRefused::NotRight),
    }
}

/// Keeps the password by today's parameters, unless it was changed meanwhile.
async fn renew_hash(app: &App, user: &user::Model, password: &str) -> Result<(), Fault> {
    let Some(old) = &user.password_hash else { return Ok(()) };
    let Some(new) = app.part::<Hasher>()?.renew(password, old).await? else { return Ok(()) };
    let tx = app.begin(&JobRunner::new(user.agency_id)).await?;
    let (agency, id) = (tx.agency(), user.id);
    let done = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE app_user SET password_hash = {new}
               WHERE agency_id = {agency} AND id = {id} AND password_hash = {old}"#
        ))
        .await?;
    if done.rows_affected() == 1 {
        let entry = audit::Entry {
            action: "user.rehash_password",
            subject_type: "user",
            subject_id: Some(id.0),
            reason: Some("the parameters of password hashing were raised".to_owned()),
            ..audit::Entry::default()
        };
        audit::write(&tx, entry).await?;
    }
    tx.commit().await
}

/// Notes that a user signed in, and makes their actor.
pub(crate) async fn welcome(tx: &Tx, user: user::Model) -> Result<Actor, Fault> {
    let actor = actor_of(tx, &user).await?;
    let subject = user.id;
    let mut seen: user::ActiveModel = user.into();
    seen.last_sign_in_at = Set(Some(tx.now()));
    seen.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "user.sign_in",
            subject_type: "user",
            subject_id: Some(subject.0),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(actor)
}

/// The actor of a user who was let in. The row must be of the transaction's agency.
pub(crate) async fn actor_of(tx: &Tx, user: &user::Model) -> Result<Actor, Fault> {
    if let Some(staff) = staff_of(user) {
        return Ok(Actor::Staff(staff));
    }
    let name = user.name.clone();
    match (user.staff_role, user.client_role, user.creditor_id) {
        (None, Some(role), Some(creditor)) => {
            let creditors = with_descendants(tx, user.agency_id, creditor).await?;
            Ok(Actor::Client(Client::new(user.agency_id, user.id, name, role, creditors)))
        }
        _ => Err(Fault::Unexpected("a user is neither staff nor client")),
    }
}

/// The member of the staff that a user is, if they are one; needs no look at the creditors.
pub(crate) fn staff_of(user: &user::Model) -> Option<Staff> {
    match (user.staff_role, user.client_role, user.creditor_id) {
        (Some(role), None, None) => {
            Some(Staff::new(user.agency_id, user.id, user.name.clone(), role))
        }
        _ => None,
    }
}

/// A creditor and those below it in the tree, itself first.
pub(crate) async fn with_descendants(
    tx: &Tx,
    agency: AgencyId,
    creditor: CreditorId,
) -> Result<Vec<CreditorId>, Fault> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CreditorId,
    }
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE tree AS (
               SELECT id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, depth + 1 FROM creditor c JOIN tree ON c.parent_id = tree.id
               WHERE c.agency_id = {agency} AND depth < 16)
           SELECT id FROM tree ORDER BY depth, id"#
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

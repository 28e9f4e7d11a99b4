//! Letting callers of the API in: an access token or an API key becomes an actor here, and only here.

use crate::api_keys;
use crate::sign_in;
use crate::tokens::signer::Claims;
use crate::tokens::signer::Signer;
use entity::{platform_admin, user};
use kernel::actor::{Actor, JobRunner, PlatformAdmin};
use kernel::app::App;
use kernel::stop::{Kind, Refused, Stop};
use sea_orm::{EntityTrait, raw_sql};

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

kernel::stops!(AccessRefused);

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
pub async fn authenticate(app: &App, token: &str) -> Result<Actor, AccessRefused> {
    if token.starts_with(api_keys::PREFIX) {
        return api_keys::authenticate(app, token).await?.ok_or(AccessRefused::NotValid);
    }
    let claims = app
        .part::<Signer>()
        .map_err(Stop::from)?
        .read(token, app.clock().now())
        .ok_or(AccessRefused::NotValid)?;
    let user = present(app, &claims).await?.ok_or(AccessRefused::NotValid)?;
    if user.creditor_id.is_none() {
        return sign_in::staff_of(&user).map(Actor::Staff).ok_or(AccessRefused::NotValid);
    }
    let tx = app.begin(&JobRunner::new(user.agency_id)).await?;
    let actor = sign_in::actor_of(&tx, &user).await?;
    tx.commit().await?;
    Ok(actor)
}

/// The platform's administrator a bearer token belongs to.
pub async fn authenticate_platform(app: &App, token: &str) -> Result<PlatformAdmin, AccessRefused> {
    let claims = app.part::<Signer>().map_err(Stop::from)?.read_platform(token, app.clock().now());
    let claims = claims.ok_or(AccessRefused::NotValid)?;
    let row = platform_admin::Entity::find_by_id(claims.sub).one(app.db().system()).await?;
    let row = row.ok_or(AccessRefused::NotValid)?;
    Ok(PlatformAdmin::new(row.id, row.email))
}

/// The user, if the token still stands for their access: nothing was changed, disabled or signed
/// out since. Looked up on every request, so all of that takes effect at once.
async fn present(app: &App, claims: &Claims) -> Result<Option<user::Model>, AccessRefused> {
    let (agency, id) = (claims.agency_id, claims.sub);
    let (version, family) = (claims.access_version, claims.sid);
    let found = user::Entity::find()
        .from_raw_sql(raw_sql!(
            Postgres,
            r#"SELECT u.* FROM app_user u JOIN agency a ON a.id = u.agency_id
               WHERE u.agency_id = {agency} AND u.id = {id}
                 AND u.status = 'active' AND u.access_version = {version} AND a.status = 'active'
                 AND EXISTS (SELECT FROM refresh_token r WHERE r.agency_id = {agency}
                             AND r.family_id = {family} AND r.user_id = {id} AND r.revoked_at IS NULL)"#
        ))
        .one(app.db().system())
        .await?;
    Ok(found)
}

//! Tokens of people who use the API: an access token for ten minutes, and a refresh token that is
//! good once. Whoever uses a refresh token a second time, at the same moment or later, ends the
//! whole sign-in: one of the two holders is a thief, and nobody can tell which.

use crate::sessions::Visitor;
use crate::sign_in::{self, SignInRefused};
use chrono::{DateTime, Duration, Utc};
use domain::agency::AgencyStatus;
use domain::user::UserStatus;
use domain::{AgencyId, TokenFamilyId, UserId};
use entity::{agency, refresh_token, user};
use kernel::actor::{Actor, JobRunner, Scope};
use kernel::app::App;
use kernel::audit::{self, Entry};
use kernel::db::Tx;
use kernel::limits::{self, Limit};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set, raw_sql,
};

pub mod signer;

use signer::Claims;
pub use signer::{ACCESS_LIFE, Signer};

/// How long one sign-in lasts, however often it is refreshed.
const WHOLE_LIFE: Duration = Duration::hours(24);
/// Tries of one e-mail address, whether anybody has it or not; shared with the sites.
const BY_EMAIL: Limit = Limit { scope: "user_password", tries: 10, minutes: 15, doubles: false };
/// Tries from one network address, whoever they claim to be; shared with the sites.
const BY_ADDRESS: Limit =
    Limit { scope: "user_password_address", tries: 30, minutes: 15, doubles: true };

/// Who signs in, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The agency's short name.
    pub agency: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
    /// The network address, for the limit on attempts.
    pub address: &'a str,
}

/// What a person gets who signed in or refreshed.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The access token.
    pub access: String,
    /// The refresh token; good once.
    pub refresh: String,
    /// When the access token ends.
    pub access_until: DateTime<Utc>,
    /// When the sign-in ends and a password is asked for again.
    pub until: DateTime<Utc>,
    /// Who acts.
    pub actor: Actor,
}

/// Why no token is given.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefused {
    /// Unknown, wrong or disabled: the same answer.
    #[error("the agency, e-mail address or password is not right")]
    NotRight,
    /// Too many attempts of this address.
    #[error("there were too many attempts; try again in {0} minutes")]
    TooMany(u32),
    /// Unknown, used, expired or revoked.
    #[error("this refresh token is not good; sign in again")]
    BadRefreshToken,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(TokenRefused);

impl Refused for TokenRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotRight | Self::BadRefreshToken => Kind::Unauthenticated,
            Self::TooMany(_) => Kind::TooMany,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotRight => "sign_in_failed",
            Self::TooMany(_) => "too_many_attempts",
            Self::BadRefreshToken => "bad_refresh_token",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany(minutes) => Some(minutes.saturating_mul(60)),
            Self::NotRight | Self::BadRefreshToken => None,
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

/// Signs in with a password.
pub async fn sign_in(app: &App, who: Credentials<'_>) -> Result<Grant, TokenRefused> {
    let agency = agency::Entity::find()
        .filter(agency::Column::Slug.eq(who.agency))
        .filter(agency::Column::Status.eq(AgencyStatus::Active))
        .one(app.db().system())
        .await?
        .map(|agency| agency.id);
    if let Some(agency) = agency {
        count_attempt(app, agency, who).await?;
    }
    let user =
        sign_in::check(app, agency, who.email, who.password).await.map_err(
            |refused| match refused {
                SignInRefused::NotRight => TokenRefused::NotRight,
                SignInRefused::Stop(stop) => stop.into(),
            },
        )?;
    let tx = app.begin(&JobRunner::new(user.agency_id)).await?;
    limits::forgive(&tx, BY_EMAIL, &user.email).await?;
    let family = TokenFamilyId(random::uuid());
    let (id, version) = (user.id, user.access_version);
    let actor = sign_in::welcome(&tx, user).await?;
    let until = tx.now() + WHOLE_LIFE;
    let claims = Claims { sub: id, agency_id: tx.agency(), sid: family, access_version: version };
    let grant = issue(app, &tx, claims, actor, until).await?;
    tx.commit().await?;
    Ok(grant)
}

/// Exchanges a refresh token for new tokens of the same sign-in.
pub async fn refresh(app: &App, token: &str) -> Result<Grant, TokenRefused> {
    let row = found(app, token).await?.ok_or(TokenRefused::BadRefreshToken)?;
    let tx = app.begin(&JobRunner::new(row.agency_id)).await?;
    if !spend(&tx, &row).await? {
        refuse_spent(tx, &row).await?;
        return Err(TokenRefused::BadRefreshToken);
    }
    let user = user::Entity::find_by_id((tx.agency(), row.user_id)).one(&tx).await?;
    let user = user.filter(|user| user.status == UserStatus::Active);
    let agency = agency::Entity::find_by_id(tx.agency()).one(&tx).await?;
    let agency = agency.filter(|agency| agency.status == AgencyStatus::Active);
    let (Some(user), Some(_)) = (user, agency) else { return Err(TokenRefused::BadRefreshToken) };
    let actor = sign_in::actor_of(&tx, &user).await?;
    let claims = Claims {
        sub: user.id,
        agency_id: tx.agency(),
        sid: row.family_id,
        access_version: user.access_version,
    };
    let grant = issue(app, &tx, claims, actor, row.expires_at).await?;
    tx.commit().await?;
    Ok(grant)
}

/// Ends the sign-in that a refresh token belongs to; an unknown token is as good as ended.
pub async fn sign_out(app: &App, token: &str) -> Result<(), TokenRefused> {
    let Some(row) = found(app, token).await? else { return Ok(()) };
    let tx = app.begin(&JobRunner::new(row.agency_id)).await?;
    revoke_family(&tx, row.family_id).await?;
    audit::write(&tx, line("token.sign_out", row.user_id)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every sign-in of a user at the API: the password changed or the user was disabled.
pub(crate) async fn revoke_all_of(tx: &Tx, user: UserId) -> Result<(), Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE refresh_token SET revoked_at = {now}
           WHERE agency_id = {agency} AND user_id = {user} AND revoked_at IS NULL"#
    ))
    .await?;
    Ok(())
}

/// The row of a refresh token, in the agency that the token names.
async fn found(app: &App, token: &str) -> Result<Option<refresh_token::Model>, Fault> {
    let Some(agency) = random::agency_of(token) else { return Ok(None) };
    let row = refresh_token::in_agency(agency)
        .filter(refresh_token::Column::TokenHash.eq(random::hash(token)))
        .one(app.db().system())
        .await?;
    Ok(row)
}

/// Counted before the password is looked at, and committed even when it is refused.
async fn count_attempt(
    app: &App,
    agency: AgencyId,
    who: Credentials<'_>,
) -> Result<(), TokenRefused> {
    let tx = app.begin(&Visitor(agency)).await?;
    let email = who.email.trim().to_lowercase();
    let by_email = limits::count(&tx, BY_EMAIL, &email).await?;
    let by_address = limits::count(&tx, BY_ADDRESS, who.address).await?;
    let now = tx.now();
    tx.commit().await?;
    match by_email.max(by_address) {
        None => Ok(()),
        Some(until) => {
            let minutes = (until - now).num_minutes().saturating_add(1);
            Err(TokenRefused::TooMany(u32::try_from(minutes).unwrap_or(1)))
        }
    }
}

/// Marks the token used; false when it was used, revoked or expired before. Of two at once, the
/// second waits for the first and then finds it used.
async fn spend(tx: &Tx, row: &refresh_token::Model) -> Result<bool, Fault> {
    let (agency, now, id) = (tx.agency(), tx.now(), row.id);
    let spent = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE refresh_token SET used_at = {now}
               WHERE agency_id = {agency} AND id = {id}
                 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > {now}"#
        ))
        .await?;
    Ok(spent.rows_affected() == 1)
}

/// A token that comes a second time ends the sign-in; one that merely expired does not matter.
async fn refuse_spent(tx: Tx, row: &refresh_token::Model) -> Result<(), Fault> {
    if row.expires_at <= tx.now() {
        return Ok(());
    }
    revoke_family(&tx, row.family_id).await?;
    audit::write(&tx, line("token.reuse", row.user_id)).await?;
    tracing::warn!(user = %row.user_id, family = %row.family_id, "a refresh token came twice");
    metrics::counter!("refresh_token_reuse_total").increment(1);
    tx.commit().await
}

async fn revoke_family(tx: &Tx, family: TokenFamilyId) -> Result<(), Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE refresh_token SET revoked_at = {now}
           WHERE agency_id = {agency} AND family_id = {family} AND revoked_at IS NULL"#
    ))
    .await?;
    Ok(())
}

async fn issue(
    app: &App,
    tx: &Tx,
    claims: Claims,
    actor: Actor,
    until: DateTime<Utc>,
) -> Result<Grant, Fault> {
    let refresh = random::token(tx.agency())?;
    refresh_token::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(random::uuid()),
        family_id: Set(claims.sid),
        user_id: Set(claims.sub),
        token_hash: Set(random::hash(&refresh)),
        issued_at: Set(tx.now()),
        expires_at: Set(until),
        used_at: Set(None),
        revoked_at: Set(None),
    }
    .insert(tx)
    .await?;
    debug_assert_eq!(actor.agency(), claims.agency_id);
    let access = app.part::<Signer>()?.issue(claims, tx.now())?;
    Ok(Grant { access, refresh, access_until: tx.now() + ACCESS_LIFE, until, actor })
}

fn line(action: &'static str, user: UserId) -> Entry {
    Entry { action, subject_type: "user", subject_id: Some(user.0), ..Entry::default() }
}

/// The public keys that verify access tokens.
pub fn published(app: &App) -> Result<jsonwebtoken::jwk::JwkSet, Fault> {
    Ok(app.part::<Signer>()?.published())
}

//! The platform: its administrators and, through them, the agencies. Nobody here sees anything
//! inside an agency.

use crate::agencies::{Agency, AgencyRefused};
use crate::passwords::{Hasher, NewPassword, WeakPassword};
use crate::tokens::signer::PlatformClaims;
use crate::tokens::signer::Signer;
use crate::tokens::{ACCESS_LIFE, TokenRefused};
use chrono::{DateTime, Utc};
use domain::agency::AgencyStatus;
use domain::{AgencyId, PlatformAdminId};
use entity::{agency, platform_admin};
use kernel::actor::{JobRunner, PlatformAdmin};
use kernel::app::App;
use kernel::audit::{self, Entry};
use kernel::random;
use kernel::stop::{Kind, Refused, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;

/// The access token of an administrator. It is not refreshed: ten minutes, then the password again.
#[derive(Debug, Clone)]
pub struct PlatformGrant {
    /// The access token.
    pub access: String,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// Why nobody becomes an administrator.
#[derive(Debug, thiserror::Error)]
pub enum AdminRefused {
    /// Not an address.
    #[error("\"{0}\" is not an e-mail address")]
    BadEmail(String),
    /// There is one with this address.
    #[error("there is an administrator with this address")]
    EmailTaken,
    /// The password may not be chosen.
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AdminRefused);

impl Refused for AdminRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadEmail(_) | Self::WeakPassword(_) => Kind::Invalid,
            Self::EmailTaken => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadEmail(_) => "bad_email",
            Self::EmailTaken => "email_taken",
            Self::WeakPassword(_) => "weak_password",
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// Makes an administrator. Only the operator of the installation can call this, from its command
/// line; there is no default administrator.
pub async fn add_admin(
    app: &App,
    console: &PlatformAdmin,
    email: &str,
    password: &str,
) -> Result<PlatformAdminId, AdminRefused> {
    let email = email.trim().to_lowercase();
    if email.len() > 254 || !email.contains('@') || email.contains(char::is_whitespace) {
        return Err(AdminRefused::BadEmail(email));
    }
    let password_hash = app.part::<Hasher>()?.hash(NewPassword::new(password)?).await?;
    let id = PlatformAdminId(random::uuid());
    let row = platform_admin::ActiveModel {
        id: Set(id),
        email: Set(email),
        password_hash: Set(password_hash),
        created_at: Set(app.clock().now()),
    };
    platform_admin::Entity::insert(row).exec_without_returning(app.db().system()).await.map_err(
        |err| {
            if broke(&err, "platform_admin_email_unique") {
                AdminRefused::EmailTaken
            } else {
                err.into()
            }
        },
    )?;
    tracing::info!(admin = %id, by = %console.signature().name, "a platform administrator was added");
    Ok(id)
}

/// Signs an administrator in.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
) -> Result<PlatformGrant, TokenRefused> {
    let admin = platform_admin::Entity::find()
        .filter(platform_admin::Column::Email.eq(email.trim().to_lowercase()))
        .one(app.db().system())
        .await?;
    let phc = admin.as_ref().map(|admin| admin.password_hash.as_str());
    let right = app.part::<Hasher>()?.verify(password, phc).await?;
    let Some(admin) = admin.filter(|_| right) else { return Err(TokenRefused::NotRight) };
    if let Some(new) = app.part::<Hasher>()?.renew(password, &admin.password_hash).await? {
        let mut renewed: platform_admin::ActiveModel = admin.clone().into();
        renewed.password_hash = Set(new);
        renewed.update(app.db().system()).await?;
    }
    let now = app.clock().now();
    let access = app.part::<Signer>()?.issue_platform(PlatformClaims { sub: admin.id }, now)?;
    tracing::info!(admin = %admin.id, "a platform administrator signed in");
    Ok(PlatformGrant { access, until: now + ACCESS_LIFE })
}

/// The agencies, oldest first.
pub async fn agencies(
    app: &App,
    _admin: &PlatformAdmin,
    after: Option<AgencyId>,
    most: u64,
) -> Result<Vec<Agency>, Stop> {
    let mut query = agency::Entity::find().order_by_asc(agency::Column::Id).limit(most);
    if let Some(after) = after {
        query = query.filter(agency::Column::Id.gt(after));
    }
    Ok(query.all(app.db().system()).await?)
}

/// One agency.
pub async fn agency(app: &App, _admin: &PlatformAdmin, id: AgencyId) -> Result<Agency, Stop> {
    let row = agency::Entity::find_by_id(id).one(app.db().system()).await?;
    row.ok_or(Stop::NotFound("agency"))
}

/// Suspends an agency, or lets it work again. Nobody of a suspended agency comes in, at once.
pub async fn set_status(
    app: &App,
    admin: &PlatformAdmin,
    id: AgencyId,
    version: i64,
    status: AgencyStatus,
    reason: Option<String>,
) -> Result<Agency, AgencyRefused> {
    let tx = app.begin(&JobRunner::new(id)).await?;
    let row = agency::Entity::find_by_id(id)
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    if row.version != version {
        return Err(Stop::Stale.into());
    }
    let before = json!({ "status": row.status });
    let mut next: agency::ActiveModel = row.into();
    next.status = Set(status);
    next.version = Set(version + 1);
    let row = next.update(&tx).await?;
    let by = admin.signature();
    let entry = Entry {
        action: "agency.set_status",
        subject_type: "agency",
        subject_id: Some(id.0),
        before: Some(before),
        after: Some(json!({ "status": row.status, "by": by.name, "by_id": by.id })),
        reason,
    };
    audit::write(&tx, entry).await?;
    tx.commit().await?;
    Ok(row)
}

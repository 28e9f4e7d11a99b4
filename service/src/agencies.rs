//! Agencies: the tenants. The platform's administrator creates them and sees nothing inside.

use crate::actor::{JobRunner, PlatformAdmin};
use crate::app::App;
use crate::audit;
use crate::random;
use crate::stop::{Kind, Refused, Stop, broke};
use domain::agency::{AgencyStatus, Site};
use domain::{AgencyId, Currency, Money, TrustAccountId};
use entity::{agency, agency_host, trust_account};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

/// A new agency.
#[derive(Debug, Clone)]
pub struct NewAgency {
    /// Short name in addresses and at sign-in: lower case, digits, hyphens, at most 40 characters.
    pub slug: String,
    /// Its name.
    pub display_name: String,
    /// The name shown before identity is proven; must not reveal debt collection (Reg F 1006.2(j)).
    pub consumer_name: String,
    /// The currency of its books.
    pub currency: Currency,
    /// IANA time zone of its office.
    pub time_zone: String,
    /// The number debtors call.
    pub phone: String,
    /// When they may call.
    pub phone_hours: String,
    /// Where debtors write to.
    pub postal_address: String,
}

/// Why an agency is not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum AgencyRefused {
    /// The short name is not of the form.
    #[error(
        "a short name has 1 to 40 lower-case letters, digits and hyphens, and does not begin or end with a hyphen"
    )]
    BadSlug,
    /// The short name is taken.
    #[error("another agency has this short name")]
    SlugTaken,
    /// The time zone is unknown.
    #[error("\"{0}\" is not an IANA time zone such as America/New_York")]
    UnknownTimeZone(String),
    /// The host name is taken.
    #[error("the host {0} is taken")]
    HostTaken(String),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(AgencyRefused);

impl Refused for AgencyRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadSlug | Self::UnknownTimeZone(_) => Kind::Invalid,
            Self::SlugTaken | Self::HostTaken(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadSlug => "bad_slug",
            Self::SlugTaken => "slug_taken",
            Self::UnknownTimeZone(_) => "unknown_time_zone",
            Self::HostTaken(_) => "host_taken",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadSlug | Self::SlugTaken => Some("/slug"),
            Self::UnknownTimeZone(_) => Some("/time_zone"),
            Self::HostTaken(_) => Some("/host"),
            Self::Stop(stop) => stop.pointer(),
        }
    }
}

/// Creates an agency with its keys and its first trust account.
pub async fn create(
    app: &App,
    admin: &PlatformAdmin,
    new: NewAgency,
) -> Result<AgencyId, AgencyRefused> {
    if !is_slug(&new.slug) {
        return Err(AgencyRefused::BadSlug);
    }
    if new.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(AgencyRefused::UnknownTimeZone(new.time_zone));
    }
    let id = AgencyId(random::uuid());
    let tx = app.begin(&JobRunner::new(id)).await?;
    insert(&tx, id, &new).await?;
    app.vault().create(&tx, id, tx.now()).await?;
    trust_account::ActiveModel {
        agency_id: Set(id),
        id: Set(TrustAccountId(random::uuid())),
        name: Set("Trust account".to_owned()),
        bank_last4: Set(None),
        is_default: Set(true),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await?;
    let by = admin.signature();
    audit::write(
        &tx,
        audit::Entry {
            action: "agency.create",
            subject_type: "agency",
            subject_id: Some(id.0),
            after: Some(serde_json::json!({ "slug": new.slug, "by": by.name, "by_id": by.id })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// The agency with this short name.
pub async fn by_slug(app: &App, _admin: &PlatformAdmin, slug: &str) -> Result<AgencyId, Stop> {
    let row = agency::Entity::find()
        .filter(agency::Column::Slug.eq(slug))
        .one(app.db().system())
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    Ok(row.id)
}

/// Gives a host name (with its port, unless it is the scheme's own) to one of the agency's sites.
pub async fn add_host(
    app: &App,
    admin: &PlatformAdmin,
    agency: AgencyId,
    site: Site,
    host: &str,
) -> Result<(), AgencyRefused> {
    let tx = app.begin(&JobRunner::new(agency)).await?;
    let host = host.to_lowercase();
    let row = agency_host::ActiveModel {
        host: Set(host.clone()),
        agency_id: Set(agency),
        site: Set(site),
    };
    agency_host::Entity::insert(row).exec_without_returning(&tx).await.map_err(|err| {
        if broke(&err, "agency_host_pkey") {
            AgencyRefused::HostTaken(host.clone())
        } else {
            err.into()
        }
    })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "agency.add_host",
            subject_type: "agency",
            subject_id: Some(agency.0),
            after: Some(
                serde_json::json!({ "host": host, "site": site, "by": admin.signature().name }),
            ),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn insert(tx: &crate::Tx, id: AgencyId, new: &NewAgency) -> Result<(), AgencyRefused> {
    let row = agency::ActiveModel {
        id: Set(id),
        slug: Set(new.slug.clone()),
        display_name: Set(new.display_name.clone()),
        consumer_name: Set(new.consumer_name.clone()),
        currency: Set(new.currency),
        time_zone: Set(new.time_zone.clone()),
        phone: Set(new.phone.clone()),
        phone_hours: Set(new.phone_hours.clone()),
        postal_address: Set(new.postal_address.clone()),
        status: Set(AgencyStatus::Active),
        blocks_credit_cards: Set(true),
        min_part_payment: Set(Money::from_minor(2_500)),
        version: Set(1),
        created_at: Set(tx.now()),
    };
    agency::Entity::insert(row).exec_without_returning(tx).await.map_err(|err| {
        if broke(&err, "agency_slug_unique") { AgencyRefused::SlugTaken } else { err.into() }
    })?;
    Ok(())
}

fn is_slug(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

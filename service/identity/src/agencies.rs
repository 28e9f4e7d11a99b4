//! Agencies: the tenants. The platform's administrator creates them and sees nothing inside.

use domain::agency::{AgencyStatus, Site};
use domain::{AgencyId, Amount, Currency, Money, Permission, TrustAccountId};
pub use entity::agency::Model as Agency;
use entity::{agency, agency_host, trust_account};
use kernel::actor::{Actor, JobRunner, PlatformAdmin};
use kernel::app::App;
use kernel::audit;
use kernel::random;
use kernel::stop::{Kind, Refused, Stop, broke};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};

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

/// What is to change in an agency; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Another name.
    pub display_name: Option<String>,
    /// Another neutral name (Reg F 1006.2(j)).
    pub consumer_name: Option<String>,
    /// Another telephone number.
    pub phone: Option<String>,
    /// Other hours.
    pub phone_hours: Option<String>,
    /// Another postal address.
    pub postal_address: Option<String>,
    /// Whether credit cards are refused (debit cards and banks remain).
    pub blocks_credit_cards: Option<bool>,
    /// The least that may be paid in part.
    pub min_part_payment: Option<(Amount, Currency)>,
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
    /// An amount in another currency.
    #[error("the agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// Empty, too long or with control characters.
    #[error("names, telephone and address are one line of 1 to 300 characters")]
    BadText,
    /// The host name is not one.
    #[error("\"{0}\" is not a host name, with its port where it is not the usual one")]
    BadHost(String),
    /// The host name is taken.
    #[error("the host {0} is taken")]
    HostTaken(String),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AgencyRefused);

impl Refused for AgencyRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadSlug
            | Self::UnknownTimeZone(_)
            | Self::BadText
            | Self::BadHost(_)
            | Self::WrongCurrency(_) => Kind::Invalid,
            Self::SlugTaken | Self::HostTaken(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadSlug => "bad_slug",
            Self::SlugTaken => "slug_taken",
            Self::UnknownTimeZone(_) => "unknown_time_zone",
            Self::BadText => "bad_text",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::BadHost(_) => "bad_host",
            Self::HostTaken(_) => "host_taken",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadSlug | Self::SlugTaken => Some("/slug"),
            Self::UnknownTimeZone(_) => Some("/time_zone"),
            Self::HostTaken(_) | Self::BadHost(_) => Some("/host"),
            Self::BadText => None,
            Self::WrongCurrency(_) => Some("/min_part_payment/currency"),
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
    let host = host.to_lowercase();
    if !is_host(&host) {
        return Err(AgencyRefused::BadHost(host));
    }
    let tx = app.begin(&JobRunner::new(agency)).await?;
    if agency::Entity::find_by_id(agency).one(&tx).await?.is_none() {
        return Err(Stop::NotFound("agency").into());
    }
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

/// The actor's own agency.
pub async fn own(app: &App, actor: &Actor) -> Result<Agency, Stop> {
    actor.require_agency(Permission::AgencyRead)?;
    let tx = app.begin(actor).await?;
    let row = agency::Entity::find_by_id(tx.agency()).one(&tx).await?;
    tx.commit().await?;
    row.ok_or(Stop::NotFound("agency"))
}

/// Changes the actor's own agency, of this version.
pub async fn change(
    app: &App,
    actor: &Actor,
    version: i64,
    change: Change,
) -> Result<Agency, AgencyRefused> {
    actor.require_agency(Permission::AgencyWrite)?;
    let tx = app.begin(actor).await?;
    let row = agency::Entity::find_by_id(tx.agency())
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    if row.version != version {
        return Err(Stop::Stale.into());
    }
    let (before, books) = (facts(&row), row.currency);
    let mut next: agency::ActiveModel = row.into();
    if let Some(text) = change.display_name {
        next.display_name = Set(line_of(&text)?);
    }
    if let Some(text) = change.consumer_name {
        next.consumer_name = Set(line_of(&text)?);
    }
    if let Some(text) = change.phone {
        next.phone = Set(line_of(&text)?);
    }
    if let Some(text) = change.phone_hours {
        next.phone_hours = Set(line_of(&text)?);
    }
    if let Some(text) = change.postal_address {
        next.postal_address = Set(line_of(&text)?);
    }
    if let Some(blocks) = change.blocks_credit_cards {
        next.blocks_credit_cards = Set(blocks);
    }
    if let Some((least, currency)) = change.min_part_payment {
        if currency != books {
            return Err(AgencyRefused::WrongCurrency(books));
        }
        next.min_part_payment = Set(least.money());
    }
    next.version = Set(version + 1);
    let row = next.update(&tx).await?;
    let entry = audit::Entry {
        action: "agency.change",
        subject_type: "agency",
        subject_id: Some(row.id.0),
        before: Some(before),
        after: Some(facts(&row)),
        reason: None,
    };
    audit::write(&tx, entry).await?;
    tx.commit().await?;
    Ok(row)
}

fn facts(row: &Agency) -> serde_json::Value {
    serde_json::json!({
        "display_name": row.display_name, "consumer_name": row.consumer_name, "phone": row.phone,
        "phone_hours": row.phone_hours, "postal_address": row.postal_address,
        "blocks_credit_cards": row.blocks_credit_cards,
        "min_part_payment": row.min_part_payment.to_decimal(),
    })
}

fn line_of(text: &str) -> Result<String, AgencyRefused> {
    let text = text.trim();
    let fits = (1..=300).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(AgencyRefused::BadText) }
}

async fn insert(tx: &kernel::Tx, id: AgencyId, new: &NewAgency) -> Result<(), AgencyRefused> {
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
        authority: Set(None),
    };
    agency::Entity::insert(row).exec_without_returning(tx).await.map_err(|err| {
        if broke(&err, "agency_slug_unique") { AgencyRefused::SlugTaken } else { err.into() }
    })?;
    Ok(())
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    (1..=253).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(['.', '-'])
        && !name.ends_with(['.', '-'])
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_slug(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

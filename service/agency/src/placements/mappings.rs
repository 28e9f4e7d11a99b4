//! A creditor's saved mappings.

use chrono::{DateTime, Utc};
use domain::placement::Mapping;
use domain::{CreditorId, MappingId, Permission};
use entity::{creditor, placement_mapping};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, raw_sql,
};

/// A saved mapping.
#[derive(Debug, Clone)]
pub struct SavedMapping {
    /// Its id.
    pub id: MappingId,
    /// Whose files it reads.
    pub creditor: CreditorId,
    /// Its name, one of a kind for the creditor.
    pub name: String,
    /// What it says.
    pub mapping: Mapping,
    /// Changes with every change.
    pub version: i64,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
}

/// Why a mapping is not saved.
#[derive(Debug, thiserror::Error)]
pub enum MappingNotSaved {
    /// The name.
    #[error("A mapping's name has 1 to 100 characters.")]
    BadName,
    /// More than anybody needs.
    #[error("A mapping has at most 300 columns and 100 constants of at most 255 characters.")]
    TooLong,
    /// The header cannot stand there.
    #[error("The header line must be between 1 and 1000.")]
    HeaderLine,
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(MappingNotSaved);

impl Refused for MappingNotSaved {
    fn kind(&self) -> Kind {
        match self {
            Self::BadName | Self::TooLong | Self::HeaderLine | Self::UnknownCreditor => {
                Kind::Invalid
            }
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadName => "mapping_name_malformed",
            Self::TooLong => "mapping_too_long",
            Self::HeaderLine => "header_line_out_of_range",
            Self::UnknownCreditor => "unknown_creditor",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadName => Some("/name"),
            Self::TooLong => Some("/mapping"),
            Self::HeaderLine => Some("/mapping/header_line"),
            Self::UnknownCreditor => Some("/creditor_id"),
            Self::Stop(_) => None,
        }
    }
}

/// Saves a mapping under its name; one that exists is replaced.
pub async fn save(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
    name: &str,
    mapping: &Mapping,
) -> Result<SavedMapping, MappingNotSaved> {
    actor.require(Permission::PlacementWrite)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.contains('\0') {
        return Err(MappingNotSaved::BadName);
    }
    if !is_bounded(mapping) {
        return Err(MappingNotSaved::TooLong);
    }
    if !mapping.header_line_fits() {
        return Err(MappingNotSaved::HeaderLine);
    }
    let tx = app.begin(actor).await?;
    creditor::Entity::find_by_id((tx.agency(), creditor))
        .one(&tx)
        .await?
        .ok_or(MappingNotSaved::UnknownCreditor)?;
    let (agency, id, now) = (tx.agency(), MappingId(random::uuid()), tx.now());
    let json = serde_json::to_value(mapping).map_err(Fault::from)?;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"INSERT INTO placement_mapping (agency_id, id, creditor_id, name, mapping, created_at)
           VALUES ({agency}, {id}, {creditor}, {name}, {json}, {now})
           ON CONFLICT ON CONSTRAINT placement_mapping_name_unique
           DO UPDATE SET mapping = excluded.mapping, version = placement_mapping.version + 1"#
    ))
    .await?;
    let row = placement_mapping::in_agency(agency)
        .filter(placement_mapping::Column::CreditorId.eq(creditor))
        .filter(placement_mapping::Column::Name.eq(name))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("mapping"))?;
    let entry = audit::Entry {
        action: "placement_mapping.save",
        subject_type: "placement_mapping",
        subject_id: Some(row.id.0),
        ..audit::Entry::default()
    };
    audit::write(&tx, entry).await?;
    tx.commit().await?;
    Ok(saved(row)?)
}

fn is_bounded(mapping: &Mapping) -> bool {
    let short = |text: &str| text.chars().count() <= 255 && !text.contains('\0');
    mapping.columns.len() <= 300
        && mapping.constants.len() <= 100
        && mapping.columns.iter().all(|column| short(&column.header))
        && mapping.constants.iter().all(|constant| short(&constant.value))
}

/// The saved mappings of a creditor, oldest first; of all that the actor reaches where none is given.
pub async fn list(
    app: &App,
    actor: &Actor,
    creditor: Option<CreditorId>,
    after: Option<MappingId>,
    limit: u64,
) -> Result<Vec<SavedMapping>, Stop> {
    actor.require(Permission::PlacementRead)?;
    let tx = app.begin(actor).await?;
    let mut query = placement_mapping::in_agency(tx.agency());
    if let Some(creditor) = creditor {
        query = query.filter(placement_mapping::Column::CreditorId.eq(creditor));
    }
    if let Some(after) = after {
        query = query.filter(placement_mapping::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(placement_mapping::Column::Id).limit(limit).all(&tx).await?;
    rows.into_iter().map(|row| Ok(saved(row)?)).collect()
}

/// One saved mapping.
pub async fn find(app: &App, actor: &Actor, id: MappingId) -> Result<SavedMapping, Stop> {
    actor.require(Permission::PlacementRead)?;
    let tx = app.begin(actor).await?;
    let row = placement_mapping::in_agency(tx.agency())
        .filter(placement_mapping::Column::Id.eq(id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("mapping"))?;
    Ok(saved(row)?)
}

/// Forgets a saved mapping.
pub async fn delete(app: &App, actor: &Actor, id: MappingId, version: i64) -> Result<(), Stop> {
    actor.require(Permission::PlacementWrite)?;
    let tx = app.begin(actor).await?;
    let agency = tx.agency();
    let row = placement_mapping::in_agency(agency)
        .filter(placement_mapping::Column::Id.eq(id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("mapping"))?;
    if row.version != version {
        return Err(Stop::Stale);
    }
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"DELETE FROM placement_mapping WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    let entry = audit::Entry {
        action: "placement_mapping.delete",
        subject_type: "placement_mapping",
        subject_id: Some(id.0),
        ..audit::Entry::default()
    };
    audit::write(&tx, entry).await?;
    Ok(tx.commit().await?)
}

fn saved(row: placement_mapping::Model) -> Result<SavedMapping, Fault> {
    Ok(SavedMapping {
        id: row.id,
        creditor: row.creditor_id,
        name: row.name,
        mapping: serde_json::from_value(row.mapping)?,
        version: row.version,
        created_at: row.created_at,
    })
}

//! The table `placement`.

use domain::{AgencyId, CreditorId, PlacementId, PortfolioId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "placement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlacementId,
    pub creditor_id: CreditorId,
    pub portfolio_id: Option<PortfolioId>,
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    pub file_sha256: Vec<u8>,
    pub byte_size: i64,
    pub is_workbook: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub mapping: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub manifest: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub policy: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub refusal_code: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub refusal_detail: Option<String>,
    pub received: i64,
    pub accepted: i64,
    pub rejected: i64,
    pub duplicate: i64,
    pub skipped: i64,
    pub warned: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub totals: Option<Json>,
    pub rows_done: i64,
    pub bytes_done: i64,
    pub started_at: Option<DateTimeUtc>,
    pub checked_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub committed_by: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub uploaded_by: String,
    pub checked_at: Option<DateTimeUtc>,
    pub committed_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

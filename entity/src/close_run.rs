//! The table `close_run`.

use domain::remittance::CloseRunState;
use domain::{AgencyId, CloseRunId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "close_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CloseRunId,
    pub period_end: Date,
    pub cutoff: DateTimeUtc,
    pub state: CloseRunState,
    #[sea_orm(column_type = "Text")]
    pub started_by: String,
    pub started_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

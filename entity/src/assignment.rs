//! The table `assignment`.

use domain::{AccountId, AgencyId, DeskId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: AccountId,
    pub from_desk_id: Option<DeskId>,
    pub desk_id: Option<DeskId>,
    #[sea_orm(column_type = "Text")]
    pub rule: String,
    pub assigned_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub assigned_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

//! The table `work_result`.

use domain::{AccountId, AgencyId, UserId, account::Disposition};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "work_result")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: AccountId,
    pub user_id: UserId,
    pub disposition: Disposition,
    pub attempt: bool,
    pub conversation: bool,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    pub next_work_at: Option<DateTimeUtc>,
    pub at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

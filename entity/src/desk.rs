//! The table `desk`.

use domain::{AgencyId, DeskId, Money, UserId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "desk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeskId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub user_id: Option<UserId>,
    pub active: bool,
    pub cap: Option<i32>,
    pub weight: i32,
    pub min_balance: Option<Money>,
    pub max_balance: Option<Money>,
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

//! The table `collector_terms`.

use domain::collector::CreditBase;
use domain::{AgencyId, CollectorTermsId, Money, UserId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "collector_terms")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CollectorTermsId,
    pub user_id: UserId,
    pub effective_on: Date,
    pub base: CreditBase,
    #[sea_orm(column_type = "JsonBinary")]
    pub rates: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub bonus: Option<Json>,
    pub goal: Option<Money>,
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

//! The table `cohort_collection`.

use domain::{AgencyId, CreditorId, Money, PortfolioId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cohort_collection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub portfolio_id: PortfolioId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub placed_in: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub collected_in: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub age_step: i32,
    pub creditor_id: CreditorId,
    pub collected: Money,
    pub principal: Money,
    pub commission: Money,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

//! The table `cohort`.

use domain::{AgencyId, CreditorId, Money, PortfolioId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cohort")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub portfolio_id: PortfolioId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub placed_in: Date,
    pub creditor_id: CreditorId,
    pub last_placed_on: Date,
    pub accounts: i64,
    pub placed: Money,
    pub withdrawn: Money,
    pub active: i64,
    pub active_owed: Money,
    pub paid: i64,
    pub recalled: i64,
    pub closed: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

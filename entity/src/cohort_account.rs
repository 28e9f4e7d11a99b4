//! The table `cohort_account`.

use domain::{AccountId, AgencyId, CreditorId, Money, PortfolioId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cohort_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub portfolio_id: PortfolioId,
    pub placed_in: Date,
    pub creditor_id: CreditorId,
    #[sea_orm(column_type = "Text")]
    pub standing: String,
    pub placed: Money,
    pub withdrawn: Money,
    pub owed: Money,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

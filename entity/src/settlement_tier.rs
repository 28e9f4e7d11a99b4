//! The table `settlement_tier`.

use domain::limits::Level;
use domain::{AccountId, AgencyId, CreditorId, PortfolioId, Rate, SettlementTierId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settlement_tier")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementTierId,
    pub level: Level,
    pub creditor_id: Option<CreditorId>,
    pub portfolio_id: Option<PortfolioId>,
    pub account_id: Option<AccountId>,
    pub subject_id: Uuid,
    pub effective_on: Date,
    #[sea_orm(column_type = "JsonBinary")]
    pub tiers: Option<Json>,
    pub client_floor: Option<Rate>,
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

//! The table `contract`.

use domain::hold::HoldTerms;
use domain::interest::Policy;
use domain::remittance::Terms;
use domain::{AgencyId, ContractId, CreditorId, Rate};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contract")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContractId,
    pub creditor_id: CreditorId,
    pub effective_on: Date,
    pub commission_rate: Option<Rate>,
    pub allocation_order: Vec<String>,
    pub created_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub allocation_percent: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub remittance: Terms,
    #[sea_orm(column_type = "JsonBinary")]
    pub holds: Option<HoldTerms>,
    #[sea_orm(column_type = "JsonBinary")]
    pub interest: Option<Policy>,
    pub tax_rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

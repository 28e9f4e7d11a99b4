//! The table `restriction`.

use domain::{AccountId, AgencyId, CreditorId, DebtorId, RestrictionId, account::Restriction};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "restriction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RestrictionId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: DebtorId,
    pub kind: Restriction,
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    pub set_at: DateTimeUtc,
    pub lifted_at: Option<DateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

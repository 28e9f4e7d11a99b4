//! The table `party`.

use domain::{
    AccountId, AgencyId, CreditorId, DebtorId, PartyId,
    party::{PartyKind, PartyRole},
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: Option<DebtorId>,
    pub role: PartyRole,
    pub kind: PartyKind,
    #[sea_orm(column_type = "Text")]
    pub first_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub middle_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub last_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub suffix: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub business_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub relationship: Option<String>,
    pub ssn: Option<Vec<u8>>,
    pub ssn_index: Option<Vec<u8>>,
    pub ssn_last4_index: Option<Vec<u8>>,
    pub tax_id: Option<Vec<u8>>,
    pub tax_id_index: Option<Vec<u8>>,
    pub birth_date: Option<Vec<u8>>,
    pub birth_date_index: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

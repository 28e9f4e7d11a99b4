//! The table `contact_point`.

use domain::{
    AccountId, AgencyId, ContactPointId, CreditorId, DebtorId, PartyId, party::ContactPointKind,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_point")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactPointId,
    pub account_id: AccountId,
    pub party_id: PartyId,
    pub creditor_id: CreditorId,
    pub debtor_id: Option<DebtorId>,
    pub kind: ContactPointKind,
    #[sea_orm(column_type = "Text")]
    pub value: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub address1: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub address2: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub city: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub state: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub zip: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub country: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub phone_type: Option<String>,
    pub consent: Option<bool>,
    #[sea_orm(column_type = "Text")]
    pub source: Option<String>,
    pub bad: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

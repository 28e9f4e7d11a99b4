//! The table `placement_line`.

use domain::{AccountId, AgencyId, CreditorId, DebtorId, Money, PlacementId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "placement_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub placement_id: PlacementId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    #[sea_orm(column_type = "Text")]
    pub verdict: String,
    #[sea_orm(column_type = "Text")]
    pub client_account_number: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub client_account_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub debtor_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub name_key: Option<String>,
    pub ssn_index: Option<Vec<u8>>,
    pub identity_index: Option<Vec<u8>>,
    pub principal: Money,
    pub interest: Money,
    pub fees: Money,
    pub costs: Money,
    pub other: Money,
    pub unreadable: bool,
    pub account_id: AccountId,
    pub debtor_id: DebtorId,
    pub makes_debtor: bool,
    pub needs_review: bool,
    pub replaces_account_id: Option<AccountId>,
    pub creditor_id: CreditorId,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

//! The table `statement_line`.

use domain::{AccountId, AgencyId, CreditorId, PaymentId, StatementId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statement_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: StatementId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    pub creditor_id: CreditorId,
    pub payment_id: PaymentId,
    pub account_id: AccountId,
    pub shown: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub line: Json,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}

//! Movements of trust cash that lines of the bank stand for.

use domain::{AgencyId, BankLineId, TrustAccountId, TxnId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_match")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub trust_account_id: TrustAccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub txn_id: TxnId,
    pub bank_line_id: BankLineId,
    pub matched_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
